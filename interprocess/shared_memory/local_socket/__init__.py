"""Local sockets whose streams use shared memory for their bytes if both sides support it.

    from interprocess.shared_memory.local_socket import connect, listen

    with listen("example") as listener, listener.accept() as stream:
        stream.send_all(b"Hello " + stream.recv(100))

and in another process:

    with connect("example") as stream:
        stream.send_all(b"world")
        print(stream.recv(100))

The interface is that of `interprocess.local_socket`. Both ends must use this module. The client
creates memory with one ring of bytes for each direction and passes it over the local socket. The
socket stays open: it wakes a waiting side, provides the peer's credentials, and ends with the peer.
If one side does not support rings (see the capability `shared_memory_rings`), both use only the
socket.

Use this for a few busy connections between processes that each have a core of their own.
`docs/shared-memory.md` compares it with plain sockets and explains the effects of a hostile peer.
The submodules `asyncio`, `trio` and `anyio` are for asynchronous programs.
"""

from __future__ import annotations

import sys

if sys.platform.startswith("sunos"):
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
