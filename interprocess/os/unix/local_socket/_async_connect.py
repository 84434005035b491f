"""Connecting without blocking the event loop, even if the listener's backlog is full."""

from __future__ import annotations

import errno
import os
from time import monotonic

from interprocess._interface.timeouts import deadline_after, pauses
from interprocess.os.unix import _calls
from interprocess.os.unix._descriptor.descriptor import is_ready
from interprocess.os.unix._unix_socket.buffer_sizes import set_buffer_sizes
from interprocess.os.unix._unix_socket.connect import FULL_BACKLOG, check_connected, try_connect
from interprocess.os.unix._unix_socket.descriptor import SocketDescriptor, new_socket
from interprocess.os.unix._unix_socket.same_user import check_server
from interprocess.os.unix.local_socket._names import server_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from interprocess._interface.async_runtime import Runtime
    from interprocess._interface.options import ConnectWaitMode
    from interprocess._interface.sizes import BufferSizes
    from interprocess.os.unix.local_socket._names import Name


async def connect(
    runtime: Runtime,
    name: Name,
    wait_mode: ConnectWaitMode,
    current_user_only: bool | None,
    buffer_sizes: BufferSizes | None,
) -> SocketDescriptor:
    """Return a connected socket, in nonblocking mode. socket(2), connect(2).

    The errors are those of `ConnectOptions.connect_sync`.
    """
    await runtime.yield_once()
    descriptor = SocketDescriptor(None, nonblocking=True)
    try:
        descriptor.obtain(new_socket)
        os.set_blocking(descriptor.number, False)
        if buffer_sizes is not None:
            set_buffer_sizes(descriptor.number, buffer_sizes)
        address, current_user_only = server_address(name, current_user_only)
        await _connect(runtime, descriptor.number, address, wait_mode)
        if current_user_only:
            check_server(descriptor.number)
    except OSError as error:
        descriptor.close()
        raise type(error)(error.errno, error.strerror, str(name)) from None
    except BaseException:
        descriptor.close()
        raise
    return descriptor


async def _connect(runtime: Runtime, number: int, path: bytes, wait_mode: ConnectWaitMode) -> None:
    """Connect; while there is no room, pause and try again.

    On Linux, a nonblocking connect(2) to a full backlog fails with EAGAIN and leaves the socket
    unchanged: it is not connecting, and poll(2) would report it as ready. A blocking connect(2)
    waits, but only a signal can interrupt its thread. So this polls, at most 20 times a second, and
    leaves neither a thread nor a connection behind when it is cancelled.
    """
    deadline = deadline_after(wait_mode.seconds)
    attempt: Callable[[int, bytes], None] = try_connect
    for pause in pauses():
        try:
            attempt(number, path)
            return
        except BlockingIOError as error:
            if error.errno == errno.EINPROGRESS:
                if attempt is try_connect:
                    # A connection within one machine completes at once.
                    attempt = _finish_connecting
                    continue
            elif wait_mode.kind == "deferred":
                raise
        left = pause if deadline is None else deadline - monotonic()
        if left <= 0:
            raise TimeoutError(errno.ETIMEDOUT, FULL_BACKLOG)
        await runtime.sleep(min(left, pause))


def _finish_connecting(number: int, _path: bytes) -> None:
    """Raise `BlockingIOError` while the connection is in progress."""
    if not is_ready(number, _calls.POLLOUT):
        raise BlockingIOError(errno.EINPROGRESS, os.strerror(errno.EINPROGRESS))
    check_connected(number)
