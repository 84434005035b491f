"""Buffered files over a stream that lose nothing to a timeout, an error or an interrupt.

Python's own buffered files do the work, in C. When the raw file below them raises, they discard the
data that they had collected for the call. When it returns `None`, which means 'not yet', they keep
that data: a read returns what it has, and a write reports how much it took. So the raw file here
returns `None` for every error and stores the error. After a call that was cut short, the files look
for a stored error, put back the data that was read, and raise it.
"""

from __future__ import annotations

import io
from _thread import get_ident

from interprocess._interface.octets import octets
from interprocess._interface.stream_file import StreamFile, closed_file
from interprocess._interface.whole import read_lines, receive_all, write_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from typing import Any

CANNOT_DETACH = "the raw file of a buffered file over a stream is of no use without it"

_read1 = io.BufferedReader.read1
_readinto = io.BufferedReader.readinto
_readinto1 = io.BufferedReader.readinto1
_peek = io.BufferedReader.peek
_write = io.BufferedWriter.write
_flush = io.BufferedWriter.flush


class SourceFile(StreamFile):
    """The raw file below a buffered one: stores every error and returns `None` instead."""

    def __init__(self, stream: Any, mode: str) -> None:
        #: The errors yet to be raised, by thread. A thread transfers nothing until its error is
        #: raised.
        self.errors: dict[int, BaseException] = {}
        super().__init__(stream, mode)
        #: The size of the last write that sent something, and how much it sent.
        self.last_write = 0, 0
        #: Data that was read and put back.
        self._kept = memoryview(b"")
        self.__dict__.update(readinto=_begun(self, self._read), write=_begun(self, self._send))

    def keep(self, data: bytes) -> None:
        """Have the next read begin with DATA."""
        self._kept = memoryview(data + self._kept)

    def fail(self, error: BaseException) -> None:
        """Let this thread transfer nothing until it has taken ERROR."""
        self.errors[get_ident()] = error

    def error(self) -> BaseException | None:
        """Return the error that a transfer of this thread ended with."""
        return self.errors.get(get_ident()) if self.errors else None

    def take_error(self) -> BaseException | None:
        """Remove and return that error, which the caller has to raise."""
        return self.errors.pop(get_ident(), None)

    def _wait_source(self) -> tuple[bool, Any]:
        _, stream = super()._wait_source()
        return bool(self._kept), stream

    def _read(self, memory: memoryview, noted: list[int]) -> None:
        if not self._kept:
            self._transfer("_receive_noting", memory, noted)
            return
        count = min(len(memory), len(self._kept))
        memory[:count] = self._kept[:count]
        self._kept, noted[:] = self._kept[count:], (count,)

    def _send(self, memory: memoryview, noted: list[int]) -> None:
        size = len(memory)
        try:
            self._transfer("_send_noting", memory, noted)
        finally:
            if noted:
                self.last_write = size, sum(noted)

    def close(self) -> None:
        super().close()
        self.fail(closed_file())  # From now on, the files above check for it.
        for name in ("readinto", "write"):  # They refer to this file.
            self.__dict__.pop(name, None)


def _begun(
    raw: SourceFile, transfer: Callable[[memoryview, list[int]], None]
) -> Callable[[memoryview], int | None]:
    transfers = _transfers(raw, transfer)
    next(transfers)
    return transfers.send


def _transfers(
    raw: SourceFile, transfer: Callable[[memoryview, list[int]], None]
) -> Generator[int | None, memoryview, None]:
    """Make a TRANSFER for each memory that is sent to the generator, and yield its result for `io`.

    This is a generator because a signal handler can raise where a function begins, before its
    `try`. A resumed generator is already inside its `try`.
    """
    noted: list[int] = []
    while True:
        try:
            while True:
                result, noted = sum(noted) if noted else None, []
                memory = yield result
                if raw.error() is not None:
                    continue
                transfer(memory, noted)
        except GeneratorExit:
            return
        except BaseException as error:
            raw.fail(error)


