"""Whether the processor keeps accesses to memory in order, and which barrier the system has."""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from interprocess.os.linux._membarrier import barrier, is_supported, register
else:

    def is_supported() -> bool:
        """Whether the system has a barrier that is one for another process too."""
        return False

    def register() -> None:
        """Have barriers of other processes be ours too."""
        raise NotImplementedError

    def barrier() -> None:
        """Make a barrier for this process and for those that are registered."""
        raise NotImplementedError


def memory_is_ordered() -> bool:
    """Whether two stores, and two loads, are seen by others in the order of the program.

    And whether the interpreter stores eight bytes with one instruction. CPython does on x86-64.
    PyPy's views store byte by byte.
    """
    if sys.platform == "win32" or sys.implementation.name != "cpython" or sys.maxsize < 1 << 32:
        return False
    import os

    return os.uname().machine in ("x86_64", "amd64")


__all__ = ["barrier", "is_supported", "memory_is_ordered", "register"]
