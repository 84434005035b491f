"""Connections through shared memory."""

from __future__ import annotations

from interprocess.shared_memory.local_socket._listener import Listener
from interprocess.shared_memory.local_socket._shortcuts import connect, listen, pair
from interprocess.shared_memory.local_socket._stream import RecvHalf, SendHalf, Stream
from interprocess.shared_memory.local_socket._views import Peek, Reservation

__all__ = [
    "Listener",
    "Peek",
    "RecvHalf",
    "Reservation",
    "SendHalf",
    "Stream",
    "connect",
    "listen",
    "pair",
]
