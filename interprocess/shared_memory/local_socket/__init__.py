"""Local sockets whose streams send their bytes through shared memory, where both sides can.

    from interprocess.shared_memory.local_socket import connect, listen

    with listen("example") as listener, listener.accept() as stream:
        stream.send_all(b"Hello " + stream.recv(100))

and in another process:

    with connect("example") as stream:
        stream.send_all(b"world")
        print(stream.recv(100))

The interface is that of `interprocess.local_socket`, and both ends have to be of this module. The
client makes a memory with a ring of bytes for each direction, and hands it over the local socket,
which stays: it wakes who waits, tells the peer's credentials, and ends when the peer does. Where
one side cannot (see the capability `shared_memory_rings`), both use the socket alone.

For few connections that are busy, between processes that have a core each. `docs/shared-memory.md`
says when else, and what a peer can do. Modules `asyncio` and `trio` are beside this one.
"""

from __future__ import annotations

import sys

if sys.platform == "win32" or sys.platform.startswith("sunos"):
    from interprocess import capabilities

    capabilities.require("shared_memory_local_socket")

from interprocess.shared_memory.local_socket._listener import Listener
from interprocess.shared_memory.local_socket._shortcuts import connect, listen, pair
from interprocess.shared_memory.local_socket._stream import RecvHalf, SendHalf, Stream
from interprocess.shared_memory.local_socket._views import Peek, Reservation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface import contract

    _stream_contract: type[contract.Connection[RecvHalf, SendHalf]] = Stream

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
