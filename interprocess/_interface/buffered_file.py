"""Buffered files over a stream that lose nothing to a timeout, an error or an interrupt.

Python's own buffered files do the work, in C. When the raw file below raises, they forget what they
had collected for the call; when it returns `None`, which means 'not yet', they do not: what was
read comes back short, and a write says how much it took. So the raw file here returns `None`
whatever happens, and keeps the error; the files look for it where a call did not get all that it
wanted, put back what it had read, and raise it.
"""

from __future__ import annotations

import io
from _thread import get_ident

from interprocess._interface.octets import octets
from interprocess._interface.stream_file import StreamFile
from interprocess._interface.whole import read_lines, receive_all, write_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from interprocess._interface.byte_stream import Buffer, WritableBuffer

CANNOT_DETACH = "the raw file of a buffered file over a stream is of no use without it"

_read = io.BufferedReader.read
_read1 = io.BufferedReader.read1
_readinto = io.BufferedReader.readinto
_readinto1 = io.BufferedReader.readinto1
_readline = io.BufferedReader.readline
_peek = io.BufferedReader.peek
_write = io.BufferedWriter.write
_flush = io.BufferedWriter.flush


class SourceFile(StreamFile):
    """The raw file below a buffered one: returns `None` for every error, and keeps it."""

    def __init__(self, stream: Any, mode: str) -> None:
        super().__init__(stream, mode)
        #: The errors that are yet to be raised, by threads. Until then nothing is transferred.
        self.errors: dict[int, BaseException] = {}
        #: What was read and put back.
        self._kept = memoryview(b"")

    def keep(self, data: bytes) -> None:
        """Have the next read begin with DATA."""
        self._kept = memoryview(data + self._kept)

    def fail(self, error: BaseException) -> None:
        """Have the calls of this thread transfer nothing until the ERROR is taken."""
        self.errors[get_ident()] = error

    def error(self) -> BaseException | None:
        """Return the error that a transfer of this thread ended with."""
        return self.errors.get(get_ident()) if self.errors else None

    def take_error(self) -> BaseException | None:
        """Return that error, which from now on is the caller's to raise."""
        return self.errors.pop(get_ident(), None)

    def readinto(self, buffer: WritableBuffer, /) -> int | None:
        kept = self._kept
        if not kept:
            return self._attempt("r", "recv_into", buffer)
        count = min(len(buffer), len(kept))
        buffer[:count] = kept[:count]
        self._kept = kept[count:]
        return count

    def readall(self) -> bytes:
        kept, self._kept = bytes(self._kept), memoryview(b"")
        if self.error() is not None:
            return kept
        try:
            return kept + receive_all(self._recv)
        except BaseException as error:
            self.fail(error)
            return kept + getattr(error, "partial", b"")

    def write(self, data: Buffer, /) -> int | None:
        return self._attempt("w", "send", data)

    def _attempt(self, direction: str, verb: str, argument: Buffer) -> int | None:
        if self.error() is not None:
            return None
        try:
            return self._transfer(direction, verb, argument)  # type: ignore[no-any-return]  # a count
        except BaseException as error:
            self.fail(error)
            return None


class FileReader(io.BufferedReader):
    """A buffered file to read from.

    In nonblocking mode `read`, `readinto` and `readinto1` return what there is, and `None` if there
    is nothing, as those of `io` do. The others raise `BlockingIOError`, since what they return
    cannot say 'not yet'.
    """

    raw: SourceFile

    def __init__(self, raw: SourceFile, size: int) -> None:
        super().__init__(raw, size)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        data = _read(self, size)
        return data if data and len(data) == size else self._unless_failed(data, may_be_short=True)

    def read1(self, size: int = -1, /) -> bytes:
        return _read1(self, size) or self._unless_failed(b"")

    def peek(self, size: int = 0, /) -> bytes:
        return _peek(self, size) or self._unless_failed(b"")

    def readline(self, size: int | None = -1, /) -> bytes:
        line = _readline(self, size)
        return line if line.endswith(b"\n") else self._unless_failed(line)

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        lines: list[bytes] = []
        try:
            read_lines(self, lines, hint)
        except BaseException as error:
            self.raw.fail(error)
        self._unless_failed(b"".join(lines))
        return lines

    def readinto(self, buffer: Any, /) -> int:
        return self._count(_readinto(self, buffer), buffer)

    def readinto1(self, buffer: Any, /) -> int:
        return self._count(_readinto1(self, buffer), buffer)

    def _count(self, count: int | None, buffer: Any) -> int:
        if self.raw.errors:
            self._unless_failed(bytes(octets(buffer)[: count or 0]), may_be_short=True)
        return count  # type: ignore[return-value]  # as `io` has it, and its types do not

    def _unless_failed(self, data: bytes | None, *, may_be_short: bool = False) -> bytes:
        """Return DATA, which are all that was wanted, or all until the end of the stream.

        Where an error cut the call short, put them back and raise it.
        """
        raw = self.raw
        error = raw.error()
        if error is None:
            return data  # type: ignore[return-value]  # bytes, unless there was an error
        if may_be_short and isinstance(error, BlockingIOError):
            raw.take_error()
            return data or None  # type: ignore[return-value]  # as `io` has it, and its types do not
        # What is buffered comes after DATA. As long as the error has not been taken, the raw file
        # adds nothing to it but what it keeps, and that comes next.
        raw.keep((data or b"") + (_read1(self, self._size) or b""))
        raw.take_error()
        try:
            raise error
        finally:
            del error  # It has this frame in its traceback.

    def close(self) -> None:
        # Not as Python's own, which waits until no thread reads any more.
        self.raw.close()

    def detach(self) -> SourceFile:
        raise io.UnsupportedOperation(CANNOT_DETACH)


class FileWriter(io.BufferedWriter):
    """A buffered file to write to.

    Whatever cuts a write short, the exception's attribute `characters_written` says how many bytes
    the file has taken: they are sent, or will be by the next call.
    """

    raw: SourceFile

    def write(self, data: Buffer, /) -> int:
        try:
            taken = _write(self, data)
        except BlockingIOError as blocked:
            taken = blocked.characters_written
            error = self.raw.take_error() or blocked
        else:
            error = self.raw.take_error() if self.raw.errors else None
            if error is None or isinstance(error, BlockingIOError):
                return taken
        error.characters_written = taken  # type: ignore[attr-defined]  # documented above
        try:
            raise error
        finally:
            del error  # It has this frame in its traceback.

    def writelines(self, lines: Iterable[Buffer], /) -> None:
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
            del error  # It has this frame in its traceback.

    def detach(self) -> SourceFile:
        raise io.UnsupportedOperation(CANNOT_DETACH)


class FilePair(io.BufferedIOBase):
    """A buffered file to read from and to write to, each with a buffer of its own."""

    def __init__(self, raw: SourceFile, size: int) -> None:
        self.raw = raw
        reader = FileReader(raw, size)
        writer = self._writer = FileWriter(raw, size)
        # Not as methods, which would be a call more each time.
        self.read, self.read1, self.peek = reader.read, reader.read1, reader.peek
        self.readinto, self.readinto1 = reader.readinto, reader.readinto1
        self.readline, self.readlines = reader.readline, reader.readlines
        self.write, self.writelines, self.flush = writer.write, writer.writelines, writer.flush

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
