"""Splitting one end of a pipe into receiving and sending halves, and joining them again.

Each half has its own handle for the same end, so that closing one half does not affect calls on the
other.
"""

from __future__ import annotations

from interprocess.errors import ReuniteError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows._pipe.end import PipeHandle
    from interprocess.os.windows._pipe.owners import HandleOwner


def split(handle: PipeHandle) -> tuple[PipeHandle, PipeHandle]:
    """Hand HANDLE over to two owners, a receiving and a sending one. DuplicateHandle function.

    Raises `ValueError` while another thread is inside a call on it.
    """
    receiving = handle.clone()
    sending = handle.successor()
    receiving.whole = sending.whole = object()
    receiving.begun, sending.begun = sending.begun, None
    return receiving, sending


def reunite(recv_half: HandleOwner, send_half: HandleOwner) -> PipeHandle:
    """Undo `split`.

    Raises `ReuniteError` if they are not the halves of one stream, or one is closed, and
    `ValueError` while another thread is inside a call.
    """
    check_are_halves_of_one(recv_half, send_half)
    receiving, sending = recv_half._handle, send_half._handle
    taken: list[int] = []
    try:
        receiving.take(taken)
        whole = sending.successor()
        whole.begun = receiving.begun
        receiving._release(taken)
    finally:
        receiving.give_back(taken)
    return whole


def check_are_halves_of_one(recv_half: HandleOwner, send_half: HandleOwner) -> None:
    """Raise `ReuniteError` if they are not the halves of one stream, or one is closed."""
    receiving, sending = recv_half._handle, send_half._handle
    if (
        receiving.whole is None
        or receiving.whole is not sending.whole
        or receiving is sending
        or receiving.closing
        or sending.closing
    ):
        raise ReuniteError(recv_half, send_half)
