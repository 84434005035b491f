"""Connecting a socket, and waiting for a listener that has no room yet."""

from __future__ import annotations

import errno
import os
from time import monotonic

from interprocess._bindings.libc import ffi
from interprocess._interface.timeouts import deadline_after
from interprocess.os.unix import _calls
from interprocess.os.unix._address import socket_address

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
            _connect_at_once(number, path)
        except BlockingIOError as error:
            if wait_mode.kind == "timeout":
                raise TimeoutError(errno.ETIMEDOUT, error.strerror) from None
            raise


def _connect_until(number: int, path: bytes, deadline: float | None) -> None:
    """Connect, waiting until DEADLINE while the listener's backlog is full.

    Linux: a nonblocking connect(2) to a full backlog fails with EAGAIN and leaves nothing behind
    that could be waited for. A blocking one waits, and honours SO_SNDTIMEO. Elsewhere nothing
    waits: a full backlog refuses.
    """
    address, length = socket_address(path)
    interrupted = False
    while True:
        if deadline is not None:
            _set_send_timeout(number, deadline - monotonic())
        try:
            _calls.connect(number, address, length)
            break
        except InterruptedError:
            interrupted = True  # Python has run its signal handlers by now, which may have raised.
        except BlockingIOError:
            if deadline is not None and monotonic() >= deadline:
                raise TimeoutError(errno.ETIMEDOUT, FULL_BACKLOG) from None
        except OSError as error:
            if interrupted and error.errno == errno.EISCONN:
                break  # It went on without us.
            raise
    if deadline is not None:
        _set_send_timeout(number, None)


def _connect_at_once(number: int, path: bytes) -> None:
    """Connect if that needs no waiting, else raise `BlockingIOError`."""
    address, length = socket_address(path)
    os.set_blocking(number, False)
    try:
        _calls.connect(number, address, length)
    except BlockingIOError as error:
        raise BlockingIOError(error.errno, FULL_BACKLOG) from None
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
