"""asyncio's own streams, transports and protocols over our sockets.

asyncio makes them from a `socket.socket`, so our descriptor becomes one. This uses the loop's
functions for Unix domain sockets, since uvloop has those too.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import contextmanager

from interprocess._interface import lifetime
from interprocess.errors import UnsupportedError
from interprocess.os.unix import _calls
from interprocess.os.unix._unix_socket.buffer_sizes import set_buffer_sizes_of_client
from interprocess.os.unix._unix_socket.same_user import admits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, NoReturn, SupportsIndex, TypeVar

    from interprocess._interface.sizes import BufferSizes
    from interprocess.os.unix._files.socket_file import SocketFile
    from interprocess.os.unix.local_socket._admitted_clients import AdmittedClients
    from interprocess.os.unix.local_socket._async_asyncio import Listener, Stream
    from interprocess.os.unix.local_socket._names import Name

    Socket = TypeVar("Socket", bound=socket.socket)

#: Since Python 3.13 the loop removes socket files itself, but ours may have to stay.
_FILE_IS_OURS: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}
#: The number of clients that a server accepts before other tasks get to run: asyncio's number.
_CLIENTS_AT_ONCE = 100
#: The most to receive from a broken connection.
_MOST_LAST_WORDS = 1 << 22


class Server(asyncio.AbstractServer):
    """The loop's own server, which removes the listener's socket file when it closes."""

    __module__ = "interprocess.local_socket.asyncio"

    def __init__(
        self,
        server: asyncio.AbstractServer,
        sock: socket.socket,
        name: Name,
        socket_file: SocketFile | None,
        early: _EarlyClients,
    ) -> None:
        self._server = server
        self._sock = sock
        self._generation = lifetime.generation
        self._socket_file = socket_file
        if socket_file is not None:
            socket_file.has_accepted = True  # The loop is about to accept.
        self.name = name
        self._early = early

    def close(self) -> None:
        """Stop accepting, and remove the socket file. Connections stay open.

        In a forked child, only the child's descriptor is closed.
        """
        self._early.turn_away()
        socket_file, is_open = self._socket_file, self._sock.fileno() >= 0
        if socket_file is not None and is_open and socket_file.before_closing(False):
            socket_file.remove()
        if self._generation == lifetime.generation:
            self._server.close()
        elif is_open:
            # The loop would unregister the descriptor, for the parent too.
            os.close(self._sock.detach())
        if socket_file is not None:
            socket_file.remove_if_dead()
            self._socket_file = None

    async def serve_forever(self) -> None:
        """Accept connections until the task is cancelled, then close."""
        try:
            self._early.serve()
            await self._server.serve_forever()
        finally:
            self.close()

    async def start_serving(self) -> None:
        """Start accepting, if `start_serving=False` was given."""
        await self._server.start_serving()
        self._early.serve()

    def is_serving(self) -> bool:
        """Return true if the server accepts connections."""
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

    def close_clients(self) -> None:
        """Close the connections of all clients after sending the data written to them.

        Raises `UnsupportedError` where the loop cannot: before Python 3.13, and uvloop.
        """
        self._of_all_clients("close_clients")

    def abort_clients(self) -> None:
        """Close the connections of all clients at once. Raises as `close_clients`."""
        self._of_all_clients("abort_clients")

    def _of_all_clients(self, what: str) -> None:
        try:
            act = getattr(self._server, what)
        except AttributeError:
            raise UnsupportedError(
                f"{what}: servers of {type(self.get_loop()).__name__} on Python"
                f" {sys.version_info[0]}.{sys.version_info[1]} keep no list of their clients"
            ) from None
        act()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # An incomplete object may lack `_server`.
            raise AttributeError(name)
        return getattr(self._server, name)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(f"{self!r} belongs to an event loop, and cannot be copied or sent")

    def __repr__(self) -> str:
        return f"<Server {self.name} of {self._server!r}>"


async def connect_protocol(
    stream: Stream, protocol_factory: Callable[[], asyncio.BaseProtocol], **options: Any
) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
    """Return a transport and a protocol for a stream, which gives up its descriptor."""
    loop = asyncio.get_running_loop()
    with _closed_unless_taken(socket.socket(fileno=stream.detach())) as sock:
        return await loop.create_unix_connection(protocol_factory, sock=sock, **options)


async def serve_protocol(
    listener: Listener,
    protocol_factory: Callable[[], asyncio.BaseProtocol],
    *,
    backlog: int = _calls.BACKLOG,
    cleanup_socket: bool = True,
    **options: Any,
) -> Server:
    """Return a server of protocols for a listener, which gives up its descriptor."""
    loop = asyncio.get_running_loop()
    early = _EarlyClients(listener, protocol_factory, options)
    socket_file = listener._socket_file
    # The loop calls listen(2) again, with this backlog.
    options = {"backlog": backlog, **_FILE_IS_OURS, **options}
    current_user_only, buffer_sizes = listener._current_user_only, listener._stream_buffer_sizes
    is_special = current_user_only or buffer_sizes is not None
    if is_special and not isinstance(loop, asyncio.SelectorEventLoop):
        protocol_factory = _admitting(protocol_factory, current_user_only, buffer_sizes)
    number = early.detach(listener)
    with _closed_unless_taken(_ListeningSocket(fileno=number)) as sock:
        sock.current_user_only, sock.buffer_sizes = current_user_only, buffer_sizes
        try:
            server = await loop.create_unix_server(protocol_factory, sock=sock, **options)
        except BaseException:
            early.turn_away()
            if socket_file is not None and socket_file.before_closing(False):
                socket_file.remove()
            raise
    if options.get("start_serving", True):
        early.serve()
    return Server(server, sock, listener.name, socket_file if cleanup_socket else None, early)


class _EarlyClients:
    """Clients that `interprocess.wait` accepted before the listener became a server."""

    def __init__(
        self,
        listener: Listener,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        options: dict[str, Any],
    ) -> None:
        self._clients: AdmittedClients | None = None
        self._buffer_sizes = listener._stream_buffer_sizes
        self._protocol_factory = protocol_factory
        self._tls = {name: value for name, value in options.items() if name.startswith("ssl")}
        self._tasks: set[asyncio.Task[None]] = set()

    def detach(self, listener: Listener) -> int:
        """Take the clients of LISTENER, detach it, and return its descriptor."""
        clients, listener._admitted = listener._admitted, None
        try:
            number = listener.detach()
        except BaseException:
            listener._admitted = clients
            raise
        self._clients = clients
        return number

    def serve(self) -> None:
        """Serve the clients, each in a task that makes its transport."""
        while self._clients:
            client = self._clients.take()
            if client is not None:
                if self._buffer_sizes is not None:
                    set_buffer_sizes_of_client(client.number, self._buffer_sizes)
                sock = socket.socket(fileno=client.detach())
                task = asyncio.get_running_loop().create_task(self._serve(sock))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _serve(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with _closed_unless_taken(sock):
            sock.setblocking(False)
            try:
                await loop.connect_accepted_socket(self._protocol_factory, sock, **self._tls)
            except (OSError, asyncio.TimeoutError):
                sock.close()  # The client has left, or TLS failed.

    def turn_away(self) -> None:
        """Close the connections of the clients that are not served yet."""
        if self._clients is not None:
            self._clients.turn_away()


class _ListeningSocket(socket.socket):
    """A listening socket that limits the number of clients that asyncio accepts at once.

    asyncio accepts until no client is left, or until it has accepted as many as the backlog allows,
    and runs no other task meanwhile. If it has no descriptor left for a client, it informs the
    loop's exception handler, retries after a second, but still tries the rest of that number at
    once.
    """

    current_user_only = False
    buffer_sizes: BufferSizes | None = None
    _left = _CLIENTS_AT_ONCE

    def accept(self) -> tuple[socket.socket, Any]:
        while True:
            accepted = self._accept_one()
            if not self.current_user_only or admits(accepted[0].fileno()):
                if self.buffer_sizes is not None:
                    set_buffer_sizes_of_client(accepted[0].fileno(), self.buffer_sizes)
                return accepted
            accepted[0].close()

    def _accept_one(self) -> tuple[socket.socket, Any]:
        if self._left <= 0:
            self._left = _CLIENTS_AT_ONCE
            raise BlockingIOError
        self._left -= 1
        try:
            return super().accept()
        except BlockingIOError:
            self._left = _CLIENTS_AT_ONCE
            raise
        except OSError:
            self._left = 0
            raise


def _admitting(
    protocol_factory: Callable[[], asyncio.BaseProtocol],
    current_user_only: bool,
    buffer_sizes: BufferSizes | None,
) -> Callable[[], asyncio.BaseProtocol]:
    """Return the protocol factory for a loop that accepts in C: uvloop.

    Each client's first protocol rejects the client, or sets its options and installs the real
    protocol.
    """

    class Admitting(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            number = transport.get_extra_info("socket").fileno()
            if current_user_only and not admits(number):
                transport.abort()
                return
            if buffer_sizes is not None:
                set_buffer_sizes_of_client(number, buffer_sizes)
            protocol = protocol_factory()
            transport.set_protocol(protocol)
            protocol.connection_made(transport)

    return Admitting


def last_words(transport: asyncio.BaseTransport) -> bytes:
    """Return the data that remains to be received from a broken connection. recv(2)."""
    number = transport.get_extra_info("socket").fileno()
    received = bytearray()
    try:
        while len(received) < _MOST_LAST_WORDS and (part := os.read(number, 65536)):
            received += part
    except OSError:
        pass  # There is no more data.
    return bytes(received)


@contextmanager
def _closed_unless_taken(sock: Socket) -> Iterator[Socket]:
    """Close a socket unless the loop has taken it over."""
    try:
        yield sock
    except BaseException:
        sock.close()
        raise
