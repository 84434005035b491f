"""The handle of one end of a pipe: reading, writing, flushing."""

from __future__ import annotations

import errno

from interprocess._interface.lifetime import ClosedError
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._handle.handle import Handle
from interprocess.os.windows._pipe import limbo
from interprocess.os.windows._pipe.origin import Origin
from interprocess.os.windows._pipe.room import Fitting, may_be_read_in_part
from interprocess.os.windows._pipe.state import (
    as_broken_pipe,
    buffer_sizes,
    is_end_of_stream,
    is_last,
    peer_has_left,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from interprocess._bindings._types import CData
    from interprocess._interface.byte_stream import Buffer, Noted

    PipeHandleType = TypeVar("PipeHandleType", bound="PipeHandle")

#: The most that one call transfers: the system keeps it in nonpaged memory.
MOST_AT_ONCE = 2**20

#: A deadline that has passed: do not wait.
AT_ONCE = 0.0


class PipeHandle(Handle):
    """One end of a pipe."""

    __slots__ = (
        "_quota",
        "begun",
        "dirty",
        "is_cut_short",
        "lingers",
        "origin",
        "whole",
    )

    def __init__(
        self, value: int | None = None, nonblocking: bool = False, origin: Origin | None = None
    ) -> None:
        super().__init__(value, nonblocking)
        #: The facts that were known when the end was made.
        self.origin: Origin = Origin() if origin is None else origin
        if value is not None:
            self.origin.handles.append(None)
        #: True if data was written since the last flush, which closing must not lose.
        self.dirty: bool = False
        #: True if closing may keep it open in the background, for the peer to read.
        self.lingers: bool = True
        #: An object that the halves of one stream share; `None` if it is not a half.
        self.whole: object | None = None
        #: The beginning of a message that a call received before it was interrupted.
        self.begun: bytes | None = None
        #: The number of bytes that the pipe holds before the peer reads; `None` until known.
        self._quota: int | None = None
        #: True if nothing can be sent any more, because the peer may have got a part of a write.
        self.is_cut_short: bool = False

    def set_nonblocking(self, nonblocking: bool) -> None:
        """Switch nonblocking mode."""
        if self.closing:
            raise ClosedError
        self.nonblocking = nonblocking

    def obtain(self, create: Callable[..., object], *arguments: object) -> None:
        super().obtain(create, *arguments)
        self.origin.handles.append(None)

    def detach(self) -> int:
        value = super().detach()
        self.origin.tell()
        del self.origin.handles[-1:]
        return value

    def successor(self) -> PipeHandle:
        """Give the handle to a new owner, with the same mode, and return it.

        Raises `ValueError` if another thread is inside a call on it.
        """
        return self._move_all_to(PipeHandle(nonblocking=self.nonblocking, origin=self.origin))

    def clone(self) -> PipeHandle:
        """Return the owner of another handle for the same end. DuplicateHandle function."""
        return self._duplicate_for(PipeHandle(nonblocking=self.nonblocking, origin=self.origin))

    def _move_all_to(self, new: PipeHandleType) -> PipeHandleType:
        """Give the handle to NEW, with everything known about it and its unread data."""
        self.move_to(new)
        new.dirty, new.begun, new.lingers = self.dirty, self.begun, self.lingers
        self._tell(new)
        return new

    def _duplicate_for(self, new: PipeHandleType) -> PipeHandleType:
        """Let NEW own a duplicate handle for the same end."""
        new.obtain(self.perform, _calls.duplicate_handle, False)
        self._tell(new)
        return new

    def _tell(self, other: PipeHandle) -> None:
        """Copy the known facts to OTHER, for the same end."""
        other._quota, other.is_cut_short = self._quota, self.is_cut_short

    def read(self, memory: CData, size: int, deadline: float | None, noted: Noted = ()) -> int:
        """Read at least one byte and return the number; 0 is the end of the stream.

        The result is also appended to the list NOTED, before a signal handler can raise.
        """
        if not size:
            self.perform(_nothing)
            noted += (0,)
            return 0
        while True:
            try:
                count = self.transfer(_calls.read_file, deadline, memory, size, noted)
            except OSError as error:
                if is_end_of_stream(error):
                    noted += (0,)
                    return 0
                raise
            except ClosedError:
                if self.closing or not self.origin.receiving_has_ended:
                    raise
                noted += (0,)
                return 0
            if count:
                return count
            # The peer wrote zero bytes, which only matters for messages.

    def end_receiving(self) -> None:
        """Have receives from this end return the end of the stream. Pipes have no shutdown.

        A waiting receive notices it with its next slice of waiting, after at most 0.1 seconds.
        """
        self.origin.receiving_has_ended = True

    def _ends(self, call: Callable[..., bool]) -> bool:
        if self.origin.receiving_has_ended and call is _calls.read_file:
            return True
        return super()._ends(call)

    def read_message(
        self, memory: CData, size: int, deadline: float | None
    ) -> tuple[int, bool] | None:
        """Read a message or the rest of one; return the number of bytes and whether it is complete.

        `None` is the end of the stream.
        """
        try:
            return self.transfer(_calls.read_file, deadline, memory, size), True
        except OSError as error:
            if _calls.error_number(error) == _calls.ERROR_MORE_DATA:
                return size, False
            if is_end_of_stream(error):
                return None
            raise

    def write(self, data: Buffer, deadline: float | None, noted: Noted = ()) -> int:
        """Write at least one byte, or all if there is no deadline, and return the number.

        Data is written in parts that fit into the pipe's buffer. The number of bytes of each part
        is also appended to the list NOTED, before a signal handler can raise. A part that is
        waiting when a handler raises is cancelled; if the peer may have some of it, nothing can be
        sent any more.
        """
        with _calls.memory(data) as memory:
            size = len(memory)
            if deadline is not None or self.nonblocking:
                return self._write_some(memory, size, deadline, noted)
            # The usual case: a single part.
            if 0 < size <= (self._quota or 0) and not self.is_cut_short:
                return self._write(memory, size, None, noted)
            return self._write_all(memory, size, noted)

    def _write_all(self, memory: CData, size: int, noted: Noted) -> int:
        if not size:
            # For the system, an empty write is a message, which some readers take for the end.
            return self.perform(_nothing)
        self.check_sends()
        quota = self.quota()
        written = 0
        while written < size:
            left = memory + written
            try:
                if quota:
                    written += self._write(left, min(size - written, quota), None, noted)
                else:
                    written += self._write_unbuffered(left, size - written, None, noted)
            except OSError:
                if not written:
                    raise
                break  # The next call, if any, raises it.
        return written

    def _write_some(self, memory: CData, size: int, deadline: float | None, noted: Noted) -> int:
        """Write as much as fits, or wait with a single byte: a cancelled write has sent nothing.

        This is not certain if other processes send through the same end at the same moment. Then
        nothing can be sent any more.
        """
        if not size:
            return self.perform(_nothing)
        self.check_sends()
        quota = self.quota()
        if not quota:
            # The peer may have a part of a write that waits without a buffer, but not of a single
            # byte.
            self._write(memory, 1, deadline, noted)
            if size == 1 or self.nonblocking:
                return 1
            return 1 + self._write_unbuffered(memory + 1, size - 1, deadline, noted)
        self.dirty = True
        fitting = Fitting(self.origin, quota)
        try:
            return self.transfer(fitting, deadline, memory, min(size, quota), noted)
        except OSError as error:
            raise as_broken_pipe(error) from None

    def _write_unbuffered(
        self, memory: CData, size: int, deadline: float | None, noted: Noted
    ) -> int:
        """Write to a pipe without a buffer: a write ends when the peer has read all of it."""
        done: list[int] = []
        try:
            return self._write(memory, min(size, MOST_AT_ONCE), deadline, done)
        except BrokenPipeError:
            raise
        except BaseException:
            self.is_cut_short |= not done
            raise
        finally:
            noted += (*done,)

    def check_sends(self) -> None:
        """Raise `BrokenPipeError` if the peer may have a part of an earlier write."""
        if self.is_cut_short and not self.closing:
            raise BrokenPipeError(
                errno.EPIPE,
                "closed for sending: the peer may have a part of an interrupted send",
            )

    def quota(self) -> int:
        """Return the number of bytes that the pipe holds before the peer reads, perhaps 0."""
        if self._quota is None:
            self.perform(self._learn)
        return self._quota or 0

    def _learn(self, value: int) -> None:
        try:
            self._quota, _ = buffer_sizes(value)
        except OSError:
            # A server's end that only sends is not allowed to ask. Writing raises any other error.
            self._quota = self.origin.quota or 0

    def write_message(self, data: Buffer, deadline: float | None, noted: Noted = ()) -> int:
        """Write one message, which may be empty, and return its length. NOTED is as for `write`."""
        with _calls.memory(data) as memory:
            return self._write(memory, len(memory), deadline, noted, _write_message)

    def _write(
        self,
        memory: CData,
        size: int,
        deadline: float | None,
        noted: Noted,
        call: Callable[..., bool] = _calls.write_file,
    ) -> int:
        self.note_write(size)
        try:
            return self.transfer(call, deadline, memory, size, noted)
        except OSError as error:
            raise as_broken_pipe(error) from None

    def _cut_short(self, call: Callable[..., bool], size: int) -> None:
        if self.closing or call is _calls.read_file or call is _write_message:
            return
        if isinstance(call, Fitting):
            size = call.size
        if may_be_read_in_part(self.origin, size):
            self.is_cut_short = True

    def note_write(self, size: int) -> None:
        """Note that SIZE bytes are about to be written.

        This precedes the write, for a thread that closes the handle meanwhile.
        """
        self.dirty = True
        self.origin.unread += size

    def flush(self, deadline: float | None) -> None:
        """Wait until the peer has read everything, if anything was written since the last flush."""
        if not self.dirty:
            self.perform(_nothing)
            return
        self.dirty = False
        try:
            flush = self.begin_flush()
            if flush.wait(deadline, lambda: bool(self.closing)):
                check_flush(flush)
            elif self.closing:
                raise ClosedError
            else:
                raise TimeoutError(errno.ETIMEDOUT, "timed out")
        except BaseException:
            self.dirty = True
            raise
        self.origin.dirty = False

    def begin_flush(self, on_end: Callable[[], None] | None = None) -> limbo.Flush:
        """Begin to wait until the peer has read everything. ON_END is called in another thread.

        The flush holds the handle until it ends, even if no thread waits for that any more.
        """

        def end(_: limbo.Flush) -> None:
            self.let_go()
            if on_end is not None:
                on_end()

        self.hold()
        try:
            # A flush succeeds if the peer has left, although it has not read everything.
            if peer_has_left(self.value, self.origin):
                raise _calls.error_of(_calls.ERROR_NO_DATA, "the peer has left")
            flush = limbo.Flush(self.value, end)
            flush.begin()
        except BaseException:
            self.let_go()
            raise
        return flush

    def number(self) -> int:
        """Return the handle's number to code that may pass it on."""
        self.origin.tell()
        return self.value

    def _release(self, taken: list[int]) -> None:
        origin = self.origin
        if self.dirty:
            origin.dirty = True
        if self.lingers and (origin.is_remote or origin.is_limited) and is_last(taken[-1]):
            value = taken[-1]
            del taken[-1]
            self._leave_to_limbo(value)
        else:
            super()._release(taken)
        del origin.handles[-1:]

    def _leave_to_limbo(self, value: int) -> None:
        """Close the handle once the peer no longer needs it, within a time limit."""
        origin = self.origin

        def close(has_read_all: bool) -> None:
            try:
                if has_read_all and origin.is_limited and is_last(value):
                    # Otherwise it may count as an instance for as long as the client keeps its end.
                    pipes.disconnect_named_pipe(value)
            except OSError:
                pass  # It is disconnected already.
            finally:
                _calls.close_handle(value)
                origin.lingering = False

        origin.lingering = True
        if peer_has_left(value, origin):
            close(False)
        elif origin.dirty:
            limbo.linger(value, close)
        else:
            close(True)


def _write_message(handle: int, memory: CData, size: int, overlapped: CData) -> bool:
    """Begin to write a message: the peer can distinguish a truncated one from a whole one."""
    return _calls.write_file(handle, memory, size, overlapped)


def check_flush(flush: limbo.Flush) -> None:
    """Raise the error of a flush, if any."""
    if isinstance(flush.error, OSError):
        raise as_broken_pipe(flush.error)


def _nothing(_: int) -> int:
    """Do nothing, so that `perform` only checks whether the handle is open."""
    return 0
