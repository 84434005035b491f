"""Passing files to other processes: check the file, and empty its buffers first."""

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
#: The classes of raw files that read and write their descriptors directly.
_RAW: tuple[type[Any], ...] = (io.FileIO,)
if hasattr(io, "_WindowsConsoleIO"):
    _RAW += (io._WindowsConsoleIO,)


def file_kind(thing: Any, check: Callable[[int], None]) -> str:
    """Synchronise the position of an open file and return its kind.

    Writes buffered data, and moves the position back over data that was read ahead. CHECK raises
    `ValueError` if the descriptor does not belong to a file. Raises `TypeError` if THING is not a
    file, or transforms the data of its descriptor, and `ValueError` if the file has read ahead and
    cannot seek back.
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
            raise ValueError(f"{file!r} has buffered data and cannot seek back: read it first")
    if reads:
        return "file to read and write" if writes else "file to read"
    return "file to write"


def _unwrapped(thing: Any) -> Any:
    """Return the real file inside a wrapper from `tempfile`, or THING itself."""
    tempfile: Any = sys.modules.get("tempfile")  # Importing it would be slow.
    if tempfile is None:
        return thing
    if isinstance(thing, tempfile.SpooledTemporaryFile):
        if not thing._rolled:
            raise ValueError(f"{thing!r} has its data in memory: call its rollover() first")
        thing = thing._file
    return thing.file if isinstance(thing, tempfile._TemporaryFileWrapper) else thing


def _check_is_plain(file: Any, thing: object) -> None:
    """Raise `TypeError` for a file that transforms its data, for example by decompression."""
    if isinstance(file, io.TextIOWrapper):
        file = file.buffer
        if not isinstance(file, _BUFFERED):
            raise cannot_go(thing)
    if isinstance(file, _BUFFERED):
        file = file.raw
    if not isinstance(file, _RAW):
        raise cannot_go(thing)


def _give_back(file: Any) -> None:
    """Move the position of the descriptor back to the position of its buffered file."""
    try:
        position = file.tell()
    except OSError as error:
        if error.errno is not None:
            raise
        raise ValueError(
            f"the position in {file!r} is unknown while it is being iterated: read it with"
            " readline()"
        ) from None
    file.seek(0, io.SEEK_END)  # Drops data read ahead; seeking to `position` alone may not.
    file.seek(position)


def _has_read_ahead(file: Any) -> bool:
    """Return true if a file that cannot seek has data in its buffers."""
    if isinstance(file, io.TextIOWrapper):
        try:
            # Changes nothing, and raises once text has been read.
            file.reconfigure(encoding=file.encoding, errors=file.errors)
        except io.UnsupportedOperation:
            return True
        file = file.buffer
    return bool(_peek(file))


#: Untyped, since Python before 3.12 lacks some of these functions on Windows.
_os: Any = os

if sys.implementation.name == "pypy":

    def _peek(file: Any) -> bytes:
        """Return the contents of the buffer of a buffered reader.

        PyPy's readers do not call a replaced `readinto`. So the file is read in nonblocking mode,
        and data that is ready to be read counts as read ahead.
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
        """Return the contents of the buffer of a buffered reader, without reading its file."""
        raw: Any = file.raw
        raw.readinto = lambda _: 0
        try:
            return file.peek(0)  # type: ignore[no-any-return]  # a reader's are bytes
        finally:
            del raw.readinto
