"""Write the records of traced processes to files during the calls, and read these files.

Every call is written twice: when it begins, in case its process is killed or waits forever, and
when it has ended. Each record is one write(2) in append mode, so that the records of a process and
its forks do not mix in one file.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections import deque

# Imported here, so that replacements by the traced program have no effect on us.
from os import fstat, write

from interprocess.trace import _doors, _recording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from interprocess.trace._recording import Record

#: The format of `marshal` that all versions of Python read.
_FORMAT = 2

#: The lowest descriptor number for the file.
_HIGH = 512

_OPEN = os.O_WRONLY | os.O_CREAT | os.O_APPEND
for _flag in ("O_CLOEXEC", "O_NOFOLLOW", "O_BINARY", "O_NOINHERIT"):
    _OPEN |= getattr(os, _flag, 0)


class _File:
    """The file of this process and its forks."""

    def __init__(self, directory: str) -> None:
        self._path = os.path.join(directory, f"{os.getpid()}-{os.urandom(4).hex()}")
        self._number = -1
        #: Identifies the file, since a program may close all descriptors that it does not know.
        self._identity: tuple[int, int] | None = None

    def write(self, record: Record) -> Iterable[object]:
        """Return an iterator, implemented in C, that writes a record."""
        try:
            number = self._open()
        except OSError:
            return ()  # The directory is gone: its reader has ended.
        return map(write, (number,), map(marshal.dumps, (record,), (_FORMAT,)))

    def _open(self) -> int:
        try:
            status = fstat(self._number)
        except OSError:
            status = None
        if status is None or (status.st_dev, status.st_ino) != self._identity:
            number = _out_of_the_way(os.open(self._path, _OPEN, 0o600))
            status = fstat(number)
            is_new = self._identity is None
            self._number, self._identity = number, (status.st_dev, status.st_ino)
            if is_new:
                program = [os.getpid(), [str(each) for each in getattr(sys, "argv", ())]]
                write(number, marshal.dumps(program, _FORMAT))
        return self._number


def _out_of_the_way(number: int) -> int:
    """Return a high descriptor for the same file, so that low numbers stay free."""
    if sys.platform == "win32":
        return number
    import fcntl

    try:
        moved = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, _HIGH)
    except (OSError, AttributeError):
        return number  # Such high numbers are not allowed.
    os.close(number)
    return moved


def record_into(directory: str) -> None:
    """Start recording the calls of this process into a file in DIRECTORY."""
    _recording.write_record = _File(directory).write
    _doors.open_doors(deque(maxlen=0), for_good=True)  # Keep nothing in memory.


class Reader:
    """Reads the records of all processes in a directory while they are being written."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._offsets: dict[str, int] = {}
        #: All records so far, by process and number.
        self.records: dict[tuple[int, int], Record] = {}
        #: The program arguments of each process.
        self.programs: dict[int, list[str]] = {}

    def read(self) -> Iterator[Record]:
        """Yield the calls that have ended since the previous read."""
        for name in sorted(os.listdir(self._directory)):
            with open(os.path.join(self._directory, name), "rb") as file:
                file.seek(self._offsets.get(name, 0))
                for item in _items(file):
                    self._offsets[name] = file.tell()
                    if isinstance(item[0], int):
                        process, arguments = item
                        self.programs[process] = arguments
                        continue
                    beginning = item[_recording.BEGINNING]
                    key = beginning[_recording.PROCESS], beginning[_recording.NUMBER]
                    self.records[key] = item
                    if len(item) > _recording.ENDED:
                        yield item

    def unfinished(self) -> list[Record]:
        """Return the calls that have not ended."""
        return [each for each in self.records.values() if len(each) <= _recording.ENDED]

    def in_order(self) -> list[Record]:
        """Return all calls, ordered by their beginning."""
        began = _recording.BEGAN
        return sorted(self.records.values(), key=lambda record: record[0][began])


def _items(file: Any) -> Iterator[Any]:
    """Read items up to the end of the file or the first incomplete item."""
    while True:
        try:
            yield marshal.load(file)
        except (EOFError, ValueError, TypeError):
            return
