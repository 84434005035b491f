"""The owner of anonymous shared memory on Unix: `Memory` over a descriptor."""

from __future__ import annotations

import sys

from interprocess._interface.passing import MEMORY
from interprocess._interface.shared_memory import MappedMemory
from interprocess.os.unix._descriptor.descriptor import Descriptor
from interprocess.os.unix._descriptor.owners import DescriptorOwner
from interprocess.os.unix._shared_memory import creation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: By default CPython keeps a duplicate descriptor for each mapping, to be able to resize it.
_OPTIONS: dict[str, Any] = {"trackfd": False} if sys.version_info >= (3, 13) else {}


class Memory(MappedMemory, DescriptorOwner):
    __doc__ = MappedMemory.__doc__
    __module__ = "interprocess.shared_memory"

    _passed_as = MEMORY

    def _create(self) -> None:
        self._descriptor = descriptor = _new_descriptor()
        try:
            creation.create(self._size, descriptor)
        except BaseException:
            descriptor.close()
            raise

    def _create_for_readers(self) -> None:
        self._descriptor = memory = _new_descriptor()
        reader = _new_descriptor() if creation.READERS_HAVE_THEIR_OWN else None
        try:
            creation.create_for_readers(self._size, memory, reader)
            self._mappings[False] = self._new_mapping(False)
            creation.leave_to_readers(memory)
            if reader is not None:
                self._descriptor = reader
                memory.close()
        except BaseException:
            memory.close()
            if reader is not None:
                reader.close()
            raise

    @classmethod
    def _adopted(cls, number: int) -> Memory:
        creation.examine(number)
        return cls._owning(Descriptor.adopt(number))

    @classmethod
    def arrived(cls, numbers: list[int]) -> Memory:
        """Return an object that owns the received descriptor in NUMBERS, and empty that list.

        Raises the same errors as `adopt`.
        """
        creation.examine(numbers[0])
        return cls._owning(Descriptor.arrived(numbers))

    @classmethod
    def _owning(cls, descriptor: Descriptor) -> Memory:
        descriptor.nonblocking = True
        memory = cls.__new__(cls)
        memory._size, memory._read_only = creation.examine(descriptor.number)
        memory._mappings = {}
        memory._descriptor = descriptor
        return memory

    def _new_mapping(self, read_only: bool) -> Any:
        return self._descriptor.perform(_mapped, 0, None, self._size, read_only)

    @property
    def closed(self) -> bool:
        """True if the object was closed or detached."""
        return bool(self._descriptor.closing)

    def close(self) -> None:
        """Close the object; closing again does nothing. Views stay valid. close(2)."""
        self._mappings.clear()
        self._descriptor.close()

    def detach(self) -> int:
        """Return the open file descriptor, which the caller must close; this object is closed.

        Views stay valid. Raises `ValueError` after `close()`, and while another thread maps the
        memory.
        """
        number = DescriptorOwner.detach(self)
        self._mappings.clear()
        return number

    def __repr__(self) -> str:
        return f"{DescriptorOwner.__repr__(self)[:-1]} size={self._size}>"


def _new_descriptor() -> Descriptor:
    # mmap(2) raises EAGAIN for too much locked memory. In nonblocking mode, we raise that error
    # instead of waiting.
    return Descriptor(nonblocking=True)


def _mapped(number: int, size: int, read_only: bool) -> Any:
    # Imported here: a process that only passes memory on does not need `mmap`.
    import mmap

    access = mmap.ACCESS_READ if read_only else mmap.ACCESS_WRITE
    return mmap.mmap(number, size, access=access, **_OPTIONS)
