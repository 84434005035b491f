"""Files that are handed over: which ones can be, and what becomes of their buffers."""

from __future__ import annotations

import io
import os
import sys

from interprocess._interface.passing import cannot_go

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_BUFFERED = (io.BufferedReader, io.BufferedWriter, io.BufferedRandom)
#: The raw files whose data is what their descriptors read and write.
_RAW: tuple[type[Any], ...] = (io.FileIO,)
if hasattr(io, "_WindowsConsoleIO"):
    _RAW += (io._WindowsConsoleIO,)


def file_kind(thing: Any, check: Callable[[int], None]) -> str:
    """Synchronise the position of an open file and return its kind.

    Data buffered for writing is written, and the position is set back over data that was read
    ahead. CHECK raises `ValueError` for a descriptor that is no file's. Raises `TypeError` for an
    object that is no file, or whose data is not that of its descriptor, and `ValueError` for a file
    that has read ahead what cannot be given back.
    """
    file = _unwrapped(thing)
    _check_is_plain(file, thing)
    check(file.fileno())
    reads, writes = file.readable(), file.writable()
    if writes:
        file.flush()
    if reads and not isinstance(file, io.RawIOBase):
        if file.seekable():
            _give_back(file)
        elif _has_read_ahead(file):
            raise ValueError(f"{file!r} has read ahead what cannot be given back: read it first")
    if reads:
        return "file to read and write" if writes else "file to read"
    return "file to write"


def _unwrapped(thing: Any) -> Any:
    """Return the file in a temporary file of the standard library's `tempfile`."""
    tempfile: Any = sys.modules.get("tempfile")  # Not imported: it takes long.
    if tempfile is None:
        return thing
    if isinstance(thing, tempfile.SpooledTemporaryFile):
        if not thing._rolled:
            raise ValueError(f"{thing!r} has its data in memory: call its rollover() first")
        thing = thing._file
    return thing.file if isinstance(thing, tempfile._TemporaryFileWrapper) else thing


def _check_is_plain(file: Any, thing: object) -> None:
    """Raise `TypeError` for a file that decompresses, for example: its descriptor reads no data."""
    if isinstance(file, io.TextIOWrapper):
        file = file.buffer
        if not isinstance(file, _BUFFERED):
            raise cannot_go(thing)
    if isinstance(file, _BUFFERED):
        file = file.raw
    if not isinstance(file, _RAW):
        raise cannot_go(thing)


def _give_back(file: Any) -> None:
    """Set the position of the descriptor back to that of a buffered file."""
    try:
        position = file.tell()
    except OSError as error:
        if error.errno is not None:
            raise
        raise ValueError(
            f"the position in {file!r} is unknown while it is being iterated: read it with"
            " readline()"
        ) from None
    file.seek(0, io.SEEK_END)  # Drops data read ahead, as `position` alone may not.
    file.seek(position)


def _has_read_ahead(file: Any) -> bool:
    """Return true if a file without a position has data in its buffers."""
    if isinstance(file, io.TextIOWrapper):
        try:
            # Changes nothing, and is refused once text was read.
            file.reconfigure(encoding=file.encoding, errors=file.errors)
        except io.UnsupportedOperation:
            return True
        file = file.buffer
    return bool(_peek(file))


#: Without the types: older Pythons on Windows lack some calls.
_os: Any = os

if sys.implementation.name == "pypy":

    def _peek(file: Any) -> bytes:
        """Return what a buffered reader has in its buffer.

        PyPy's buffers read the file without calling its method. So the file must not wait, and
        what is there to be read counts as read ahead.
        """
        number = file.fileno()
        blocking = _os.get_blocking(number)
        _os.set_blocking(number, False)
        try:
            return file.peek(0)  # type: ignore[no-any-return]  # a reader's are bytes
        finally:
            _os.set_blocking(number, blocking)

else:

    def _peek(file: Any) -> bytes:
        """Return what a buffered reader has in its buffer. Its file is not read."""
        raw: Any = file.raw
        raw.readinto = lambda _: 0
        try:
            return file.peek(0)  # type: ignore[no-any-return]  # a reader's are bytes
        finally:
            del raw.readinto
