"""FIFO files: pipes with a name in the file system, for unrelated programs. fifo(7).

`create_fifo` makes one; `open_recver` and `open_sender` open its ends, as the `Recver` and `Sender`
of unnamed pipes. Opening one end waits until the other is opened.

macOS does not notify a program that waits for a FIFO file when its other end is closed, so waiting
ends poll every 20 ms there. On macOS and DragonFly, `open_recver` with a timeout and the first
receive of the asynchronous ends do not notice a sender that left without sending.
"""

from __future__ import annotations

import errno
import os
from time import monotonic, sleep

from interprocess._interface.options import check_bool
from interprocess._interface.timeouts import checked_timeout, deadline_after, pauses
from interprocess.os.unix import _calls, _kernel
from interprocess.os.unix._descriptor.descriptor import poll_until
from interprocess.os.unix._pipe import (
    LOOK_AGAIN,
    FifoDescriptor,
    PipeDescriptor,
    Recver,
    Sender,
    holds_bytes,
)
from interprocess.os.unix.fifo_file._files import create_fifo, open_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from interprocess.os.unix.fifo_file._files import FifoPath

__all__ = ["Recver", "Sender", "create_fifo", "open_recver", "open_sender"]


def open_recver(
    path: FifoPath, *, nonblocking: bool = False, timeout: float | None = None
) -> Recver:
    """Open a FIFO file for receiving, and wait for a sender. open(2).

    - With `nonblocking`, do not wait; the end is in nonblocking mode. Until a sender opens the
      file, receiving returns the end of the stream.
    - With a `timeout`, wait at most that many seconds for the first bytes of a sender, or for a
      sender that came and left (systems report no other event); then raise `TimeoutError`.

    Raises `FileNotFoundError`, `PermissionError` and so on with the path, and `ValueError` if it is
    not a FIFO.
    """
    return Recver._owning(_opened(_open_recver, path, nonblocking, timeout))


def open_sender(
    path: FifoPath, *, nonblocking: bool = False, timeout: float | None = None
) -> Sender:
    """Open a FIFO file for sending, and wait for a receiver. open(2).

    - With `nonblocking`, do not wait: raise `BlockingIOError` if no receiver has opened the file.
      The end is in nonblocking mode.
    - With a `timeout`, wait at most that many seconds, then raise `TimeoutError`. No system reports
      when a receiver comes, so this polls with pauses of 1 to 50 ms.

    Raises `FileNotFoundError`, `PermissionError` and so on with the path, and `ValueError` if it is
    not a FIFO.
    """
    return Sender._owning(_opened(_open_sender, path, nonblocking, timeout))


def _opened(
    open_one: Callable[[PipeDescriptor, FifoPath, float | None], None],
    path: FifoPath,
    nonblocking: bool,
    timeout: float | None,
) -> PipeDescriptor:
    """Return the descriptor of an end that OPEN_ONE opens."""
    check_bool("nonblocking", nonblocking)
    if nonblocking and timeout is not None:
        raise ValueError("nonblocking=True excludes a timeout: it never waits")
    deadline = deadline_after(checked_timeout(timeout))
    descriptor = FifoDescriptor(None, nonblocking)
    try:
        open_one(descriptor, path, deadline)
    except BaseException:
        descriptor.close()
        raise
    return descriptor


def _open_recver(descriptor: PipeDescriptor, path: FifoPath, deadline: float | None) -> None:
    at_once = descriptor.nonblocking or deadline is not None
    descriptor.obtain(open_end, path, os.O_RDONLY, at_once)
    if deadline is not None:
        _wait_for_sender(descriptor.number, deadline, path)
        os.set_blocking(descriptor.number, True)


def _open_sender(descriptor: PipeDescriptor, path: FifoPath, deadline: float | None) -> None:
    at_once = descriptor.nonblocking or deadline is not None
    for pause in pauses():
        try:
            descriptor.obtain(open_end, path, os.O_WRONLY, at_once)
            os.set_blocking(descriptor.number, not descriptor.nonblocking)
            return
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
        if deadline is None:
            raise BlockingIOError(errno.ENXIO, "this FIFO has no receiver", os.fspath(path))
        left = deadline - monotonic()
        if left <= 0:
            raise _timed_out("receiver", path)
        sleep(min(left, pause))
    raise AssertionError("the pauses never end")


def _wait_for_sender(number: int, deadline: float, path: FifoPath) -> None:
    if not _kernel.FIFO_FILES_ARE_POLLED:
        _wait_for_bytes(number, deadline, path)
        return
    if not poll_until(number, _calls.POLLIN, deadline):
        raise _timed_out("sender", path)


def _wait_for_bytes(number: int, deadline: float, path: FifoPath) -> None:
    while not holds_bytes(number):
        left = deadline - monotonic()
        if left <= 0:
            raise _timed_out("sender", path)
        sleep(min(left, LOOK_AGAIN))


def _timed_out(peer: str, path: FifoPath) -> TimeoutError:
    return TimeoutError(errno.ETIMEDOUT, f"timed out: no {peer} came", os.fspath(path))
