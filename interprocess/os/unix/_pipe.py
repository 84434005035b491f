"""One-way pipes, unnamed and FIFO files alike: the descriptor, and its two ends."""

from __future__ import annotations

import fcntl
import os
import stat
from termios import FIONREAD
from time import monotonic

from interprocess._interface.byte_stream import OneWayReceiver, OneWaySender
from interprocess._interface.timeouts import deadline_after
from interprocess.os.unix import _calls, _kernel
from interprocess.os.unix._descriptor.numbers import NewPair
from interprocess.os.unix._descriptor.owners import StreamEnd
from interprocess.os.unix._descriptor.polling import PollingDescriptor
from interprocess.os.unix._descriptor.sigpipe import without_sigpipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interprocess._bindings._types import CData
    from interprocess._interface.byte_stream import Buffer, Noted, WritableBuffer
    from interprocess.os.unix._descriptor.waker import Waker


class PipeDescriptor(PollingDescriptor):
    """One end of a pipe. All waiting is done in poll(2), next to a waker."""

    __slots__ = ()

    #: True if poll(2), and the calls of event loops, report all of its events.
    is_polled = True

    if _calls.F_SETNOSIGPIPE:
        # There the signal goes to the process, and any of its threads may take it.

        def obtain(self, create: Callable[..., object], *arguments: object) -> None:
            """Do what `Descriptor.obtain` does, and switch SIGPIPE off."""
            super().obtain(create, *arguments)
            _calls.set_no_sigpipe(self.number)


class _CountedDescriptor(PipeDescriptor):
    """One end of a FIFO file on a system whose poll(2) only counts its bytes.

    So a waiting call polls: a receiver for the end of the stream, a sender for room, or for the
    loss of all receivers.
    """

    __slots__ = ()

    is_polled = False

    def _poll_entries(self, event: int, waker: Waker) -> CData:
        # Do not wait for an end that is wrongly reported as writable: poll(2) would always return
        # at once.
        return super()._poll_entries(event if event == _calls.POLLIN else 0, waker)

    def _wait(self, event: int, deadline: float | None) -> int:
        soon = monotonic() + LOOK_AGAIN
        if deadline is not None and deadline <= soon:
            return super()._wait(event, deadline)
        try:
            return super()._wait(event, soon)
        except TimeoutError:
            return 0


#: The polling interval for FIFO files where poll(2) does not report all events, in seconds.
LOOK_AGAIN = 0.02

#: The owner of one end of a FIFO file, or of a pipe that may be a FIFO file.
FifoDescriptor = PipeDescriptor if _kernel.FIFO_FILES_ARE_POLLED else _CountedDescriptor


def holds_bytes(number: int) -> bool:
    """Return true if a pipe contains data. ioctl(2), FIONREAD."""
    return any(fcntl.ioctl(number, FIONREAD, bytes(4)))


class Recver(StreamEnd, OneWayReceiver):
    """The receiving end of a pipe.

    `Recver(fd)` adopts a descriptor. It raises `ValueError` unless that is the reading end of a
    pipe or FIFO; the caller then still owns the descriptor.
    """

    __module__ = "interprocess.unnamed_pipe"

    __slots__ = ()

    if TYPE_CHECKING:
        _descriptor: PipeDescriptor
    _passed_as = "recver"

    def __init__(self, fd: int) -> None:
        self._descriptor = adopt_end(fd, os.O_RDONLY, "read")

    def _receive(self, buffer: WritableBuffer, deadline: float | None, noted: Noted = ()) -> int:
        with _calls.writable_memory(buffer) as memory:
            size = len(memory)
            if not size:
                return self._receive_nothing()
            return self._descriptor.transfer(
                _calls.read, _calls.POLLIN, deadline, memory, size, noted
            )

    def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        """Receive into several buffers, each filled before the next; otherwise as `recv_into`.

        readv(2). One call fills at most 1,024 buffers.
        """
        deadline = deadline_after(self._recv_timeout)
        with _calls.Vector(buffers, writable=True) as vector:
            if not vector.size:
                return self._receive_nothing()
            return self._descriptor.transfer(
                _calls.readv, _calls.POLLIN, deadline, vector.entries, vector.count
            )

    def try_clone(self) -> Recver:
        """Return another object for the same end, with its own descriptor. fcntl(2)."""
        return self._owning(self._descriptor.clone())


