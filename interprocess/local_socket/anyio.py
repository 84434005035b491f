"""Local sockets for anyio: its byte streams and listeners, on asyncio and on trio.

    import anyio
    from interprocess.local_socket.anyio import listen

    async def greet(stream):
        async with stream:
            await stream.send(b"Hello " + await stream.receive())

    async def main():
        async with listen("example.sock") as listener:
            await listener.serve(greet)

    anyio.run(main)

`Stream(stream)` wraps a stream of `interprocess.local_socket.asyncio` or `.trio`, and `Listener`
wraps a listener. Timeouts are anyio's: `with anyio.fail_after(seconds)`.
"""

from __future__ import annotations

import sys
from typing import Any

from interprocess._runtimes.anyio import Adapter, StreamAttribute, trio_runs
from interprocess._runtimes.anyio_connections import ClientListener, Connection
from interprocess._runtimes.anyio_sockets import SocketOf
from interprocess.errors import UnsupportedError
from interprocess.local_socket import _async_passing

# The module above explains how to install anyio if it is missing.
# isort: split
import anyio
from anyio.lowlevel import checkpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import ModuleType

    from interprocess._interface.options import Overwrite
    from interprocess._interface.peer_creds import PeerCreds  # noqa: F401  # of StreamAttribute
    from interprocess.local_socket._shortcuts import AnyName

__all__ = [
    "Listener",
    "Stream",
    "StreamAttribute",
    "connect",
    "listen",
    "pair",
    "recv_object",
    "send_object",
]


def _running() -> ModuleType:
    """Return our module for the runtime that runs, asyncio's if none does yet.

    By import statements: tools that freeze a program do not see a computed name.
    """
    if trio_runs():
        from interprocess.local_socket import trio

        return trio
    from interprocess.local_socket import asyncio

    return asyncio


class Stream(Connection):
    """A connection over a local socket, an `anyio.abc.ByteStream`."""

    _raw_class = _running, "Stream"

    def __init__(self, raw: Any) -> None:
        super().__init__(raw)
        self._socket = SocketOf(raw, has_peer=True)

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        """The attributes for `extra`: `StreamAttribute`, and on Unix anyio's `SocketAttribute`.

        The `raw_socket` has a duplicate of the descriptor, which `aclose` closes as well.
        """
        return {**super().extra_attributes, **self._socket.attributes()}

    async def aclose(self) -> None:
        """Close the object and let other tasks run."""
        self._socket.close()
        await super().aclose()

    async def send_fds(self, message: bytes, fds: Collection[Any]) -> None:
        """Send all of MESSAGE, with descriptors attached to its first byte; Unix only.

        Works like that of anyio's `UNIXSocketStream`. FDS are numbers, or objects that have a
        `fileno()`. Raises `ValueError` for an empty message.
        """
        await checkpoint()
        self._check_is_socket()
        with self._sending, self._translated():
            sent = await self._raw.send_fds(message, fds)
            if sent < len(message):
                await self._raw.send_all(memoryview(message)[sent:])

    async def receive_fds(self, msglen: int, maxfds: int) -> tuple[bytes, list[int]]:
        """Receive at most MSGLEN bytes, and the descriptors that come with them; Unix only.

        Works like that of anyio's `UNIXSocketStream`. Raises `OSError`, as `recv_fds` of the stream
        below, if there are more than MAXFDS, and `EndOfStream` at the end of the stream.
        """
        await checkpoint()
        self._check_is_socket()
        with self._receiving, self._translated():
            message, fds = await self._raw.recv_fds(msglen, maxfds)
        if not message:
            raise anyio.EndOfStream
        return message, fds

    def _check_is_socket(self) -> None:
        if sys.platform == "win32":
            raise UnsupportedError("a named pipe carries no descriptors: use send_object")


class Listener(ClientListener[Stream]):
    """A server's end of a local socket, an `anyio.abc.Listener`."""

    _raw_class = _running, "Listener"
    _stream_type = Stream

    def __init__(self, raw: Any) -> None:
        super().__init__(raw)
        self._socket = SocketOf(raw, has_peer=False)

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        """The attributes for `extra`: `StreamAttribute`, and on Unix anyio's `SocketAttribute`.

        The `raw_socket` has a duplicate of the descriptor, which `aclose` closes as well.
        """
        return {**super().extra_attributes, **self._socket.attributes()}

    async def aclose(self) -> None:
        """Close the object and let other tasks run."""
        self._socket.close()
        await super().aclose()


def listen(
    name: AnyName | None = None,
    *,
    reclaim_name: bool = True,
    try_overwrite: Overwrite = False,
    max_spin_time: float | None = None,
    current_user_only: bool | None = None,
    send_buffer_size: int | None = None,
    recv_buffer_size: int | None = None,
) -> Listener:
    """Return a listener for the running runtime, with the options of `ListenerOptions`.

    NAME is as for `to_name`. Without one, the listener gets a new name from `Name.unique()`: other
    processes connect to the text that `listener.name.as_text()` returns.
    """
    return Listener(
        _running().listen(
            name,
            reclaim_name=reclaim_name,
            try_overwrite=try_overwrite,
            max_spin_time=max_spin_time,
            current_user_only=current_user_only,
            send_buffer_size=send_buffer_size,
            recv_buffer_size=recv_buffer_size,
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
    """Return a stream to a listener, with the options of `ConnectOptions`.

    NAME is as for `to_name`.
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

    BUFFER_SIZE is the number of bytes that the system should buffer in each direction; `None` is
    the system's default.
    """
    first, second = _running().pair(buffer_size=buffer_size)
    return Stream(first), Stream(second)


async def send_object(stream: Connection, thing: Any, *, pid: int | None = None) -> None:
    """Hand an open object to the process at the other end; otherwise as for the sync interface.

    On Unix, THING may be an object for anyio or another asynchronous one; on Windows, it must be
    synchronous. Errors of the stream are anyio's.
    """
    _check_carrier(stream)
    await checkpoint()
    with stream._sending_objects, stream._translated():
        thing = thing._raw if isinstance(thing, Adapter) else thing
        await _async_passing.send_object(stream._raw, thing, pid=pid)


async def recv_object(stream: Connection, kind: Any = object) -> Any:
    """Receive an object that the process at the other end hands over, of the classes for anyio.

    KIND is the expected class, or a tuple of several; otherwise as for the sync interface, and
    errors of the stream are anyio's. After a cancellation, the next call of `recv_object`
    continues; receive nothing else until then.
    """
    from interprocess.unnamed_pipe.anyio import Recver, Sender

    _check_carrier(stream)
    await checkpoint()
    with stream._receiving_objects, stream._translated():
        return await _async_passing.recv_object(stream._raw, kind, Stream, Listener, Recver, Sender)


def _check_carrier(stream: object) -> None:
    if not isinstance(stream, Connection):
        raise TypeError(f"objects travel over our streams for anyio, not over {stream!r}")
