"""Local sockets for asyncio: the classes of `interprocess.local_socket`, `async` where they wait.

    import asyncio
    from interprocess.local_socket.asyncio import listen, serve

    async def greet(stream):
        await stream.send_all(b"Hello " + await stream.recv(100))

    asyncio.run(serve(listen("example.sock"), greet))

Timeouts are those of asyncio: `async with asyncio.timeout(seconds)`, or `asyncio.wait_for`. If two
tasks receive from a stream at the same time, or send, the second one gets `RuntimeError`.

`open_connection`, `start_server`, `create_connection` and `create_server` correspond to asyncio's
functions, with its own streams, transports and protocols. They take a name, or an existing stream
or listener.
"""

from __future__ import annotations

import sys

from interprocess._interface.passing import check_nothing_incoming
from interprocess._interface.sizes import checked_option_size
from interprocess._runtimes.asyncio_options import (
    check_callable,
    check_client_options,
    check_limit,
    check_server_options,
)
from interprocess._runtimes.asyncio_streams import open_streams, server_protocols
from interprocess.local_socket import _async_passing, _platform
from interprocess.local_socket._async_passing import send_object
from interprocess.local_socket._platform import ConnectOptions, ListenerOptions
from interprocess.local_socket._serving_asyncio import serve
from interprocess.local_socket._shortcuts import name_or_unique, to_name

if sys.platform == "win32":
    from interprocess.os.windows.local_socket import _async_transports
    from interprocess.os.windows.local_socket._async_asyncio import (
        Listener,
        RecvHalf,
        SendHalf,
        Stream,
    )
    from interprocess.os.windows.local_socket._async_transports import Server
else:
    from interprocess.os.unix.local_socket import _async_transports
    from interprocess.os.unix.local_socket._async_asyncio import (
        Listener,
        RecvHalf,
        SendHalf,
        Stream,
    )
    from interprocess.os.unix.local_socket._async_transports import Server

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any, Union

    from interprocess._interface import contract
    from interprocess._interface.options import Overwrite
    from interprocess.local_socket._shortcuts import AnyName

    #: Where to listen: a name, options with a name, or an existing listener.
    ListenWhere = Union[AnyName, ListenerOptions, Listener, _platform.Listener]
    #: Where to connect: a name, options with a name, or a connected stream.
    ConnectWhere = Union[AnyName, ConnectOptions, Stream, _platform.Stream]

    _stream_contract: type[contract.AsyncStream[RecvHalf, SendHalf, _platform.Stream]] = Stream
    _listener_contract: type[contract.AsyncListener[Stream, _platform.Listener]] = Listener

__all__ = [
    "Listener",
    "RecvHalf",
    "SendHalf",
    "Server",
    "Stream",
    "connect",
    "create_connection",
    "create_server",
    "listen",
    "open_connection",
    "pair",
    "recv_object",
    "send_object",
    "serve",
    "start_server",
]


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
    """Return a listener: the short form of `ListenerOptions(…).create_asyncio()`, with its options.

    NAME is as for `to_name`. Without one, the listener gets a new name from `Name.unique()`: other
    processes connect to the text that `listener.name.as_text()` returns.
    """
    return ListenerOptions(
        name_or_unique(name),
        reclaim_name=reclaim_name,
        try_overwrite=try_overwrite,
        max_spin_time=max_spin_time,
        current_user_only=current_user_only,
        send_buffer_size=send_buffer_size,
        recv_buffer_size=recv_buffer_size,
    ).create_asyncio()


async def connect(
    name: AnyName,
    *,
    current_user_only: bool | None = None,
    wait_for_server: bool = False,
    send_buffer_size: int | None = None,
    recv_buffer_size: int | None = None,
) -> Stream:
    """Return a stream to a listener: the short form of `ConnectOptions(…).connect_asyncio()`.

    NAME is as for `to_name`.
    """
    return await ConnectOptions(
        to_name(name),
        current_user_only=current_user_only,
        wait_for_server=wait_for_server,
        send_buffer_size=send_buffer_size,
        recv_buffer_size=recv_buffer_size,
    ).connect_asyncio()