class Sender(StreamEnd, OneWaySender):
    """The sending end of a pipe.

    `Sender(fd)` adopts a descriptor. It raises `ValueError` unless that is the writing end of a
    pipe or FIFO; the caller then still owns the descriptor.

    A single call with at most `select.PIPE_BUF` bytes is atomic: its data is not interleaved with
    that of other senders. pipe(7).
    """

    __module__ = "interprocess.unnamed_pipe"

    __slots__ = ()

    if TYPE_CHECKING:
        _descriptor: PipeDescriptor
    _passed_as = "sender"

    def __init__(self, fd: int) -> None:
        self._descriptor = adopt_end(fd, os.O_WRONLY, "written")

    def _send(self, data: Buffer, deadline: float | None, noted: Noted = ()) -> int:
        if type(data) is bytes:  # Bytes are passed to C as they are.
            return self._write(deadline, _calls.write, data, len(data), noted)
        with _calls.memory(data) as memory:
            return self._write(deadline, _calls.write, memory, len(memory), noted)

    def _write(self, deadline: float | None, call: Callable[..., int], *arguments: object) -> int:
        return self._descriptor.transfer(
            without_sigpipe, _calls.POLLOUT, deadline, call, *arguments
        )

    def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        """Send from several buffers in order, as if they were one; otherwise as `send`.

        writev(2). One call takes at most 1,024 buffers.
        """
        deadline = deadline_after(self._send_timeout)
        with _calls.Vector(buffers, writable=False) as vector:
            return self._write(deadline, _calls.writev, vector.entries, vector.count)

    def try_clone(self) -> Sender:
        """Return another object for the same end, with its own descriptor. fcntl(2)."""
        return self._owning(self._descriptor.clone())


def pipe() -> tuple[Sender, Recver]:
    """Create an unnamed pipe and return its two ends. pipe2(2), macOS pipe(2)."""
    return pipe_with_mode(nonblocking=False)


def pipe_with_mode(*, nonblocking: bool) -> tuple[Sender, Recver]:
    """Create an unnamed pipe with both of its ends in nonblocking mode, or neither."""
    receiving, sending = new_pipe(nonblocking=nonblocking)
    return Sender._owning(sending), Recver._owning(receiving)


def new_pipe(*, nonblocking: bool) -> tuple[PipeDescriptor, PipeDescriptor]:
    """Create a close-on-exec pipe and return its reading and its writing end. pipe2(2)."""
    receiving, sending = PipeDescriptor(None, nonblocking), PipeDescriptor(None, nonblocking)
    if _calls.HAS_PIPE2:
        new = NewPair(_calls.pipe2, os.O_CLOEXEC | (os.O_NONBLOCK if nonblocking else 0))
    else:
        new = NewPair(_calls.pipe)
    for index, descriptor in enumerate((receiving, sending)):
        descriptor.obtain(new.move, index)
        if not _calls.HAS_PIPE2:
            os.set_inheritable(descriptor.number, False)
            os.set_blocking(descriptor.number, not nonblocking)
    return receiving, sending


def adopt_end(fd: int, direction: int, verb: str) -> PipeDescriptor:
    """Return the owner of one end of an adopted pipe.

    Raises as `check_is_end`.
    """
    check_is_end(fd, direction, verb)
    descriptor = FifoDescriptor.adopt(fd)
    if _calls.F_SETNOSIGPIPE:
        _calls.set_no_sigpipe(fd)
    return descriptor


def check_is_end(fd: int, direction: int, verb: str) -> None:
    """Check that a descriptor is an end of a pipe with that direction.

    Raises `OSError` (EBADF) for a number that is not open and `ValueError` for anything else.
    """
    if not stat.S_ISFIFO(os.fstat(fd).st_mode):
        raise ValueError(f"descriptor {fd} cannot be adopted: it is not a pipe")
    access = fcntl.fcntl(fd, fcntl.F_GETFL) & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
    if access not in (direction, os.O_RDWR):
        raise ValueError(
            f"descriptor {fd} cannot be adopted: this end of the pipe cannot be {verb}"
        )
