"""Local sockets for asyncio: the classes of `interprocess.local_socket`, `async` where they wait.

    import asyncio
    from interprocess.local_socket.asyncio import listen

    async def main():
        async with listen("example.sock") as listener:
            async for stream in listener:
                async with stream:
                    await stream.send_all(b"Hello " + await stream.recv(100))

    asyncio.run(main())

Timeouts are those of asyncio: `async with asyncio.timeout(seconds)`, or `asyncio.wait_for`. A
second task that receives from a stream while another does, or sends, gets `RuntimeError`.

`open_connection`, `start_server`, `create_connection` and `create_server` are those of asyncio,
with its own streams, transports and protocols, by name.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    raise ImportError("asynchronous local sockets are there on Unix only so far")

from interprocess.local_socket._platform import ConnectOptions, ListenerOptions
from interprocess.local_socket._shortcuts import to_name
from interprocess.os.unix.local_socket._async_asyncio import Listener, RecvHalf, SendHalf, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.options import Overwrite
    from interprocess.local_socket._shortcuts import AnyName

__all__ = ["Listener", "RecvHalf", "SendHalf", "Stream", "connect", "listen", "pair"]


def listen(
    name: AnyName,
    *,
    reclaim_name: bool = True,
    try_overwrite: Overwrite = False,
    max_spin_time: float | None = None,
) -> Listener:
    """Return a listener: the short form of `ListenerOptions(…).create_asyncio()`, with its options.

    NAME is as for `to_name`.
    """
    return ListenerOptions(
        to_name(name),
        reclaim_name=reclaim_name,
        try_overwrite=try_overwrite,
        max_spin_time=max_spin_time,
    ).create_asyncio()


async def connect(name: AnyName) -> Stream:
    """Return a stream to a listener: the short form of `ConnectOptions(…).connect_asyncio()`.

    NAME is as for `to_name`.
    """
    return await ConnectOptions(to_name(name)).connect_asyncio()


def pair() -> tuple[Stream, Stream]:
    """Return two streams that are connected with each other."""
    return Stream.pair()
