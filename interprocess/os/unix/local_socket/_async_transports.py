"""asyncio's own streams, transports and protocols over our sockets.

asyncio makes them of a `socket.socket`, so our descriptor becomes one. The loop's functions for
Unix domain sockets are the ones that uvloop has as well.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import contextmanager

from interprocess.os.unix import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from interprocess.os.unix._socket_file import SocketFile
    from interprocess.os.unix.local_socket._async_asyncio import Listener, Stream
    from interprocess.os.unix.local_socket._names import Name

    Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

#: Since Python 3.13 the loop removes socket files itself; ours may have to stay.
_FILE_IS_OURS: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}


class Server(asyncio.AbstractServer):
    """The loop's own server, which removes the listener's socket file when it closes."""

    def __init__(
        self, server: asyncio.AbstractServer, name: Name, socket_file: SocketFile | None
    ) -> None:
        self._server = server
        self._socket_file = socket_file
        if socket_file is not None:
            socket_file.has_accepted = True  # The loop is about to.
        self.name = name

    def close(self) -> None:
        """Stop accepting, and remove the socket file. Connections stay open."""
        socket_file, self._socket_file = self._socket_file, None
        if socket_file is not None and socket_file.before_closing(False):
            socket_file.remove()
        self._server.close()
        if socket_file is not None:
            socket_file.remove_if_dead()

    async def serve_forever(self) -> None:
        """Accept connections until the task is cancelled, then close."""
        try:
            await self._server.serve_forever()
        finally:
            self.close()

    async def start_serving(self) -> None:
        """Start accepting, if `start_serving=False` was given."""
        await self._server.start_serving()

    def is_serving(self) -> bool:
        """Whether the server accepts connections."""
        return self._server.is_serving()

    async def wait_closed(self) -> None:
        """Wait until `close()` is complete."""
        await self._server.wait_closed()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop that the server belongs to."""
        return self._server.get_loop()

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.close()
        await self.wait_closed()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)

    def __repr__(self) -> str:
        return f"<Server {self.name} of {self._server!r}>"


async def open_streams(stream: Stream, **options: Any) -> Streams:
    """Return a `StreamReader` and a `StreamWriter` for a stream, which gives up its descriptor."""
    with _socket_of(stream) as sock:
        return await asyncio.open_unix_connection(sock=sock, **options)


async def connect_protocol(
    stream: Stream, protocol_factory: Callable[[], asyncio.BaseProtocol], **options: Any
) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
    """Return a transport and a protocol for a stream, which gives up its descriptor."""
    loop = asyncio.get_running_loop()
    with _socket_of(stream) as sock:
        return await loop.create_unix_connection(protocol_factory, sock=sock, **options)


async def serve_streams(
    listener: Listener,
    client_connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any],
    **options: Any,
) -> Server:
    """Return a server of streams for a listener, which gives up its descriptor."""

    async def start(**given: Any) -> asyncio.AbstractServer:
        return await asyncio.start_unix_server(client_connected, **given)

    return await _serve(listener, start, options)


async def serve_protocol(
    listener: Listener, protocol_factory: Callable[[], asyncio.BaseProtocol], **options: Any
) -> Server:
    """Return a server of protocols for a listener, which gives up its descriptor."""
    loop = asyncio.get_running_loop()

    async def start(**given: Any) -> asyncio.AbstractServer:
        return await loop.create_unix_server(protocol_factory, **given)

    return await _serve(listener, start, options)


async def _serve(listener: Listener, start: Callable[..., Any], options: dict[str, Any]) -> Server:
    socket_file = listener._socket_file
    # The loop calls listen(2) once more, with a backlog of its own.
    options = {"backlog": _calls.BACKLOG, **_FILE_IS_OURS, **options}
    with _socket_of(listener) as sock:
        try:
            server = await start(sock=sock, **options)
        except BaseException:
            if socket_file is not None:
                socket_file.remove()
            raise
    return Server(server, listener.name, socket_file)


@contextmanager
def _socket_of(owner: Stream | Listener) -> Iterator[socket.socket]:
    """Make a `socket.socket` of a descriptor, and close it unless the loop took it."""
    sock = socket.socket(fileno=owner.detach())
    try:
        yield sock
    except BaseException:
        sock.close()
        raise
