"""FIFO files themselves: creating one, making sure that it is one, opening an end."""

from __future__ import annotations

import os
import stat

from interprocess.os.unix._numbers import close_numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    FifoPath = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]


def create_fifo(path: FifoPath, mode: int = 0o777) -> None:
    """Create a FIFO file, with the permissions MODE less the umask. mkfifo(3).

    Raises `FileExistsError` if anything is there already, `FileNotFoundError` if the directory is
    missing and `PermissionError` if we may not write to it. The file stays until somebody removes
    it.
    """
    os.mkfifo(path, mode)


def open_end(path: FifoPath, direction: int, at_once: bool, numbers: list[int]) -> None:
    """Open one end, without waiting for the other if AT_ONCE. open(2).

    Raises `ValueError` for what is no FIFO.
    """
    # Before opening it, which may have effects, and again after: it may be another file by then.
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
