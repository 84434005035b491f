"""The nonblocking modes of listeners."""

from __future__ import annotations

import enum


class ListenerNonblockingMode(enum.Enum):
    """Selects which calls of a listener, and of the streams that it accepts, never wait.

    A call that would have to wait raises `BlockingIOError` instead.
    """

    __module__ = "interprocess.local_socket"

    NEITHER = (False, False)
    """`accept()` waits, and so do the streams that it returns."""
    ACCEPT = (True, False)
    """`accept()` does not wait; the streams do."""
    STREAM = (False, True)
    """`accept()` waits; the streams do not."""
    BOTH = (True, True)
    """Neither `accept()` nor the streams wait."""

    @property
    def accept_nonblocking(self) -> bool:
        """True if `accept()` does not wait."""
        return self in (ListenerNonblockingMode.ACCEPT, ListenerNonblockingMode.BOTH)

    @property
    def stream_nonblocking(self) -> bool:
        """True if the accepted streams do not wait."""
        return self in (ListenerNonblockingMode.STREAM, ListenerNonblockingMode.BOTH)
