"""Standard streams that an event loop can wait for: pipes, sockets and, on Linux, terminals.

Their open files are shared with the shell and with other programs of a pipeline; the three streams
of a terminal share one. O_NONBLOCK on them would affect all of these programs. So:

- On Linux we open the same pipe or terminal again (open(2) of /proc/self/fd), which gives us an
  open file of our own in nonblocking mode. There is nothing to undo, however this process ends.
- A socket needs no nonblocking mode where a flag makes single calls nonblocking. uvloop switches to
  that mode nevertheless, and sending on macOS and NetBSD needs it: closing the end switches it
  back.
- A pipe that cannot be opened again is switched to nonblocking mode and back, by the rules of
  `interprocess.os.unix._descriptor.open_file_mode`. A terminal is never switched: a thread waits
  for it.

The descriptors are duplicates: closing the end leaves the standard stream open.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat

from interprocess.os.unix import _calls, _kernel
from interprocess.os.unix._async_pipe.ends import AsyncPipeSender, AsyncRecver
from interprocess.os.unix._pipe import FifoDescriptor, PipeDescriptor
from interprocess.os.unix._unix_socket.descriptor import SocketDescriptor
from interprocess.os.unix.local_socket._async_stream import AsyncRecvHalf, AsyncSendHalf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from interprocess._interface.async_runtime import ReadinessRuntime
    from interprocess.os.unix._async_descriptor.owners import AsyncOwner, AsyncReceiver, AsyncSender
    from interprocess.os.unix._descriptor.descriptor import Descriptor

    EndType = TypeVar("EndType", bound=AsyncOwner)

_ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR


class _SharedSocket(SocketDescriptor):
    """A duplicate of a socket that other programs share, whose mode must be kept."""

    __slots__ = ("_found_blocking",)

    def __init__(self, found_blocking: bool) -> None:
        # Our calls never wait, whatever the mode is, so there is no need to switch it.
        super().__init__(None, nonblocking=True, shared=True)
        self._found_blocking = found_blocking

    def _release(self, taken: list[int]) -> None:
        if self._found_blocking:
            os.set_blocking(taken[0], True)
        super()._release(taken)


class _SocketSender(AsyncSendHalf):
    """Sends to a socket that other programs share."""

    def _stop_sending(self) -> None:
        pass  # shutdown(2) would end the connection for them.


def polled_receiver(number: int, runtime: ReadinessRuntime) -> AsyncReceiver | None:
    """Return a receiver for a standard stream; `None` if it needs a thread."""
    descriptor = _own(number, os.O_RDONLY)
    kind = AsyncRecvHalf if isinstance(descriptor, SocketDescriptor) else AsyncRecver
    return None if descriptor is None else _new(kind, descriptor, runtime)


def polled_sender(number: int, runtime: ReadinessRuntime) -> AsyncSender | None:
    """Return a sender for a standard stream; `None` if it needs a thread."""
    descriptor = _own(number, os.O_WRONLY)
    kind = _SocketSender if isinstance(descriptor, SocketDescriptor) else AsyncPipeSender
    return None if descriptor is None else _new(kind, descriptor, runtime)


def _new(kind: type[EndType], descriptor: Descriptor, runtime: ReadinessRuntime) -> EndType:
    end = kind.__new__(kind)
    end._runtime, end._descriptor = runtime, descriptor
    end._start()
    return end


def _own(number: int, direction: int) -> Descriptor | None:
    """Return the owner of a duplicate of a standard stream, if an event loop can wait for it.

    Raises `OSError` (EBADF) for a stream that is closed, or open only in the other direction.
    """
    mode = os.fstat(number).st_mode
    if fcntl.fcntl(number, fcntl.F_GETFL) & _ACCESS not in (direction, os.O_RDWR):
        verb = "reading" if direction == os.O_RDONLY else "writing"
        raise OSError(errno.EBADF, f"descriptor {number} is not open for {verb}")
    if stat.S_ISSOCK(mode):
        return _obtained(_SharedSocket(os.get_blocking(number)), number)
    if stat.S_ISFIFO(mode):
        shared = FifoDescriptor(None, not os.get_blocking(number), shared=True)
        return _reopened(number, direction) or _obtained(shared, number)
    return _reopened(number, direction) if os.isatty(number) else None


def _obtained(descriptor: Descriptor, number: int) -> Descriptor:
    descriptor.obtain(_calls.duplicate, number)
    return descriptor


def _reopened(number: int, direction: int) -> Descriptor | None:
    """Return the owner of an open file of our own for the same stream, if the system permits.

    It does not permit that to a process that has changed its user, for example.
    """
    if not _kernel.DESCRIPTORS_ARE_FILES:
        return None
    descriptor = PipeDescriptor(None, nonblocking=True)
    try:
        descriptor.obtain(_open_again, number, direction | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return None
    return descriptor


def _open_again(number: int, flags: int, numbers: list[int]) -> None:
    numbers += map(os.open, (f"/proc/self/fd/{number}",), (flags,))
