"""Connecting a socket, and waiting for a listener that has no room yet."""

from __future__ import annotations

import errno
import os
from time import monotonic, sleep

from interprocess._bindings.libc import ffi
from interprocess._interface.timeouts import deadline_after, pauses
from interprocess.os.unix import _calls, _kernel
from interprocess.os.unix._descriptor.descriptor import poll_until
from interprocess.os.unix._unix_socket import address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.options import ConnectWaitMode


def connect(number: int, path: bytes, wait_mode: ConnectWaitMode) -> None:
    """Connect, waiting as WAIT_MODE says while the listener's backlog is full."""
    if wait_mode.kind == "unbounded":
        _connect_until(number, path, None)
    elif wait_mode.seconds:
        _connect_until(number, path, deadline_after(wait_mode.seconds))
    else:
        try:
            _connect_nonblocking(number, path, monotonic())
        except BlockingIOError as error:
            if wait_mode.kind == "timeout":
                raise TimeoutError(errno.ETIMEDOUT, error.strerror) from None
            raise


def try_connect(number: int, path: bytes) -> None:
    """Connect a socket that is in nonblocking mode; `BlockingIOError` if that needs waiting.

    Its error number is EINPROGRESS if the connection will still be made, and EAGAIN if the
    listener's backlog is full. On systems that refuse the connection then, checking whether a
    process has the socket open distinguishes that from a listener that is gone.
    """
    try:
        _connect_once(number, path)
    except BlockingIOError as error:
        if error.errno in (errno.EINPROGRESS, errno.EALREADY):  # The latter after an interrupt.
            raise BlockingIOError(errno.EINPROGRESS, error.strerror) from None
        raise BlockingIOError(errno.EAGAIN, FULL_BACKLOG) from None
    except ConnectionRefusedError:
        if not _is_full(path):
            raise
        raise BlockingIOError(errno.EAGAIN, FULL_BACKLOG) from None


def _connect_once(number: int, path: bytes) -> None:
    """Make one attempt, which signals do not interrupt. connect(2)."""
    interrupted = False
    while True:
        try:
            address.connect(number, path)
            return
        except InterruptedError:
            interrupted = True  # Python has run its signal handlers by now, which may have raised.
        except OSError as error:
            if interrupted and error.errno == errno.EISCONN:
                return  # It completed during the interruption.
            raise


def check_connected(number: int) -> None:
    """Raise the error of a connection that was in progress, if it has failed."""
    failed = _calls.getsockopt_int(number, _calls.SOL_SOCKET, _calls.SO_ERROR)
    if failed:
        raise OSError(failed, f"connect: {os.strerror(failed)}")


def _is_full(path: bytes) -> bool:
    """Return true if a listener that refused exists, but has no room."""
    if _kernel.CONNECT_WAITS or not _kernel.ASKED_BY_DATAGRAM:
        return False
    return address.probe(path) == errno.EPROTOTYPE


def _connect_asking_again(number: int, path: bytes, deadline: float | None) -> None:
    """Connect where a full backlog refuses: ask again until DEADLINE, after pauses of 1 to 50 ms.

    The attempts are nonblocking all the same: a system that is not known may wait, without a
    deadline.
    """
    for pause in pauses():
        try:
            _connect_nonblocking(number, path, deadline)
            return
        except BlockingIOError:
            pass
        left = pause if deadline is None else deadline - monotonic()
        if left <= 0:
            raise TimeoutError(errno.ETIMEDOUT, FULL_BACKLOG)
        sleep(min(left, pause))


def _connect_waiting(number: int, path: bytes, deadline: float | None) -> None:
    """Connect where connect(2) waits until DEADLINE for room in the backlog, as Linux's does.

    A nonblocking one fails with EAGAIN and leaves nothing behind that could be waited for. A
    blocking one honours SO_SNDTIMEO.
    """
    while True:
        if deadline is not None:
            _set_send_timeout(number, deadline - monotonic())
        try:
            _connect_once(number, path)
            break
        except BlockingIOError:
            if deadline is not None and monotonic() >= deadline:
                raise TimeoutError(errno.ETIMEDOUT, FULL_BACKLOG) from None
    if deadline is not None:
        _set_send_timeout(number, None)


_connect_until = _connect_waiting if _kernel.CONNECT_WAITS else _connect_asking_again


def _connect_nonblocking(number: int, path: bytes, deadline: float | None) -> None:
    """Connect if there is room, else raise `BlockingIOError`.

    If there is room, the connection begins, and this waits until DEADLINE for it to be made.
    """
    os.set_blocking(number, False)
    try:
        try_connect(number, path)
    except BlockingIOError as error:
        if error.errno != errno.EINPROGRESS or not poll_until(number, _calls.POLLOUT, deadline):
            raise
        check_connected(number)
    os.set_blocking(number, True)


FULL_BACKLOG = "the listener has no room for another client yet"


def _set_send_timeout(number: int, seconds: float | None) -> None:
    timeout = ffi.new("struct timeval *")
    if seconds is not None:
        # All zeros would mean no timeout at all.
        microseconds = max(1, int(seconds * 1_000_000))
        timeout.tv_sec, timeout.tv_usec = divmod(microseconds, 1_000_000)
    _calls.setsockopt(
        number, _calls.SOL_SOCKET, _calls.SO_SNDTIMEO, timeout, ffi.sizeof("struct timeval")
    )
