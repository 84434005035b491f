"""Reading from a pipe and writing to it, as operations that an asynchronous runtime awaits.

They own their memory, to which data is copied: when a task is cancelled or destroyed, the system
may still be using it.
"""

from __future__ import annotations

import errno
from abc import abstractmethod

from interprocess._interface.async_runtime import Operation
from interprocess._interface.lifetime import ClosedError
from interprocess.os.windows import _calls
from interprocess.os.windows._async_pipe.operation import PortOperation
from interprocess.os.windows._pipe.room import may_be_read_in_part
from interprocess.os.windows._pipe.state import as_broken_pipe, is_end_of_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess._bindings._types import CData
    from interprocess.os.windows._async_pipe.end import AsyncPipeHandle
    from interprocess.os.windows._pipe.room import Fitting


class Transfer(PortOperation, Operation):
    """A single read or write."""

    def __init__(self, pipe: AsyncPipeHandle, memory: CData) -> None:
        super().__init__(pipe.value)
        self._memory = memory
        self._pipe = pipe
        self._begun = self._under_way = False
        self._failure: OSError | None = None

    @abstractmethod
    def _call(self, handle: int, overlapped: CData) -> bool:
        """Begin the operation, and return true if it is already complete."""

    def begin(self, wake: Callable[[], None]) -> None:
        pipe = self._pipe
        if pipe.closing:
            raise ClosedError
        pipe.association.ensure(pipe.value, pipe.runtime)
        pipe.hold()
        pipe.operations.append(self)
        self._begun = self._under_way = True
        try:
            self._call(pipe.value, self.overlapped)
        except OSError as error:
            # No port reports a call that fails at once, unless it is a success with a warning.
            if _calls.error_number(error) == _calls.ERROR_MORE_DATA:
                self._failure = error
            elif not self.goes_on_cancelled():
                self._failure = error
                return
        pipe.runtime.watch(self, wake)

    def ended(self) -> bool:
        return self._failure is not None or not self.pending

    def was_cancelled(self) -> bool:
        return self.status == _calls.STATUS_CANCELLED

    def _check(self) -> None:
        """Raise the error of the operation."""
        try:
            if self._failure is not None:
                raise self._failure
            if self.status:
                _calls.check_result(self.handle, self.overlapped)
        except OSError:
            if self._pipe.closing:
                raise ClosedError from None
            raise

    def leave(self) -> None:
        if not self._under_way:
            return
        self._under_way = False
        pipe = self._pipe
        # A destroyed task does not wait. The runtime keeps the memory until the end.
        if not self.ended():
            self.cancel()
        self._failure = None
        pipe.operations.remove(self)
        pipe.let_go()

    def done_in_vain(self) -> bool:
        """Return true if the operation succeeded although its task was cancelled."""
        return self._begun and self.status in (0, _calls.STATUS_BUFFER_OVERFLOW)


class Read(Transfer):
    """Reading bytes; an empty result is the end of the stream."""

    receives = True

    def __init__(self, pipe: AsyncPipeHandle, size: int) -> None:
        super().__init__(pipe, _calls.new_buffer(size))
        self._size = size

    def _call(self, handle: int, overlapped: CData) -> bool:
        return _calls.read_file(handle, self._memory, self._size, overlapped)

    def contents(self) -> bytes:
        """Return the bytes that were read."""
        return _calls.contents(self._memory, self.count)

    def finish(self) -> Any:
        try:
            self._check()
        except OSError as error:
            if is_end_of_stream(error) or self._pipe.origin.receiving_has_ended:
                return b""
            raise
        # The peer may have written zero bytes, which only matters for messages.
        return self.contents() or None


class ReadMessage(Read):
    """Reading (a part of) a message; returns it and whether it is the last, or `None`."""

    def part(self) -> tuple[bytes, bool]:
        """Return the part that was read, and whether it ends the message."""
        if self.status == _calls.STATUS_BUFFER_OVERFLOW:
            return _calls.contents(self._memory, self._size), False
        return self.contents(), True

    def finish(self) -> Any:
        try:
            self._check()
        except OSError as error:
            if is_end_of_stream(error):
                return None
            if _calls.error_number(error) != _calls.ERROR_MORE_DATA:
                raise
        return self.part()


def now(operation: Transfer) -> Any:
    """Return the result of an operation that ends at once; else cancel it.

    Raises `BlockingIOError` then.
    """
    operation.begin(_nothing)
    try:
        if not operation.ended():
            raise BlockingIOError(errno.EAGAIN, "the operation would have to wait")
        return operation.finish()
    finally:
        operation.leave()


def _nothing() -> None:
    """Stand for waking a task: none waits."""


class Write(Transfer):
    """Writing from memory that nothing else changes; the result is the number of bytes.

    It writes all of them, or with FITTING as much as fits or a single byte.
    """

    def __init__(
        self, pipe: AsyncPipeHandle, memory: CData, offset: int, size: int, fitting: Fitting | None
    ) -> None:
        self._offset = offset
        self._size = size
        self._fitting = fitting
        super().__init__(pipe, memory)

    def _call(self, handle: int, overlapped: CData) -> bool:
        pipe = self._pipe
        if self._fitting is not None:
            pipe.dirty = True
            return self._fitting(handle, self._memory, self._size, overlapped)
        pipe.note_write(self._size)
        return _calls.write_file(handle, self._memory + self._offset, self._size, overlapped)

    def finish(self) -> int:
        try:
            self._check()
        except OSError as error:
            raise as_broken_pipe(error) from None
        return self.count

    @property
    def is_in_doubt(self) -> bool:
        """Return true if the number of bytes sent is unknown: a waiting write was cancelled."""
        if self._fitting is None or not (self.pending or self.was_cancelled()):
            return False
        return may_be_read_in_part(self._pipe.origin, self._fitting.size)
