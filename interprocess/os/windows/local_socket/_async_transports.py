"""asyncio's own streams, transports and protocols over our pipes.

asyncio's proactor has transports and a server for pipes; but that server accepts remote clients and
cannot use an existing listener. So the clients come from our listener.
"""

from __future__ import annotations

import asyncio
from asyncio import proactor_events
from asyncio.sslproto import SSLProtocol
from time import monotonic
from typing import Any
from weakref import WeakSet

from interprocess._interface.lifetime import ClosedError
from interprocess._runtimes.asyncio_completion import RUNTIME
from interprocess.os.windows import _calls
from interprocess.os.windows._async_pipe.operation import Association
from interprocess.os.windows._pipe.state import is_end_of_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import NoReturn, SupportsIndex

    from interprocess.os.windows._pipe.end import PipeHandle
    from interprocess.os.windows.local_socket._async_asyncio import Listener, Stream
    from interprocess.os.windows.local_socket._names import Name

    ProtocolFactory = Callable[[], asyncio.BaseProtocol]

#: Seconds for which a server pauses after a failed accept, as asyncio's own do.
_ACCEPT_RETRY_DELAY = 1.0


async def connect_protocol(
    stream: Stream,
    protocol_factory: ProtocolFactory,
    *,
    ssl: ssl.SSLContext | bool | None = None,
    server_hostname: str | None = None,
    **tls_options: Any,
) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
    """Return a transport and a protocol for a stream, which gives up its handle."""
    pipe = _Pipe(stream._give_up())
    try:
        protocol = protocol_factory()
        tls = _Tls(ssl, server_side=False, server_hostname=server_hostname, options=tls_options)
        return await _connect(pipe, protocol, tls), protocol
    except BaseException:
        pipe.close()
        raise


async def serve_protocol(
    listener: Listener,
    protocol_factory: ProtocolFactory,
    *,
    ssl: ssl.SSLContext | None = None,
    start_serving: bool = True,
    backlog: int | None = None,  # noqa: ARG001  # a pipe has none
    cleanup_socket: bool = True,  # noqa: ARG001  # nor has it a file
    **tls_options: Any,
) -> Server:
    """Return a server of protocols for a listener, which it owns."""
    try:
        RUNTIME.port()
        tls = _Tls(ssl, server_side=True, server_hostname=None, options=tls_options)
    except BaseException:
        listener.close()
        raise
    server = Server(listener, protocol_factory, tls)
    if start_serving:
        await server.start_serving()
    return server


class Server(asyncio.AbstractServer):
    """A server whose clients come from our listener."""

    __module__ = "interprocess.local_socket.asyncio"

    def __init__(self, listener: Listener, protocol_factory: ProtocolFactory, tls: _Tls) -> None:
        self.name: Name = listener.name
        self._listener = listener
        self._protocol_factory = protocol_factory
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._accepting: asyncio.Task[None] | None = None
        self._handshakes: set[asyncio.Task[None]] = set()
        self._clients: WeakSet[asyncio.Transport] = WeakSet()
        self._forever: asyncio.Future[None] | None = None

    def close(self) -> None:
        """Stop accepting. Connections stay open."""
        self._listener.close()
        if self._forever is not None and not self._forever.done():
            self._forever.cancel()

    def close_clients(self) -> None:
        """Close the connections of all clients after sending the data written to them."""
        self._of_all_clients(lambda transport: transport.close())

    def abort_clients(self) -> None:
        """Close the connections of all clients at once."""
        self._of_all_clients(lambda transport: transport.abort())

    def _of_all_clients(self, end: Callable[[asyncio.Transport], None]) -> None:
        for transport in [*self._clients]:
            end(transport)
        for handshake in self._handshakes:
            handshake.cancel()

    async def start_serving(self) -> None:
        """Start accepting, if `start_serving=False` was given."""
        if self._accepting is None and not self._listener.closed:
            self._accepting = self._loop.create_task(self._accept())

    async def serve_forever(self) -> None:
        """Accept connections until the task is cancelled, then close."""
        if self._forever is not None:
            raise RuntimeError(f"server {self!r} is already being awaited on serve_forever()")
        if self._listener.closed:
            raise RuntimeError(f"server {self!r} is closed")
        await self.start_serving()
        self._forever = self._loop.create_future()
        try:
            await self._forever
        finally:
            self._forever = None
            self.close()
            await self.wait_closed()

    def is_serving(self) -> bool:
        """Return true if the server accepts connections."""
        return self._accepting is not None and not self._listener.closed

    async def wait_closed(self) -> None:
        """Wait until `close()` is complete."""
        if self._listener.closed and self._accepting is not None:
            await asyncio.wait({self._accepting, *self._handshakes})

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop that the server belongs to."""
        return self._loop

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.close()
        await self.wait_closed()

    def __repr__(self) -> str:
        return f"<Server {self.name} of {self._listener!r}>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(f"{self!r} belongs to an event loop, and cannot be copied or sent")

    async def _accept(self) -> None:
        while True:
            try:
                stream = await self._listener.accept()
            except ClosedError:
                return
            except OSError as error:
                message = f"{self!r} could not accept"
                self._loop.call_exception_handler({"message": message, "exception": error})
                await asyncio.sleep(_ACCEPT_RETRY_DELAY)
                continue
            # A client with a slow handshake does not keep the others waiting.
            handshake = self._loop.create_task(self._begin(_Pipe(stream._give_up())))
            self._handshakes.add(handshake)
            handshake.add_done_callback(self._handshakes.discard)

    async def _begin(self, pipe: _Pipe) -> None:
        try:
            self._clients.add(await _connect(pipe, self._protocol_factory(), self._tls))
        except Exception as error:
            pipe.close()
            # asyncio does not report clients that leave or violate TLS either.
            if not isinstance(error, OSError) or self._loop.get_debug():
                message = f"{self!r} could not begin with a client"
                self._loop.call_exception_handler({"message": message, "exception": error})
        except BaseException:
            pipe.close()
            raise


class _Tls:
    """The TLS options of a connection, if any."""

    def __init__(
        self,
        context: ssl.SSLContext | bool | None,
        *,
        server_side: bool,
        server_hostname: str | None,
        options: dict[str, Any],
    ) -> None:
        if context is True:
            import ssl

            context = ssl.create_default_context()
        if options and not context:
            raise TypeError(f"these options require ssl: {', '.join(options)}")
        self.context: ssl.SSLContext | None = context or None
        self.options: dict[str, Any] = {
            "server_side": server_side,
            "server_hostname": server_hostname,
            **options,
        }


class _Pipe:
    """A pipe with the interface that asyncio's transports expect."""

    def __init__(self, handle: PipeHandle) -> None:
        self.handle = handle
        #: Data that the transport writes must not be lost when it closes.
        handle.dirty = True

    def fileno(self) -> int:
        return self.handle.value

    def close(self) -> None:
        self.handle.close()


