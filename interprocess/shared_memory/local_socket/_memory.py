"""Shared memory for rings, whether there may be any, and what a peer hands over."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import sys

from interprocess.shared_memory._barrier import is_supported, register

_SEALS = 0
if sys.platform == "linux":
    _SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL


def rings_work() -> bool:
    return is_supported()


def prepare() -> bool:
    """Get this process ready for rings; return whether that is possible."""
    if not rings_work():
        return False
    try:
        register()
    except OSError:
        return False
    return True


def new_memory(size: int, numbers: list[int]) -> memoryview:
    """Return new memory, and put its descriptor into a list."""
    numbers += map(os.memfd_create, ("ring",), (os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING,))
    os.ftruncate(numbers[0], size)
    fcntl.fcntl(numbers[0], fcntl.F_ADD_SEALS, _SEALS)
    return memoryview(mmap.mmap(numbers[0], size))


def adopted_memory(number: int, size: int) -> memoryview:
    try:
        seals = fcntl.fcntl(number, fcntl.F_GET_SEALS)
    except OSError:
        seals = 0
    if not seals & fcntl.F_SEAL_SHRINK or os.fstat(number).st_size != size:
        raise ConnectionAbortedError(
            errno.ECONNABORTED, "the peer offers no sealed memory of the size that it says"
        )
    return memoryview(mmap.mmap(number, size))
