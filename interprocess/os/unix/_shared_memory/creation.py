"""Create memory, and check memory from other processes before it is mapped."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import sys

from interprocess.errors import UnsupportedError
from interprocess.os.unix import _kernel
from interprocess.os.unix._descriptor.descriptor import Descriptor
from interprocess.os.unix._shared_memory import calls

#: Neither the size nor the seals can change.
_SEALS = calls.F_SEAL_SHRINK | calls.F_SEAL_GROW | calls.F_SEAL_SEAL

#: The name of the memory as shown in /proc.
_NAME = b"interprocess"


#: True if a single writer's memory needs a second, read-only descriptor: there are no seals.
READERS_HAVE_THEIR_OWN = not _kernel.SHARED_MEMORY_HAS_SEALS


def create(size: int, memory: Descriptor) -> None:
    """Give MEMORY the descriptor of SIZE new bytes that every receiving process can write."""
    if _kernel.SHARED_MEMORY_HAS_SEALS:
        _create_sealable(memory)
    else:
        _create_with_name(memory, None)
    os.ftruncate(memory.number, size)
    if _kernel.SHARED_MEMORY_HAS_SEALS:
        calls.add_seals(memory.number, _SEALS)


def create_for_readers(size: int, memory: Descriptor, reader: Descriptor | None) -> None:
    """Give MEMORY the descriptor of SIZE new bytes, which the caller maps and then seals.

    READER, if not `None`, gets a read-only descriptor of the same memory.
    """
    if reader is not None:
        _create_with_name(memory, reader)
    elif calls.F_SEAL_FUTURE_WRITE:
        _create_sealable(memory)
    else:
        raise UnsupportedError(f"{sys.platform}: memory cannot be sealed against other writers")
    os.ftruncate(memory.number, size)


def leave_to_readers(memory: Descriptor) -> None:
    """Seal memory from `create_for_readers` after it was mapped."""
    if not _kernel.SHARED_MEMORY_HAS_SEALS:
        return
    try:
        calls.add_seals(memory.number, _SEALS | calls.F_SEAL_FUTURE_WRITE)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise UnsupportedError("the kernel has no F_SEAL_FUTURE_WRITE: Linux 5.1") from None


def _create_sealable(memory: Descriptor) -> None:
    if not calls.HAS_MEMFD:
        # Do not fall back to memory without seals: peers could shrink it.
        raise UnsupportedError("the C library has no memfd_create: glibc 2.27, FreeBSD 13")
    flags = calls.MFD_CLOEXEC | calls.MFD_ALLOW_SEALING
    if calls.MFD_NOEXEC_SEAL:
        try:
            # Since Linux 6.3, programs should declare whether memory is executable. With some
            # settings (vm.memfd_noexec), the kernel requires it.
            return memory.obtain(calls.memfd_create, _NAME, flags | calls.MFD_NOEXEC_SEAL)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
    return memory.obtain(calls.memfd_create, _NAME, flags)


def _create_with_name(memory: Descriptor, reader: Descriptor | None) -> None:
    # Looked up before `try`: the first call in `finally` must be a C function. In a Python
    # function, a signal handler could raise before the name is removed.
    shm_unlink = calls.posixshmem().shm_unlink
    # macOS limits names to 31 characters.
    name = f"/ip-{os.urandom(12).hex()}"
    try:
        memory.obtain(calls.shm_open, name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        if reader is not None:
            reader.obtain(calls.shm_open, name, os.O_RDONLY, 0)
    finally:
        if memory.owned:
            shm_unlink(name)


def examine(number: int) -> tuple[int, bool]:
    """Return the size of the memory behind a descriptor, and true if it is read-only.

    Raises `ValueError` for anything else, and for memory that another process could shrink while it
    is mapped here: touching the missing part would end this process (SIGBUS).
    """
    flags = fcntl.fcntl(number, fcntl.F_GETFL)
    access = flags & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
    if access not in (os.O_RDONLY, os.O_RDWR) or flags & calls.O_PATH:
        raise ValueError(f"descriptor {number} cannot be mapped: it cannot be read")
    seals = _checked_seals(number) if _kernel.SHARED_MEMORY_HAS_SEALS else 0
    # Checked after the seals, so that the size can no longer shrink.
    status = os.fstat(number)
    if not _kernel.SHARED_MEMORY_HAS_SEALS:
        _check_is_anonymous(number, status)
    if not 0 < status.st_size <= sys.maxsize:
        raise ValueError(f"descriptor {number} is not memory: its size is {status.st_size:,}")
    unwritable = calls.F_SEAL_WRITE | calls.F_SEAL_FUTURE_WRITE
    return status.st_size, access == os.O_RDONLY or bool(seals & unwritable)


def _checked_seals(number: int) -> int:
    """Return the seals of memory that cannot shrink; raise `ValueError` for anything else."""
    try:
        seals = calls.get_seals(number)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise ValueError(f"descriptor {number} is not memory that can be sealed") from None
    if not seals & calls.F_SEAL_SHRINK:
        raise ValueError(
            f"descriptor {number} is memory that others can shrink: it lacks F_SEAL_SHRINK"
        )
    if _kernel.HUGE_PAGES_RUN_OUT and os.fstatvfs(number).f_bsize != os.sysconf("SC_PAGESIZE"):
        raise ValueError(f"descriptor {number} is memory of huge pages, which others can remove")
    return seals


def _check_is_anonymous(number: int, status: os.stat_result) -> None:
    """Raise `ValueError` for a file with a name, or for any file where memory is not a file."""
    if _kernel.SHARED_MEMORY_IS_NO_FILE and stat.S_IFMT(status.st_mode):
        raise ValueError(f"descriptor {number} is a file, not memory")
    if status.st_nlink:
        raise ValueError(f"descriptor {number} is a file with a name, not memory")
