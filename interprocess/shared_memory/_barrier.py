"""The memory order of the processor, and the barriers that the system offers.

`interprocess.shared_memory._sleeping` explains their purpose. A side that is about to sleep
calls `barrier`. The other side calls `fence` between the store of its index and the load of the
peer's state. If `BARRIER_IS_REMOTE`, a barrier also applies to the other process, and a fence does
nothing.
"""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from interprocess.os.linux._membarrier import (
        BARRIER_IS_REMOTE,
        barrier,
        fence,
        is_supported,
        register,
    )
elif sys.platform == "win32":
    from interprocess.os.windows._memory_barrier import (
        BARRIER_IS_REMOTE,
        barrier,
        fence,
        is_supported,
        register,
    )
else:
    from interprocess.shared_memory._no_barrier import (
        BARRIER_IS_REMOTE,
        barrier,
        fence,
        is_supported,
        register,
    )


def memory_is_ordered() -> bool:
    """Return true if a ring in shared memory works here without barriers between stores.

    This requires a processor that reorders neither two stores nor two loads, and an interpreter
    that stores eight bytes with one instruction. CPython on x86-64 meets both requirements. PyPy's
    views store byte by byte.
    """
    if sys.implementation.name != "cpython" or sys.maxsize < 1 << 32:
        return False
    if sys.platform == "win32":
        # The processor for which Python was built: Windows also runs these programs on Arm, where
        # it keeps the memory order of x86-64.
        return "(AMD64)" in sys.version
    import os

    return os.uname().machine in ("x86_64", "amd64")


__all__ = [
    "BARRIER_IS_REMOTE",
    "barrier",
    "fence",
    "is_supported",
    "memory_is_ordered",
    "register",
]
