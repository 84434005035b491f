"""A memory barrier across processes. membarrier(2), Linux 4.16.

`barrier()` acts as a full memory barrier in the calling thread and in every running thread of every
process that has called `register()`. So the caller pays the cost for both sides, and the other side
needs no barrier of its own.
"""

from __future__ import annotations

import errno
import os

from interprocess._bindings.libc import ffi, libc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData

#: `barrier` also applies to the other side of a connection, so `fence` does nothing.
BARRIER_IS_REMOTE = True

#: The number of the system call on x86-64, the only processor where we use it.
_SYS_MEMBARRIER = 324
_MEMBARRIER_CMD_QUERY = 0
_MEMBARRIER_CMD_GLOBAL_EXPEDITED = 1 << 1
_MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED = 1 << 2
_NEEDED = _MEMBARRIER_CMD_GLOBAL_EXPEDITED | _MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED

_BARRIER = ffi.cast("long", _MEMBARRIER_CMD_GLOBAL_EXPEDITED)
_ZERO = ffi.cast("long", 0)

#: The ids of registered processes: this process, or the processes that it was forked from.
_registered: list[int] = []


def is_supported() -> bool:
    """Return true if the kernel supports membarrier(2) and no sandbox forbids it."""
    answer: int = libc.syscall(
        _SYS_MEMBARRIER, ffi.cast("long", _MEMBARRIER_CMD_QUERY), _ZERO, _ZERO
    )
    return answer >= 0 and answer & _NEEDED == _NEEDED


def register() -> None:
    """Let barriers of other processes cover this one from now on. Raises `OSError`."""
    if os.getpid() not in _registered:
        _call(ffi.cast("long", _MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED))
        _registered.append(os.getpid())


def barrier() -> None:
    """Execute a barrier in this thread and in all threads of registered processes."""
    if libc.syscall(_SYS_MEMBARRIER, _BARRIER, _ZERO, _ZERO):
        raise OSError(ffi.errno, f"membarrier: {os.strerror(ffi.errno)}")


def fence() -> None:
    """Do nothing: the barrier of the process that is about to sleep applies to this one, too."""


def _call(command: CData) -> None:
    if libc.syscall(_SYS_MEMBARRIER, command, _ZERO, _ZERO):
        number = ffi.errno or errno.ENOSYS
        raise OSError(number, f"membarrier: {os.strerror(number)}")


def _forked_in_child() -> None:
    if _registered:
        del _registered[:]
        register()


os.register_at_fork(after_in_child=_forked_in_child)
