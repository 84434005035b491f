"""Atomic renames: exchanging two files, and renaming without replacing."""

from __future__ import annotations

import errno
import os

from interprocess._bindings.libc import constant, ffi
from interprocess.os.unix import _calls

AT_FDCWD = constant("AT_FDCWD", 0)
#: Kinds of rename, by their Linux names; 0 where the system has none. macOS has its own.
_RENAME_SWAP = constant("RENAME_SWAP", 0)
RENAME_EXCHANGE = constant("RENAME_EXCHANGE", 0) or _RENAME_SWAP
RENAME_NOREPLACE = constant("RENAME_NOREPLACE", 0) or constant("RENAME_EXCL", 0)


class RenameUnsupportedError(Exception):
    """The system, its C library or the file system does not have this kind of rename."""


def rename_exchange(first: bytes, second: bytes) -> None:
    """Swap two files in one step. renameat2(2); macOS renamex_np(2)."""
    _rename_with(RENAME_EXCHANGE, first, second)


def rename_no_replace(old: bytes, new: bytes) -> None:
    """Rename unless NEW exists. renameat2(2); macOS renamex_np(2)."""
    _rename_with(RENAME_NOREPLACE, old, new)


def _rename_with(flag: int, old: bytes, new: bytes) -> None:
    if not flag:
        raise RenameUnsupportedError
    try:
        if _RENAME_SWAP:
            [result] = map(_calls.libc.renamex_np, (old,), (new,), (flag,))  # type: ignore[attr-defined, unused-ignore]  # where faults are injected
        else:
            [result] = map(
                _calls.libc.renameat2,  # type: ignore[attr-defined, unused-ignore]  # Linux
                (AT_FDCWD,),
                (old,),
                (AT_FDCWD,),
                (new,),
                (flag,),
            )
    except AttributeError:
        raise RenameUnsupportedError from None  # An old C library without the function.
    if result < 0:
        number = ffi.errno
        if number in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise RenameUnsupportedError
        # No variable for the error: its traceback would keep the callers' frames alive.
        raise _calls.system_error("rename", number, os.fsdecode(new))
