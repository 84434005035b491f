"""Creating FIFO files, checking that a file is one, opening an end."""

from __future__ import annotations

import os
import stat
from time import monotonic

from interprocess._interface.options import PRIVATE_MODE, checked_mode
from interprocess.os.unix._descriptor.numbers import close_numbers
from interprocess.os.unix._files.paths import move
from interprocess.os.unix._files.staging import Staging
from interprocess.os.unix._unix_socket.published import NEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    FifoPath = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]

#: Seconds for which creating waits for another process that works at the same path.
_PATIENCE = 1.0


def create_fifo(path: FifoPath, mode: int = PRIVATE_MODE) -> None:
    """Create a FIFO file with exactly the permissions MODE, whatever the umask is. mkfifo(3).

    It has these from the moment it appears: it is made in a private directory beside the path and
    moved from there (renameat2(2), macOS renamex_np(2), elsewhere link(2)).

    Raises `FileExistsError` if the path exists, `FileNotFoundError` if the directory is missing,
    `PermissionError` if we may not write to it and `ValueError` for a mode that is not between 0
    and 0o777. The library never removes the file.
    """
    checked_mode(mode)
    staging = Staging(os.fsencode(path), monotonic() + _PATIENCE)
    try:
        with staging:
            os.mkfifo(staging.inside(NEW), mode)
            staging.set_mode(mode)
            move(staging.inside(NEW), os.fsencode(path))
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None
    finally:
        staging.close()


def open_end(path: FifoPath, direction: int, at_once: bool, numbers: list[int]) -> None:
    """Open one end, without waiting for the other if AT_ONCE. open(2).

    Raises `ValueError` if the file is not a FIFO.
    """
    # Checked before opening, which may have side effects, and after it: the file may have changed.
    _check_is_fifo(os.stat(path), path)
    flags = direction | os.O_CLOEXEC | (os.O_NONBLOCK if at_once else 0)
    numbers += map(os.open, (path,), (flags,))
    try:
        _check_is_fifo(os.fstat(numbers[-1]), path)
    except BaseException:
        close_numbers(numbers)
        raise


def _check_is_fifo(status: os.stat_result, path: FifoPath) -> None:
    if not stat.S_ISFIFO(status.st_mode):
        raise ValueError(f"{os.fspath(path)!r} is not a FIFO file")