def pair(*, buffer_size: int | None = None) -> tuple[Stream, Stream]:
    """Return two streams that are connected to each other.

    BUFFER_SIZE is the number of bytes that the system should buffer in each direction; `None` is
    the system's default.
    """
    return Stream.pair(checked_option_size("buffer_size", buffer_size))


async def recv_object(stream: Stream | RecvHalf, kind: Any = object) -> Any:
    """Receive an object that the process at the other end hands over, of the classes of asyncio.

    KIND is the expected class, or a tuple of several; otherwise as for the sync interface. After a
    cancellation, the next call of `recv_object` continues; receive nothing else until then.
    """
    from interprocess.unnamed_pipe.asyncio import Recver, Sender

    return await _async_passing.recv_object(stream, kind, Stream, Listener, Recver, Sender)


# asyncio's own world


async def open_connection(
    where: ConnectWhere, *, limit: int = 65536, **options: Any
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect, as `asyncio.open_connection` does, to a name or with `ConnectOptions`.

    Or take over the connection of a `Stream`, of this module or a synchronous one, and close that
    stream. Raises `ValueError` as `Stream.detach` does; the stream is then unchanged.

    LIMIT and the other options are those of `asyncio.open_unix_connection`, `ssl` among them. They
    are checked before connecting. If the peer leaves without having read everything that was
    written to it, the reader returns the data that had arrived before it raises the error.
    """
    check_limit(limit)
    check_client_options(options)
    stream = await _stream(where)

    async def connect(protocol_factory: Callable[[], asyncio.BaseProtocol]) -> Any:
        return await _async_transports.connect_protocol(stream, protocol_factory, **options)

    return await open_streams(connect, _async_transports.last_words, limit)


async def start_server(
    client_connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any],
    where: ListenWhere,
    *,
    limit: int = 65536,
    **options: Any,
) -> Server:
    """Listen, as `asyncio.start_server` does, at a name or with `ListenerOptions`.

    Or take over a `Listener`, of this module or a synchronous one, together with its socket file,
    and close that listener. Raises `ValueError` as `Listener.detach` does; the listener is then
    unchanged.

    LIMIT and the other options are those of `asyncio.start_unix_server`, `ssl` among them. With
    `cleanup_socket=False` the socket file stays, as with `reclaim_name=False`; `backlog` has no
    effect on Windows. Readers are those of `open_connection`.
    """
    check_callable("client_connected", client_connected)
    check_limit(limit)
    check_server_options(options)
    listener = _listener(where)
    protocol_factory = server_protocols(client_connected, _async_transports.last_words, limit)
    return await _async_transports.serve_protocol(listener, protocol_factory, **options)


async def create_connection(
    protocol_factory: Callable[[], asyncio.BaseProtocol], where: ConnectWhere, **options: Any
) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
    """Connect, as the loop's `create_connection` does; WHERE is as for `open_connection`.

    The other options are those of the loop's `create_unix_connection`.
    """
    check_callable("protocol_factory", protocol_factory)
    check_client_options(options)
    stream = await _stream(where)
    return await _async_transports.connect_protocol(stream, protocol_factory, **options)


async def create_server(
    protocol_factory: Callable[[], asyncio.BaseProtocol], where: ListenWhere, **options: Any
) -> Server:
    """Listen, as the loop's `create_server` does; WHERE is as for `start_server`.

    The other options are those of the loop's `create_unix_server`, as for `start_server`.
    """
    check_callable("protocol_factory", protocol_factory)
    check_server_options(options)
    listener = _listener(where)
    return await _async_transports.serve_protocol(listener, protocol_factory, **options)


async def _stream(where: ConnectWhere) -> Stream:
    check_nothing_incoming(where)
    if isinstance(where, Stream):
        return where
    if isinstance(where, _platform.Stream):
        return Stream.from_sync(where)
    options = where if isinstance(where, ConnectOptions) else ConnectOptions(to_name(where))
    return await options.connect_asyncio()


def _listener(where: ListenWhere) -> Listener:
    if isinstance(where, Listener):
        where = where.to_sync()
    if isinstance(where, _platform.Listener):
        return Listener.from_sync(where)
    options = where if isinstance(where, ListenerOptions) else ListenerOptions(to_name(where))
    return options.create_asyncio()
