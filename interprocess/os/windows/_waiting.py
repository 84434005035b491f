"""Waiting for any of several pipes and listeners.

This begins no operation: a read of zero bytes would interfere with another thread's read, and after
its end it says nothing about the remaining data. So this polls the system.
"""

from __future__ import annotations

from time import monotonic, sleep

from interprocess._interface.timeouts import pauses
from interprocess.os.windows._pipe.listener import ServerOwner
from interprocess.os.windows._pipe.state import holds_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

#: The longest pause between two polls, in seconds: about Windows' timer resolution.
LONGEST_PAUSE = 0.016


def wait_for_ends(ends: Sequence[Any], deadline: float | None) -> list[int]:
    """Return the indices of the ENDS that are ready to receive, waiting until DEADLINE.

    Raises `ValueError` if one of them is closed.
    """
    for pause in pauses(LONGEST_PAUSE):
        is_over = deadline is not None and monotonic() >= deadline
        ready = [i for i, end in enumerate(ends) if _is_ready(end)]
        if ready or is_over:
            return ready
        sleep(pause if deadline is None else max(0.0, min(pause, deadline - monotonic())))
    raise AssertionError("the pauses never end")


def _is_ready(end: Any) -> bool:
    if isinstance(end, ServerOwner):
        return end._server.has_client()
    handle = end._handle
    return (
        bool(handle.perform(holds_bytes))
        # The beginning of a message that an interrupted call has left.
        or bool(handle.begun)
        or handle.origin.receiving_has_ended
    )