class FileReader(io.BufferedReader):
    """A buffered file to read from.

    In nonblocking mode `read`, `readinto` and `readinto1` return the available data, or `None` if
    there is none, as those of `io` do. The other methods raise `BlockingIOError`, since their
    result has no value for 'not yet'.
    """

    raw: SourceFile

    def __init__(self, raw: SourceFile, size: int) -> None:
        super().__init__(raw, size)
        self._size = size
        self._errors = raw.errors

    # A signal handler can raise after a call or a jump, which would lose the data that was read,
    # but not after an operator: see `interprocess._interface.lifetime`. So the busiest methods of
    # `io.BufferedReader` are operators here.
    __matmul__ = io.BufferedReader.read
    __rshift__ = io.BufferedReader.readline

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return self._read_all()
        data = self @ size
        if not self._errors:
            return data
        return self._unless_failed(data, may_be_short=True)

    def readline(self, size: int | None = -1, /) -> bytes:
        line = self >> size
        if not self._errors:
            return line
        return self._unless_failed(line)

    def _read_all(self) -> bytes:
        try:
            return receive_all(self.read1)
        except BaseException as error:
            self.raw.fail(error)
            data: bytes = getattr(error, "partial", b"")  # Absent before the first read.
        return self._unless_failed(data, may_be_short=True)

    def read1(self, size: int = -1, /) -> bytes:
        [data] = map(_read1, (self,), (size,))
        if not self._errors:
            return data
        return self._unless_failed(data)

    def peek(self, size: int = 0, /) -> bytes:
        data = _peek(self, size)
        return self._unless_failed(b"") if self._errors else data

    def _wait_source(self) -> tuple[bool, Any]:
        raw = self.raw
        kept, stream = raw._wait_source()
        # With a stored error the raw file reads nothing, so only buffered data is seen.
        try:
            raw.fail(BlockingIOError())
            buffered = _peek(self, 0)
        finally:
            raw.take_error()
        return kept or bool(buffered), stream

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        lines: list[bytes] = []
        try:
            read_lines(self, lines, hint)
            return lines
        except BaseException as error:
            self.raw.fail(error)
        raise self._put_back(b"".join(lines))

    def readinto(self, buffer: Any, /) -> int:
        [count] = map(_readinto, (self,), (buffer,))
        if not self._errors:
            return count
        return self._unless_failed_into(buffer, count)

    def readinto1(self, buffer: Any, /) -> int:
        [count] = map(_readinto1, (self,), (buffer,))
        if not self._errors:
            return count
        return self._unless_failed_into(buffer, count)

    def _unless_failed_into(self, buffer: Any, count: int) -> int:
        self._unless_failed(bytes(octets(buffer)[: count or 0]), may_be_short=True)
        return count

    def _unless_failed(self, data: bytes | None, *, may_be_short: bool = False) -> bytes:
        """Return DATA if it is complete: all that was wanted, or all until the end.

        If an error cut the call short, put DATA back and raise it.
        """
        raw = self.raw
        if raw.closed:
            raise closed_file()  # The C code would return buffered data.
        # No variable may hold the error: its traceback refers to this frame.
        if raw.error() is None:
            return data  # type: ignore[return-value]  # bytes, unless there was an error
        if may_be_short and isinstance(raw.error(), BlockingIOError):
            raw.take_error()
            return data or None  # type: ignore[return-value]  # as `io` does, contrary to its types
        raise self._put_back(data)

    def _put_back(self, data: bytes | None) -> BaseException:
        """Let the next call begin with DATA, and return the error of this one, to be raised."""
        # The buffered data follows DATA. Until the error is taken, the raw file supplies nothing
        # but the data that it keeps, which follows next.
        raw = self.raw
        raw.keep((data or b"") + (_read1(self, self._size) or b""))
        return raw.take_error() or closed_file()

    def close(self) -> None:
        # Python's own waits until no thread is reading.
        self.raw.close()

    def detach(self) -> SourceFile:
        raise io.UnsupportedOperation(CANNOT_DETACH)


class FileWriter(io.BufferedWriter):
    """A buffered file to write to.

    If a write is cut short, the exception's attribute `characters_written` is the number of bytes
    that the file has taken: they were sent, or the next call will send them.
    """

    raw: SourceFile

    def __init__(self, raw: SourceFile, size: int) -> None:
        super().__init__(raw, size)
        self._size = size
        self._errors = raw.errors

    def _wait_source(self) -> tuple[bool, Any]:
        return self.raw._wait_source()

    def write(self, data: Any, /) -> int:
        raw = self.raw
        raw.last_write = 0, 0
        try:
            [taken] = map(_write, (self,), (data,))
            if not self._errors:
                return taken
            error = raw.take_error()
            if error is None or isinstance(error, BlockingIOError):
                return taken
        except BlockingIOError as blocked:
            taken, error = blocked.characters_written, raw.take_error() or blocked
        except BaseException as interrupt:
            # Raised by a signal handler while C code ran. None of DATA is taken before the buffer
            # has been sent, and data larger than the buffer is sent without being copied.
            size, sent = raw.last_write
            taken = memoryview(data).nbytes - size + sent if size > self._size else 0
            error = interrupt
        error.characters_written = taken  # type: ignore[attr-defined]  # documented above
        try:
            raise error
        finally:
            del error  # Its traceback refers to this frame.

    def writelines(self, lines: Iterable[Any], /) -> None:
        write_lines(self.write, lines)

    def flush(self) -> None:
        try:
            _flush(self)
        except BlockingIOError as blocked:
            error = self.raw.take_error() or blocked
        else:
            return
        try:
            raise error
        finally:
            del error  # Its traceback refers to this frame.

    def detach(self) -> SourceFile:
        raise io.UnsupportedOperation(CANNOT_DETACH)


class FilePair(io.BufferedIOBase):
    """A buffered file for reading and writing, with a separate buffer for each direction."""

    def __init__(self, raw: SourceFile, size: int) -> None:
        self.raw = raw
        reader = FileReader(raw, size)
        writer = self._writer = FileWriter(raw, size)
        self._wait_source = reader._wait_source
        # Attributes, not methods: that saves one call each time.
        file: Any = self
        file.read, file.read1, file.peek = reader.read, reader.read1, reader.peek
        file.readinto, file.readinto1 = reader.readinto, reader.readinto1
        file.readline, file.readlines = reader.readline, reader.readlines
        file.write, file.writelines, file.flush = writer.write, writer.writelines, writer.flush

    @property
    def closed(self) -> bool:
        return self.raw.closed

    @property
    def name(self) -> int:
        return self.raw.name

    @property
    def mode(self) -> str:
        return self.raw.mode

    def fileno(self) -> int:
        return self.raw.fileno()

    def readable(self) -> bool:
        return self.raw.readable()

    def writable(self) -> bool:
        return self.raw.writable()

    def close(self) -> None:
        self._writer.close()
