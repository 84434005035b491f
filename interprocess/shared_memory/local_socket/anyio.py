"""Connections through shared memory for anyio: its byte streams and listeners.

    import anyio
    from interprocess.shared_memory.local_socket.anyio import listen

    async def greet(stream):
        async with stream:
            await stream.send(b"Hello " + await stream.receive())

    async def main():
        async with listen("example") as listener:
            await listener.serve(greet)

    anyio.run(main)

They run on asyncio and on trio. The classes have the interface of the classes in
`interprocess.local_socket.anyio`, except that no descriptors can be passed, and `extra` has no
`SocketAttribute`. `send_object` and `recv_object` of that module pass objects beside the bytes.
"""

from __future__ import annotations

from interprocess._interface.shutdown import Shutdown
from interprocess._runtimes.anyio import StreamAttribute, trio_runs
from interprocess._runtimes.anyio_connections import ClientListener, Connection
from interprocess.shared_memory.local_socket._anyio_views import Peek, Reservation

# The module above explains how to install anyio if it is missing.
# isort: split
import anyio
from anyio.lowlevel import checkpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from interprocess._interface.options import Overwrite
    from interprocess.local_socket._shortcuts import AnyName

__all__ = [
    "Listener",
    "Peek",
    "Reservation",
    "Stream",
    "StreamAttribute",
    "connect",
    "listen",
    "pair",
]


def _running() -> ModuleType:
    """Return our module for the runtime that runs, asyncio's if none does yet.

    By import statements: tools that freeze a program do not see a computed name.
    """
    if trio_runs():
        from interprocess.shared_memory.local_socket import trio

        return trio
    from interprocess.shared_memory.local_socket import asyncio

    return asyncio


class Stream(Connection):
    """A connection whose bytes go through shared memory, an `anyio.abc.ByteStream`."""

    _raw_class = _running, "Stream"

    def __init__(self, raw: Any) -> None:
        super().__init__(raw)
        self._beside = (
            anyio.ResourceGuard("sending an object to"),
            anyio.ResourceGuard("receiving an object from"),
        )

    @property
    def _sending_objects(self) -> anyio.ResourceGuard:
        return self._beside[0] if self.through_memory else self._sending

    @property
    def _receiving_objects(self) -> anyio.ResourceGuard:
        return self._beside[1] if self.through_memory else self._receiving

    @property
    def through_memory(self) -> bool:
        """True if the bytes go through memory, not over the local socket.

        It is also `False` before the first transfer, in which both sides agree on this.
        """
        return bool(self._raw.through_memory)

    def reserve(self, size: int, /) -> Reservation:
        """Return an asynchronous context manager that provides a view of free room, to write data.

            async with stream.reserve(4096) as view:
                view[:] = bytes(len(view))

        It works like `reserve` of `interprocess.shared_memory.local_socket.asyncio.Stream`, and
        raises the same errors as `send`.
        """
        return Reservation(self, self._sending, self._raw.reserve(size))

    def peek(self, size: int, /) -> Peek:
        """Return an asynchronous context manager that provides a view of received data.

            async with stream.peek(4096) as view:
                parse(view)

        It works like `peek` of `interprocess.shared_memory.local_socket.asyncio.Stream`, and raises
        the same errors as `receive`, except that the view is empty at the end of the stream.
        """
        return Peek(self, self._receiving, self._raw.peek(size))

    async def send_eof(self) -> None:
        """Signal the end of the stream to the peer, after the data that was sent.

        Raises `BusyResourceError` while another task sends, and on Windows `UnsupportedError` if
        the bytes do not go through memory.
        """
        await checkpoint()
        with self._sending, self._translated():
            await self._raw._opened()
            self._raw.shutdown(Shutdown.SEND)


class Listener(ClientListener[Stream]):
    """A server's end of a local socket, for connections through memory: an `anyio.abc.Listener`."""

    _raw_class = _running, "Listener"
    _stream_type = Stream


def listen(
    name: AnyName | None = None,
    *,
    reclaim_name: bool = True,
    try_overwrite: Overwrite = False,
    max_spin_time: float | None = None,
    current_user_only: bool | None = None,
) -> Listener:
    """Return a listener; the options are those of `interprocess.local_socket.anyio.listen`.

    The client chooses the sizes of the rings.
    """
    return Listener(
        _running().listen(
            name,
            reclaim_name=reclaim_name,
            try_overwrite=try_overwrite,
            max_spin_time=max_spin_time,
            current_user_only=current_user_only,
        )
    )


async def connect(
    name: AnyName,
    *,
    current_user_only: bool | None = None,
    wait_for_server: bool = False,
    send_buffer_size: int | None = None,
    recv_buffer_size: int | None = None,
) -> Stream:
    """Connect to a listener; the options are those of `interprocess.local_socket.anyio.connect`.

    The sizes are those of the rings, in bytes, rounded up to a power of two; `None` means 512 KiB.
    The first call of the stream waits until the server has accepted it.
    """
    return Stream(
        await _running().connect(
            name,
            current_user_only=current_user_only,
            wait_for_server=wait_for_server,
            send_buffer_size=send_buffer_size,
            recv_buffer_size=recv_buffer_size,
        )
    )


def pair(*, buffer_size: int | None = None) -> tuple[Stream, Stream]:
    """Return two streams that are connected to each other.

    BUFFER_SIZE is the number of bytes that each stream can send before the other receives them,
    rounded up to a power of two; `None` means 512 KiB.
    """
    first, second = _running().pair(buffer_size=buffer_size)
    return Stream(first), Stream(second)
