"""The directions in which a stream can be shut down."""

from __future__ import annotations

import enum


class Shutdown(enum.IntEnum):
    """The direction of a stream to close; the numbers are those of `socket.SHUT_…`."""

    __module__ = "interprocess.local_socket"

    RECV = 0
    """Receive nothing more: the peer's sends fail."""
    SEND = 1
    """Send nothing more: the peer receives the data already sent, then the end of the stream."""
    BOTH = 2
    """Both."""
