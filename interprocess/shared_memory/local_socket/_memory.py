"""Prepare this process for rings, and check memory that a peer offers."""

from __future__ import annotations

from interprocess.shared_memory import Memory
from interprocess.shared_memory._barrier import is_supported, memory_is_ordered, register
from interprocess.shared_memory.local_socket import _layout


def prepare() -> bool:
    """Prepare this process for rings; return `False` if it does not support them."""
    if not memory_is_ordered() or not is_supported():
        return False
    try:
        register()
    except OSError:
        return False
    return True


def checked(memory: Memory, size: int) -> memoryview:
    """Return a view of offered MEMORY, which is closed.

    Raises `ConnectionAbortedError` unless it has SIZE bytes and can be written.
    """
    with memory:
        if memory.size != size:
            raise _layout.refused(f"its memory has {memory.size} bytes, and should have {size}")
        if memory.read_only:
            raise _layout.refused("its memory cannot be written")
        return memory.map()
