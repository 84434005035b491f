"""Text files over a stream that lose nothing to a timeout, an error or an interrupt.

Python's own `io.TextIOWrapper` discards the text that it has decoded or encoded for a call when the
buffered file below raises. So this class reads and writes by itself.
"""

from __future__ import annotations

import codecs
import io
import os
import sys

from interprocess._interface.stream_file import closed_file
from interprocess._interface.whole import read_lines, write_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

#: The number of bytes to decode at once.
_CHUNK = io.DEFAULT_BUFFER_SIZE


class TextFile(io.TextIOWrapper):
    """A text file over one of the buffered files of `interprocess._interface.buffered_file`.

    In nonblocking mode, a read that cannot get all that it wanted raises `BlockingIOError` and
    leaves the text that had arrived to the next call.

    A write that raises has taken all of its text or none: the exception's attribute
    `characters_written` says which. Later calls send the text that was taken.
    """

    def __init__(
        self,
        buffer: Any,
        mode: str,
        encoding: str | None,
        errors: str | None,
        newline: str | None,
    ) -> None:
        super().__init__(buffer, encoding, errors, newline)
        self._buffered = buffer
        self.mode = mode  # type: ignore[misc]  # it can be set, for this very purpose
        self._translated = os.linesep if newline is None else newline or "\n"
        #: The end of a line when reading; empty for any of the three line ends.
        self._ending = "\n" if newline is None else newline
        # The constructor has stored the resolved names of both.
        self._decoder = _decoder(self, newline) if buffer.readable() else None
        self._encoder = _encoder(self) if buffer.writable() else None
        #: Bytes that were read and not yet decoded, ...
        self._encoded = b""
        #: ... decoded text, and the position up to which it has been read.
        self._ahead = "", 0
        #: Encoded bytes that the buffered file has not taken yet.
        self._behind = b""

    def _wait_source(self) -> tuple[bool, Any]:
        has_more, stream = self._buffered._wait_source()
        text, at = self._ahead
        return has_more or at < len(text) or bool(self._encoded), stream

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # as io.TextIOWrapper
        text, at = self._ahead
        end = self._end_of_line(text, at)
        if not end or (size is not None and size >= 0):
            return self._read(size, line=True)
        self._ahead = text, end
        return text[at:end]

    def read(self, size: int | None = -1, /) -> str:
        return self._read(size, line=False)

    def readlines(self, hint: int | None = -1, /) -> list[str]:  # type: ignore[override]  # likewise
        lines: list[str] = []
        try:
            read_lines(self, lines, hint)
        except BaseException:
            self._put_back(lines)
            raise
        return lines

    def _read(self, size: int | None, *, line: bool) -> str:
        """Return the rest of the line, or of the stream, but at most SIZE characters."""
        if self.closed:
            raise closed_file()
        missing = sys.maxsize if size is None or size < 0 else size
        parts: list[str] = []
        try:
            while True:
                text, at = self._ahead
                end = self._end_of_line(text, at) if line else 0
                whole = 0 < end <= at + missing
                if not whole:
                    end = min(len(text), at + missing)
                # Not `append`: a handler can raise after a call, and the part would be there twice.
                parts += (text[at:end],)
                self._ahead = text, end
                missing -= end - at
                if whole or not missing or not self._decode():
                    return "".join(parts)
        except BaseException:
            self._put_back(parts)
            raise

    def _end_of_line(self, text: str, at: int) -> int:
        """Return the index where the line that begins at AT ends; 0 if TEXT has no line end."""
        if self._ending:
            found = text.find(self._ending, at)
            return found + len(self._ending) if found >= 0 else 0
        newline = text.find("\n", at)
        found = text.find("\r", at, newline if newline >= 0 else len(text))
        if found < 0:
            return newline + 1
        return found + (2 if text.startswith("\r\n", found) else 1)

    def _decode(self) -> bool:
        """Decode more text, once all decoded text was read; return whether there was any."""
        if self._decoder is None:
            raise io.UnsupportedOperation("not readable")
        # No calls but `map`: a signal handler could raise after them, and text would be lost.
        if not self._encoded:
            [self._encoded] = map(self._buffered.read1, (_CHUNK,))
        data = self._encoded
        try:
            [text] = map(self._decoder.decode, (data,), (not data,))
        except UnicodeError:
            self._encoded = b""
            raise
        self._ahead, self._encoded = (text, 0), b""
        return bool(data or text)

    def _put_back(self, parts: list[str]) -> None:
        text, at = self._ahead
        self._ahead = "".join([*parts, text[at:]]), 0

    @property
    def newlines(self) -> Any:  # type: ignore[override]  # it is never set
        return getattr(self._decoder, "newlines", None) if self._ending != "\r\n" else None

    def write(self, text: str, /) -> int:
        if self._encoder is None:
            raise io.UnsupportedOperation("not writable")
        if self.closed:
            raise closed_file()
        if not isinstance(text, str):
            raise TypeError(f"a text file takes str, not {text!r}")
        size, taken = len(text), 0
        try:
            self._push()
            # No calls but `map`, as in `_decode`.
            encoded = map(self._encoder.encode, (text.replace("\n", self._translated),))
            [self._behind] = encoded
            taken = size
            self._push()
            if self.line_buffering and ("\n" in text or "\r" in text):
                self.flush()
        except BaseException as error:
            error.characters_written = taken  # type: ignore[attr-defined]  # documented above
            raise
        return taken

    def writelines(self, lines: Iterable[str], /) -> None:  # type: ignore[override]  # as io.TextIOWrapper
        write_lines(self.write, lines)

    def _push(self) -> None:
        """Hand the encoded bytes to the buffered file."""
        try:
            while True:
                if not self._behind:
                    return
                [count] = map(self._buffered.write, (self._behind,))
                self._behind = self._behind[count:]
        except BaseException as error:
            self._behind = self._behind[getattr(error, "characters_written", 0) :]
            raise

    def flush(self) -> None:
        self._push()
        super().flush()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._ahead, self._behind = ("", 0), b""

    def reconfigure(
        self, *, line_buffering: bool | None = None, write_through: bool | None = None, **rest: Any
    ) -> None:
        if rest:
            raise io.UnsupportedOperation(f"{', '.join(rest)} of this file cannot be changed")
        super().reconfigure(line_buffering=line_buffering, write_through=write_through)


def _decoder(file: io.TextIOWrapper, newline: str | None) -> Any:
    decoder = codecs.getincrementaldecoder(file.encoding)(file.errors or "strict")
    if newline in (None, "", "\r\n"):
        # Even where it translates nothing, it keeps "\r" and "\n" together.
        return io.IncrementalNewlineDecoder(decoder, newline is None)
    return decoder


def _encoder(file: io.TextIOWrapper) -> codecs.IncrementalEncoder:
    return codecs.getincrementalencoder(file.encoding)(file.errors or "strict")
