"""A stream as a raw file, and the count that keeps its connection open until all files are closed.

Programs close a socket first and read its file to the end afterwards. So closing a stream that has
open files hands the connection to them, and closing the last file closes it.
"""

from __future__ import annotations

import io

from interprocess._interface.whole import read_all, write_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from interprocess._interface.byte_stream import ByteStream


class StreamFiles:
    """The holders of one connection: the stream, until it is closed, and every open file over it.

    Each holder has an item in a list. Appending and popping are atomic on every Python.
    """

    __slots__ = ("_holders", "_stream_is_open", "heir")

    def __init__(self) -> None:
        self._holders = [True]
        #: Holds one item until the stream is closed: the thread that pops it hands over.
        self._stream_is_open = [True]
        #: The stream that the files use once the original was closed; `None` before.
        self.heir: Any = None

    def join(self) -> None:
        """Note one more file."""
        self._holders.append(True)

    def leave(self) -> None:
        """Remove one holder, and close the connection if it was the last."""
        self._holders.pop()
        if not self._holders:
            self.heir.close()

    def inherit(self, stream: ByteStream) -> bool:
        """Take over the connection of STREAM, which that closes, and return true.

        Return false if no file is open: then the caller has to close the connection.
        """
        if self._holders == [True]:
            return False
        try:
            self._stream_is_open.pop()
        except IndexError:
            return True  # It was closed before.
        try:
            self.heir = self.heir or stream._heir()
            stream._forsake()
        except BaseException:
            self._stream_is_open.append(True)
            raise
        self.leave()
        return True


class StreamFile(io.RawIOBase):
    """A stream as a raw file. Closing one of the two leaves the other open."""

    def __init__(self, stream: ByteStream, mode: str) -> None:
        self.mode = mode
        self._stream: Any = stream
        self._files = stream._files_over_it()
        self._files.join()
        #: Holds one item until the file is closed.
        self._joined = [True]
        if stream.closed:
            self.close()
            stream._check_open()

    @property
    def name(self) -> int:
        """The file descriptor, or on Windows the handle; -1 once the file is closed."""
        if self.closed:
            return -1
        return self._open_stream()._number()  # type: ignore[no-any-return]  # any stream's is an int

    def fileno(self) -> int:
        """Return the file descriptor, which stays the stream's."""
        return self._open_stream().fileno()  # type: ignore[no-any-return]  # any stream's is an int

    def readable(self) -> bool:
        """Return true if the file can be read. Raises `ValueError` after `close()`."""
        self._open_stream()
        return "r" in self.mode

    def writable(self) -> bool:
        """Return true if the file can be written. Raises `ValueError` after `close()`."""
        self._open_stream()
        return "w" in self.mode

    def _open_stream(self) -> Any:
        """Return the stream, or the stream that took over its connection."""
        if self.closed:
            raise closed_file()
        return self._files.heir or self._stream

    def _check(self, direction: str) -> None:
        """Raise an error if the file is closed or has no DIRECTION."""
        self._open_stream()
        if direction not in self.mode:
            raise io.UnsupportedOperation(f"the mode of this file is {self.mode!r}")

    def _wait_source(self) -> tuple[bool, Any]:
        """Return whether data is buffered, and the object that supplies more, for `wait`."""
        self._check("r")
        return False, self._open_stream()

    def _transfer(self, verb: str, *arguments: Any) -> Any:
        """Return the result of the stream's VERB, even if the stream is closed meanwhile."""
        stream = self._files.heir or self._stream
        try:
            return getattr(stream, verb)(*arguments)
        except ValueError as error:
            went_out: int = getattr(error, "characters_written", 0)
            if went_out or self._files.heir in (None, stream):
                raise
        return self._transfer(verb, *arguments)

    def readinto(self, buffer: Any, /) -> int | None:
        """Receive as `io.RawIOBase` does: `None` if nonblocking and there is no data."""
        self._check("r")
        return self._transfer("readinto", buffer)  # type: ignore[no-any-return]  # a stream's verb

    def readall(self) -> bytes | None:  # type: ignore[override]  # as `io` does, contrary to its types
        """Receive until the end of the stream, as the stream's own `readall`."""
        self._check("r")
        return read_all(self._receive_noting)

    def _receive_noting(self, buffer: Any, noted: list[int]) -> int:
        return self._transfer("_receive_noting", buffer, noted)  # type: ignore[no-any-return]  # a number

    def write(self, data: Any, /) -> int | None:
        """Send the whole of DATA and return its size, as the stream's own `write`."""
        self._check("w")
        return self._transfer("write", data)  # type: ignore[no-any-return]  # a stream's verb

    def writelines(self, lines: Iterable[Any], /) -> None:
        """Send all of the LINES, as the stream's own `writelines`."""
        write_lines(self.write, lines)

    def close(self) -> None:
        """Close the file, and the connection if the stream and its other files are closed."""
        super().close()
        try:
            self._joined.pop()
        except IndexError:
            return  # It was closed before.
        self._files.leave()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name} mode={self.mode!r}>"


def closed_file() -> ValueError:
    """Return the error for using a file after it was closed."""
    return ValueError("I/O operation on closed file")
