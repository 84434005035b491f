"""Which direction of a stream to close."""

from __future__ import annotations

import enum


class Shutdown(enum.IntEnum):
    """Which direction of a stream `shutdown` closes; the numbers are those of `socket.SHUT_…`."""

    __module__ = "interprocess.local_socket"

    RECV = 0
    """Nothing more is received: what the peer sends is refused."""
    SEND = 1
    """Nothing more is sent: the peer receives what was sent and then the end of the stream."""
    BOTH = 2
    """Both."""
