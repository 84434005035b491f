"""Local sockets for trio: the classes of `interprocess.local_socket`, `async` where they wait.

    import trio
    from interprocess.local_socket.trio import listen

    async def greet(stream):
        async with stream:
            await stream.send_all(b"Hello " + await stream.recv(100))

    async def main():
        async with listen("example.sock") as listener:
            await trio.serve_listeners(greet, [listener])

Streams are `trio.abc.HalfCloseableStream`, or `trio.abc.Stream` on Windows, where pipes have no
half-close, and listeners are `trio.abc.Listener`. Each error is both of the synchronous interface's
type and of trio's: `ClosedResourceError`, `BrokenResourceError`, `BusyResourceError`. Timeouts are
trio's: `with trio.fail_after(seconds)`.
"""

from __future__ import annotations

import sys

from interprocess._interface.sizes import checked_option_size
from interprocess.local_socket import _async_passing, _platform
from interprocess.local_socket._async_passing import send_object
from interprocess.local_socket._platform import ConnectOptions, ListenerOptions
from interprocess.local_socket._shortcuts import name_or_unique, to_name

if sys.platform == "win32":
    from interprocess.os.windows.local_socket._async_trio import (
        Listener,
        RecvHalf,
        SendHalf,
        Stream,
    )
else:
    from interprocess.os.unix.local_socket._async_trio import (
        Listener,
        RecvHalf,
        SendHalf,
        Stream,
    )

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._interface import contract
    from interprocess._interface.options import Overwrite
    from interprocess.local_socket._shortcuts import AnyName

    _stream_contract: type[contract.AsyncStream[RecvHalf, SendHalf, _platform.Stream]] = Stream
    _listener_contract: type[contract.AsyncListener[Stream, _platform.Listener]] = Listener

__all__ = [
    "Listener",
    "RecvHalf",
    "SendHalf",
    "Stream",
    "connect",
    "listen",
    "pair",
    "recv_object",
    "send_object",
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
    """Return a listener: the short form of `ListenerOptions(…).create_trio()`, with its options.

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
    ).create_trio()


async def connect(
    name: AnyName,
    *,
    current_user_only: bool | None = None,
    wait_for_server: bool = False,
    send_buffer_size: int | None = None,
    recv_buffer_size: int | None = None,
) -> Stream:
    """Return a stream to a listener: the short form of `ConnectOptions(…).connect_trio()`.

    NAME is as for `to_name`.
    """
    return await ConnectOptions(
        to_name(name),
        current_user_only=current_user_only,
        wait_for_server=wait_for_server,
        send_buffer_size=send_buffer_size,
        recv_buffer_size=recv_buffer_size,
    ).connect_trio()


def pair(*, buffer_size: int | None = None) -> tuple[Stream, Stream]:
    """Return two streams that are connected to each other.

    BUFFER_SIZE is the number of bytes that the system should buffer in each direction; `None` is
    the system's default.
    """
    return Stream.pair(checked_option_size("buffer_size", buffer_size))


async def recv_object(stream: Stream | RecvHalf, kind: Any = object) -> Any:
    """Receive an object that the process at the other end hands over, of the classes of trio.

    KIND is the expected class, or a tuple of several; otherwise as for the sync interface. After a
    cancellation, the next call of `recv_object` continues; receive nothing else until then.
    """
    from interprocess.unnamed_pipe.trio import Recver, Sender

    return await _async_passing.recv_object(stream, kind, Stream, Listener, Recver, Sender)
