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
from interprocess.os.windows._pipe.state import buffer_sizes, is_end_of_stream, peer_has_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from interprocess._bindings._types import CData
    from interprocess._interface.byte_stream import Buffer, Noted

    PipeHandleType = TypeVar("PipeHandleType", bound="PipeHandle")

#: The most that one call transfers: the system keeps it in memory that is never paged out.
MOST_AT_ONCE = 2**20

#: A deadline that has passed: what cannot be done at once is not waited for.
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
        #: What was known when the end was made.
        self.origin = Origin() if origin is None else origin
        if value is not None:
            self.origin.handles.append(None)
        #: Whether something was written since the last flush, so that closing must not lose it.
        self.dirty = False
        #: Whether closing may keep it open in the background, for the peer to read.
        self.lingers = True
        #: What the halves of one stream have in common; `None` if it is not a half.
        self.whole: object | None = None
        #: The beginning of a message that a call received before it was interrupted.
        self.begun: bytes | None = None
        #: How many bytes go into the pipe before anybody reads; `None` before it was asked.
        self._quota: int | None = None
        #: Whether nothing can be sent any more, because nobody knows where the peer's data ends.
        self.is_cut_short = False

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
        """Give up the handle to a new owner, with the same mode.

        Raises `ValueError` if another thread is inside a call on it.
        """
        return self._move_all_to(PipeHandle(nonblocking=self.nonblocking, origin=self.origin))

    def clone(self) -> PipeHandle:
        """Return the owner of another handle for the same end. DuplicateHandle function."""
        return self._duplicate_for(PipeHandle(nonblocking=self.nonblocking, origin=self.origin))

    def _move_all_to(self, new: PipeHandleType) -> PipeHandleType:
        """Give up the handle to NEW, with all that was found out and is left."""
        self.move_to(new)
        new.dirty, new.begun, new.lingers = self.dirty, self.begun, self.lingers
        self._tell(new)
        return new

    def _duplicate_for(self, new: PipeHandleType) -> PipeHandleType:
        """Have NEW own another handle for the same end."""
        new.obtain(self.perform, _calls.duplicate_handle, False)
        self._tell(new)
        return new

    def _tell(self, other: PipeHandle) -> None:
        """Have OTHER, for the same end, know what this one has found out."""
        other._quota, other.is_cut_short = self._quota, self.is_cut_short

    def read(self, memory: CData, size: int, deadline: float | None, noted: Noted = ()) -> int:
        """Read at least one byte and return how many; 0 is the end of the stream.

        The list NOTED gets the result before a signal handler can raise.
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
            if count:
                return count
            # The peer wrote no bytes, which is something only where there are messages.

    def read_message(
        self, memory: CData, size: int, deadline: float | None
    ) -> tuple[int, bool] | None:
        """Read a message or the rest of one; return how many bytes and whether that is all of it.

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
        """Write and return how many bytes: at least one, and all where it may wait without end.

        Data is written in parts that fit into the pipe's buffer. What went out also goes into the
        list NOTED, before a signal handler can raise: one number for each part. A part that has to
        wait when a handler raises is cancelled; if the peer may have some of it, nothing can be
        sent any more.
        """
        with _calls.memory(data) as memory:
            size = len(memory)
            if deadline is not None or self.nonblocking:
                return self._write_some(memory, size, deadline, noted)
            # Nearly always: a single part.
            if 0 < size <= (self._quota or 0) and not self.is_cut_short:
                return self._write(memory, size, None, noted)
            return self._write_all(memory, size, noted)

    def _write_all(self, memory: CData, size: int, noted: Noted) -> int:
        if not size:
            # To the system, writing nothing is a message, which some readers take for the end.
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
                break  # The next call raises it, if there is one.
        return written

    def _write_some(self, memory: CData, size: int, deadline: float | None, noted: Noted) -> int:
        """Write what fits, or a single byte that waits: when it is cancelled, none of it went.

        Where others send through the same end in the very moment, that is not sure. Then nothing
        can be sent any more.
        """
        if not size:
            return self.perform(_nothing)
        self.check_sends()
        quota = self.quota()
        if not quota:
            # Of what waits without a buffer, the peer may have a part: but not of a single byte.
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
        """Write to a pipe without a buffer, where a write ends when the peer has read all of it."""
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
        """Raise `BrokenPipeError` if nobody knows how much the peer has of what was sent before."""
        if self.is_cut_short and not self.closing:
            raise BrokenPipeError(
                errno.EPIPE,
                "closed for sending: of what was cut short before, the peer may have a part",
            )

    def quota(self) -> int:
        """Return how many bytes go into the pipe before anybody reads; 0 if none do."""
        if self._quota is None:
            self.perform(self._learn)
        return self._quota or 0

    def _learn(self, value: int) -> None:
        try:
            self._quota, _ = buffer_sizes(value)
        except OSError:
            # A server's end that only sends is not allowed to ask. Whatever else is wrong, writing
            # tells.
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

        Noted before the write: a thread that closes this meanwhile must know.
        """
        self.dirty = True
        self.origin.unread += size

    def flush(self, deadline: float | None) -> None:
        """Wait until the peer has read everything; not if nothing was written since."""
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

        The flush holds the handle until it ends, also if nobody waits for that any more.
        """

        def end(_: limbo.Flush) -> None:
            self.let_go()
            if on_end is not None:
                on_end()

        self.hold()
        try:
            # A flush for a peer that has left succeeds, though it has not read everything.
            if peer_has_left(self.value, self.origin):
                raise _calls.error_of(_calls.ERROR_NO_DATA, "the peer has left")
            flush = limbo.Flush(self.value, end)
            flush.begin()
        except BaseException:
            self.let_go()
            raise
        return flush

    def number(self) -> int:
        """Return the handle's number for those who may tell others."""
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
        """Close the handle once the peer needs it no longer, within a bound."""
        origin = self.origin

        def close(has_read_all: bool) -> None:
            try:
                if has_read_all and origin.is_limited and is_last(value):
                    # Else it may stay one of the instances for as long as the client keeps its end.
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
    """Begin to write a message: the peer tells one that is cut short from a whole one."""
    return _calls.write_file(handle, memory, size, overlapped)


def is_last(value: int) -> bool:
    """Whether no process has another handle for the same end, as far as can be told."""
    try:
        return pipes.handle_count(value) == 1
    except OSError:
        return False


def check_flush(flush: limbo.Flush) -> None:
    """Raise what a flush ended with."""
    if isinstance(flush.error, OSError):
        raise as_broken_pipe(flush.error)


def as_broken_pipe(error: OSError) -> OSError:
    """Return what writing is to raise for the error that it ended with."""
    if _calls.error_number(error) == _calls.ERROR_PIPE_NOT_CONNECTED:
        # For Python this is no broken pipe; it is one that the server has broken.
        return _calls.error_of(_calls.ERROR_NO_DATA, str(error.strerror))
    return error


def _nothing(_: int) -> int:
    """Do nothing, for `perform` to tell whether the handle is open."""
    return 0
