"""Shared memory for rings: whether there may be any here, new memory, and what a peer offers."""

from __future__ import annotations

from interprocess.shared_memory import Memory
from interprocess.shared_memory._barrier import is_supported, memory_is_ordered, register
from interprocess.shared_memory.local_socket import _layout


def prepare() -> bool:
    """Get this process ready for rings; return whether it can be."""
    if not memory_is_ordered() or not is_supported():
        return False
    try:
        register()
    except OSError:
        return False
    return True


def adopted_memory(numbers: list[int], size: int) -> memoryview:
    """Return a view of memory of SIZE bytes, whose descriptor is the first in a list.

    It is taken out, unless the memory is refused. Raises `ConnectionAbortedError`.
    """
    try:
        memory = Memory.adopt(numbers[0])
    except ValueError as error:
        raise _layout.refused(str(error)) from None
    with memory:
        del numbers[0]
        if memory.size != size or memory.read_only:
            raise _layout.refused(f"its memory has {memory.size} bytes, and should have {size}")
        return memory.map()
