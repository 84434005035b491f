"""Moving a stream's state to the objects that its connection goes to.

Halves get it when the stream is split, and the stream when they are reunited; a stream of another
world gets what is the same there.

Each class lists the attributes that move: `_receiving_state` and `_sending_state`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    StreamType = TypeVar("StreamType")
    RecvHalfType = TypeVar("RecvHalfType")
    SendHalfType = TypeVar("SendHalfType")


def handed_out(
    stream: Any, recv_half: RecvHalfType, send_half: SendHalfType
) -> tuple[RecvHalfType, SendHalfType]:
    """Return the halves, with the state of the stream that was split."""
    _copy(stream._receiving_state, stream, recv_half)
    _copy(stream._sending_state, stream, send_half)
    return recv_half, send_half


def handed_back(recv_half: Any, send_half: Any, stream: StreamType) -> StreamType:
    """Return the reunited stream, with the state of its halves."""
    _copy(recv_half._receiving_state, recv_half, stream)
    _copy(send_half._sending_state, send_half, stream)
    return stream


def handed_on(stream: Any, other: StreamType) -> StreamType:
    """Return OTHER, the asynchronous stream for a synchronous STREAM or the reverse."""
    other._incoming_object = stream._incoming_object  # type: ignore[attr-defined]  # of both
    return other


def _copy(names: tuple[str, ...], source: object, target: object) -> None:
    for name in names:
        setattr(target, name, getattr(source, name))
