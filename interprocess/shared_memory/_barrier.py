"""The memory order of the processor, and the barrier that the system offers."""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from interprocess.os.linux._membarrier import barrier, is_supported, register
else:

    def is_supported() -> bool:
        """Return true if the system has a memory barrier across processes."""
        return False

    def register() -> None:
        """Let barriers of other processes cover this one."""
        raise NotImplementedError

    def barrier() -> None:
        """Execute a barrier in this process and in all registered processes."""
        raise NotImplementedError


def memory_is_ordered() -> bool:
    """Return true if a ring in shared memory works here without barriers on its fast path.

    This requires a processor that reorders neither two stores nor two loads, and an interpreter
    that stores eight bytes with one instruction. CPython on x86-64 meets both requirements. PyPy's
    views store byte by byte.
    """
    if sys.platform == "win32" or sys.implementation.name != "cpython" or sys.maxsize < 1 << 32:
        return False
    import os

    return os.uname().machine in ("x86_64", "amd64")


__all__ = ["barrier", "is_supported", "memory_is_ordered", "register"]
