"""The owner of anonymous shared memory on Windows: `Memory` over a file mapping handle."""

from __future__ import annotations

from interprocess._bindings.kernel32 import ffi
from interprocess._interface.passing import MEMORY
from interprocess._interface.shared_memory import MappedMemory
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import file_mapping as calls
from interprocess.os.windows._calls.pipes import granted_access
from interprocess.os.windows._handle.argument import checked_handle
from interprocess.os.windows._handle.handle import Handle
from interprocess.os.windows._pipe.owners import HandleOwner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, SupportsIndex

    from interprocess._bindings._types import CData

#: Prevents duplicates of a handle from getting more rights than the handle. An unnamed object
#: without a security descriptor allows duplicates with all rights. The entry for the owner (OW)
#: removes the right to change this descriptor, which owners have by default.
_NO_MORE_RIGHTS = "D:P(A;;RC;;;OW)"


class _MemoryHandle(Handle):
    """The handle of a file mapping."""

    __slots__ = ()

    def number(self) -> int:
        """Return the handle's number."""
        return self.value


class Memory(MappedMemory, HandleOwner):
    __doc__ = MappedMemory.__doc__
    __module__ = "interprocess.shared_memory"

    _passed_as = MEMORY
    _handle: _MemoryHandle  # type: ignore[assignment]  # a pipe's in the base class

    def _create(self) -> None:
        self._handle = _MemoryHandle()
        attributes = _calls.security_attributes(None, False)
        self._handle.obtain(calls.create_file_mapping, self._size, attributes)

    def _create_for_readers(self) -> None:
        # Imported here: this import takes longer than all others together.
        from interprocess.os.windows.security_descriptor import SecurityDescriptor

        self._handle = _MemoryHandle()
        descriptor = SecurityDescriptor.from_sddl(_NO_MORE_RIGHTS)
        attributes = _calls.security_attributes(descriptor, False)
        memory = _MemoryHandle()
        try:
            memory.obtain(calls.create_file_mapping, self._size, attributes)
            self._mappings[False] = _mapping(memory.value, False, self._size)
            self._handle.obtain(calls.duplicate_for_reading, memory.value)
        finally:
            memory.close()

    @classmethod
    def _adopted(cls, number: int) -> Memory:
        view, size, read_only = _examine(checked_handle(number))
        _calls.set_inheritable(number, False)
        memory = cls.__new__(cls)
        memory._size, memory._read_only = size, read_only
        memory._mappings = {True: ffi.buffer(view, size)}
        memory._handle = _MemoryHandle(number)
        return memory

    def _new_mapping(self, read_only: bool) -> Any:
        return self._handle.perform(_mapping, read_only, self._size)

    @property
    def closed(self) -> bool:
        """True if the object was closed or detached."""
        return bool(self._handle.closing)

    def close(self) -> None:
        """Close the object; closing again does nothing. Views stay valid. CloseHandle function."""
        self._mappings.clear()
        self._handle.close()

    def detach(self) -> int:
        """Return the open `HANDLE`, which the caller must close; this object is closed.

        Views stay valid. Raises `ValueError` after `close()`, and while another thread maps the
        memory.
        """
        number = HandleOwner.detach(self)
        self._mappings.clear()
        return number

    def __repr__(self) -> str:
        return f"{HandleOwner.__repr__(self)[:-1]} size={self._size}>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        from interprocess.os.windows._pipe.inheritance import reduce_memory

        return reduce_memory(self)


def _mapping(number: int, read_only: bool, size: int) -> Any:
    return ffi.buffer(calls.map_view(number, read_only), size)


def _examine(number: int) -> tuple[CData, int, bool]:
    """Return a read-only view of the memory, its size in bytes, and true if it is read-only.

    Raises `OSError` if the handle cannot be mapped, and `ValueError` if touching the memory could
    fail: if its pages are reserved but not committed, or if it is a file, which may be on a
    network.
    """
    view = calls.map_view(number, True)
    size = calls.committed_size(view)
    if not size:
        raise ValueError(f"handle {number:#x} is not committed memory")
    if calls.is_of_file(view):
        raise ValueError(f"handle {number:#x} is a mapped file, not memory")
    return view, size, not granted_access(number) & calls.FILE_MAP_WRITE
