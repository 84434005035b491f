"""Shared memory as macOS has it, over Linux's files in /dev/shm."""

from __future__ import annotations

import errno
import os
import posix
import stat

_DIRECTORY = "/dev/shm"


def is_memory(status: os.stat_result) -> bool:
    """Whether it is a file in which Linux has shared memory, without a name by now."""
    directory = posix.stat(_DIRECTORY).st_dev
    return stat.S_ISREG(status.st_mode) and not status.st_nlink and status.st_dev == directory


def fstat_without_a_kind(number: int) -> os.stat_result:
    """Tell of memory as xnu's pshm_stat does: no kind of file, and nothing else but its size."""
    status = posix.fstat(number)
    if not is_memory(status):
        return status
    return os.stat_result((stat.S_IMODE(status.st_mode), *tuple(status)[1:]))


def ftruncate_once(number: int, size: int) -> None:
    """Set the size of memory as xnu's pshm_truncate does: once, to whole pages."""
    status = posix.fstat(number)
    if is_memory(status):
        if status.st_size:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        page = os.sysconf("SC_PAGESIZE")
        size = -(-size // page) * page
    posix.ftruncate(number, size)
