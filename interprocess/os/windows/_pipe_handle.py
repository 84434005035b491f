"""The handle of one end of a pipe: reading, writing, flushing."""

from __future__ import annotations

import errno

from interprocess.os.windows import _calls, _limbo, _pipe_calls
from interprocess.os.windows._handle import ClosedHandleError, Handle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData
    from interprocess._interface.byte_stream import Buffer
    from interprocess.os.windows._async_operation import Association

#: What reading ends with when the peer has left, or was sent away by DisconnectNamedPipe.
_END_OF_STREAM = (
    _calls.ERROR_BROKEN_PIPE,
    _calls.ERROR_PIPE_NOT_CONNECTED,
    _calls.ERROR_HANDLE_EOF,
)

#: The most that one call transfers: the system keeps it in memory that is never paged out.
_MOST_AT_ONCE = 2**20


class PipeHandle(Handle):
    """One end of a pipe."""

    __slots__ = ("_buffer_size", "association", "dirty", "whole")

    def __init__(self, value: int, nonblocking: bool = False) -> None:
        super().__init__(value, nonblocking)
        #: Whether something was written since the last flush, so that closing must not lose it.
        self.dirty = False
        #: What the halves of one stream have in common; `None` if it is not a half.
        self.whole: object | None = None
        #: Which completion port this end of the pipe has, for asynchronous owners.
        self.association: Association | None = None
        self._buffer_size: int | None = None

    def set_nonblocking(self, nonblocking: bool) -> None:
        """Switch nonblocking mode."""
        if self.closing:
            raise ClosedHandleError
        self.nonblocking = nonblocking

    def successor(self, value: int) -> PipeHandle:
        """Return the owner of VALUE, a handle for the same end, with the same mode."""
        handle = PipeHandle(value, self.nonblocking)
        handle.association = self.association
        return handle

    def read(self, memory: CData, size: int, deadline: float | None) -> int:
        """Read at least one byte and return how many; 0 is the end of the stream."""
        if not size:
            return self.perform(_nothing)
        while True:
            try:
                count = self.transfer(_calls.read_file, deadline, memory, size)
            except OSError as error:
                if is_end_of_stream(error):
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

    def write(self, data: Buffer, deadline: float | None) -> int:
        """Write and return how many bytes: at least one, and all where it may wait without end.

        Data is written in parts that fit into the pipe's buffer. Such a part completes as soon as
        there is room for it, before anybody can have read from it; so when it is cancelled, nothing
        of it was transferred. A larger one would be read and refilled bit by bit.
        """
        with _calls.memory(data) as memory:
            size = len(memory)
            if 0 < size <= (self._buffer_size or 0):  # Nearly always: a single part.
                return self._write(memory, size, deadline)
            return self._write_parts(memory, size, deadline)

    def _write_parts(self, memory: CData, size: int, deadline: float | None) -> int:
        if not size:
            # To the system, writing nothing is a message, which some readers take for the end.
            return self.perform(_nothing)
        most = self.buffer_size()
        if deadline is not None or self.nonblocking:
            # Some servers have no buffer: then every write waits until all of it is read.
            return self._write(memory, min(size, most or 1), deadline)
        most = most or _MOST_AT_ONCE
        written = self._write(memory, min(size, most), None)
        while written < size:
            try:
                written += self._write(memory + written, min(size - written, most), None)
            except OSError:
                break  # The next call raises it, if there is one.
        return written

    def buffer_size(self) -> int:
        """Return how much goes into the pipe before anybody reads; 0 if nothing does."""
        if self._buffer_size is None:
            self._buffer_size = self.perform(_smaller_buffer_size)
        return self._buffer_size

    def write_message(self, data: Buffer, deadline: float | None) -> int:
        """Write one message, which may be empty, and return its length."""
        with _calls.memory(data) as memory:
            return self._write(memory, len(memory), deadline)

    def _write(self, memory: CData, size: int, deadline: float | None) -> int:
        # Set before: whoever closes this while we write must know.
        self.dirty = True
        try:
            return self.transfer(_calls.write_file, deadline, memory, size)
        except OSError as error:
            raise as_broken_pipe(error) from None

    def flush(self, deadline: float | None) -> None:
        """Wait until the peer has read everything; not if nothing was written since."""
        if not self.dirty:
            self.perform(_nothing)
            return
        self.dirty = False
        try:
            self.perform(self._flush, deadline)
        except BaseException:
            self.dirty = True
            raise

    def _flush(self, value: int, deadline: float | None) -> None:
        flush = _limbo.Flush(value)
        flush.begin()
        if flush.wait(deadline, lambda: bool(self.closing)):
            if flush.error is not None:
                raise flush.error
        elif self.closing:
            raise ClosedHandleError
        else:
            raise TimeoutError(errno.ETIMEDOUT, "timed out")

    def _release(self, value: int) -> None:
        if self.dirty and not has_left(value):
            _limbo.linger(value)
        else:
            super()._release(value)


def has_left(value: int) -> bool:
    """Whether the peer is known to have left, and left nothing to read."""
    try:
        _pipe_calls.peek_named_pipe(value)
    except OSError as error:
        return is_end_of_stream(error)
    return False


def is_end_of_stream(error: OSError) -> bool:
    """Whether reading ended so because the stream did."""
    return _calls.error_number(error) in _END_OF_STREAM


def as_broken_pipe(error: OSError) -> OSError:
    """Return what writing is to raise for the error that it ended with."""
    if _calls.error_number(error) == _calls.ERROR_PIPE_NOT_CONNECTED:
        # For Python this is no broken pipe; it is one that the server has broken.
        return _calls.error_of(_calls.ERROR_NO_DATA, str(error.strerror))
    return error


def _smaller_buffer_size(value: int) -> int:
    """Return the size of the smaller buffer of the two directions."""
    try:
        _, output_size, input_size, _ = _pipe_calls.named_pipe_info(value)
    except OSError:
        return 0  # Whatever is wrong, writing tells.
    return min(output_size, input_size)


def _nothing(_: int) -> int:
    """Do nothing, for `perform` to tell whether the handle is open."""
    return 0
