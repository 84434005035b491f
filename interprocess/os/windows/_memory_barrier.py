"""A memory barrier for the calling processor. InterlockedPushEntrySList function.

Windows has no barrier that reaches the threads of other processes: FlushProcessWriteBuffers stops
at the caller's own. So both sides of a connection execute a barrier, each for itself. C compilers
have the processor's instructions for that built in, so Windows does not export them. It does export
InterlockedPushEntrySList, and like all interlocked functions that is a full barrier: see
"Synchronization and Multiprocessor Issues" on Microsoft Learn. On x86-64, it is a locked
compare-and-exchange.
"""

from __future__ import annotations

from interprocess._bindings.kernel32 import ffi, kernel32

#: `barrier` applies only to the caller, so the other side has to call `fence`.
BARRIER_IS_REMOTE = False

_new = ffi.new_allocator()
#: The list's head and its entry, in 16-byte units: both have to be aligned to 16 bytes.
_memory = _new("char[]", 3 * 16)
_start = int(ffi.cast("uintptr_t", _memory))
_head = _memory + (-_start % 16)
_entry = _head + 16


def is_supported() -> bool:
    """Return true."""
    return True


def register() -> None:
    """Do nothing: barriers of other processes do not reach this one."""


def barrier() -> None:
    """Execute a full memory barrier in this thread."""
    # Always the same entry, which then refers to itself. The list is never read.
    kernel32.InterlockedPushEntrySList(_head, _entry)


fence = barrier

__all__ = ["BARRIER_IS_REMOTE", "barrier", "fence", "is_supported", "register"]