def last_words(transport: asyncio.BaseTransport) -> bytes:
    """Return the data that remains to be received from a broken connection. ReadFile function."""
    handle: PipeHandle = transport.get_extra_info("pipe").handle
    memory = _calls.new_buffer(65536)
    received = bytearray()
    try:
        while count := handle.read(memory, 65536, monotonic()):
            received += _calls.contents(memory, count)
    except (OSError, ClosedError):
        pass  # There is no more data.
    return bytes(received)


#: Type checkers have another signature for it.
_PipeTransport: Any = proactor_events._ProactorDuplexPipeTransport


class _Transport(_PipeTransport):  # type: ignore[misc]  # Any, to type checkers
    """asyncio's own transport for pipes, with one correction.

    It takes the server's DisconnectNamedPipe for a failure, but Microsoft's servers end all
    connections that way.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        pipe: _Pipe,
        protocol: asyncio.BaseProtocol,
        waiter: asyncio.Future[Any] | None = None,
    ) -> None:
        self._pipe = pipe
        super().__init__(loop, pipe, protocol, waiter)

    def _loop_reading(self, fut: asyncio.Future[Any] | None = None) -> None:
        if fut is not None and _is_end(fut):
            # Reported as asyncio's own end of the stream: since 3.11, reading returns a number.
            ended = self._loop.create_future()
            ended.set_result(0 if hasattr(self, "_pending_data_length") else b"")
            self._read_fut = fut = ended
        super()._loop_reading(fut)

    def abort(self) -> None:
        # Do not wait for the peer to read.
        self._pipe.handle.lingers = False
        super().abort()


def _is_end(reading: asyncio.Future[Any]) -> bool:
    """Return true if reading failed because the peer has left or has disconnected us."""
    error = reading.exception() if reading.done() and not reading.cancelled() else None
    return isinstance(error, OSError) and is_end_of_stream(error)


async def _connect(pipe: _Pipe, protocol: asyncio.BaseProtocol, tls: _Tls) -> asyncio.Transport:
    """Return a transport for PROTOCOL, connected."""
    loop: Any = asyncio.get_running_loop()
    # Accepting may have bound the pipe to a port already, which must be this loop's.
    Association.of(pipe.handle.origin).ensure(pipe.fileno(), RUNTIME)
    loop._proactor._registered.add(pipe)
    made = loop.create_future()
    if tls.context is None:
        transport = _Transport(loop, pipe, protocol, made)
        await made
        return transport
    # As the loop does for sockets. Its `start_tls` would give PROTOCOL data that came with the end
    # of the handshake before calling its `connection_made`.
    secured: Any = SSLProtocol(loop, protocol, tls.context, made, **tls.options)
    transport = _Transport(loop, pipe, secured)
    try:
        await made
    except BaseException:
        transport.abort()
        raise
    return secured._app_transport  # type: ignore[no-any-return]  # private, so Any
