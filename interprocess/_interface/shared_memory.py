"""The common part of both shared memory backends."""

from __future__ import annotations

import errno
import sys

from interprocess._interface.byte_stream import closed_error
from interprocess._interface.options import check_bool
from interprocess._interface.sizes import checked_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, TypeVar

    MemoryType = TypeVar("MemoryType", bound="MappedMemory")


class MappedMemory:
    """Anonymous memory that several processes can map. Each process sees the others' writes.

        with Memory(1_000_000) as memory:
            view = memory.map()
            view[:5] = b"hello"
            send_memory(stream, memory)

    `Memory(size)` creates SIZE bytes of memory, rounded up to whole pages and filled with zeros. It
    has no name. The system frees it when the last process that uses it closes it or ends, even if
    that process is killed. Only forked child processes inherit it, with its views.

    With `single_writer=True`, only this object can write the memory, through its `map()`, in this
    process and in processes forked from it. Every other process that receives the memory can only
    read it, permanently; `fileno()` or `handle` is read-only too. Raises `UnsupportedError` on
    systems without this feature (FreeBSD, Linux before 5.1): see the capability
    `shared_memory_single_writer`.

    Raises `ValueError` for a size below 1, and `OSError` if the system is out of descriptors or
    cannot provide that much memory.

    Linux, FreeBSD: memfd_create(2), sealed with F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_SEAL, and for
    a single writer also F_SEAL_FUTURE_WRITE. Other Unix: shm_open(3), immediately followed by
    shm_unlink(3); for a single writer, with a second descriptor. Windows: CreateFileMappingW
    function.
    """

    _size: int
    _read_only: bool
    #: The mappings: a writable one for `False`, a read-only one for `True`. Each is created on
    #: first use and supports the buffer protocol. `close` drops it; the views keep it alive.
    _mappings: dict[bool, Any]

    def __init__(self, size: int, *, single_writer: bool = False) -> None:
        check_bool("single_writer", single_writer)
        self._mappings = {}
        self._read_only = False
        self._size = _whole_pages(size)
        if single_writer:
            self._create_for_readers()
        else:
            self._create()

    def _create(self) -> None:
        """Create and own memory that every receiving process can write."""
        raise NotImplementedError

    def _create_for_readers(self) -> None:
        """Create and own memory, map it for writing, and prevent any other writable mapping."""
        raise NotImplementedError

    @classmethod
    def adopt(cls: type[MemoryType], number: int) -> MemoryType:
        """Return an object that owns the memory of an existing descriptor or `HANDLE`.

        Raises `ValueError` for anything but anonymous memory, and for memory that another process
        could shrink while it is mapped here, since touching the missing part would end this
        process: on Linux and FreeBSD the memory must have the seal F_SEAL_SHRINK, on Windows it
        must be committed. On some other systems, every process that can write the memory can also
        shrink it. Adopt and receive memory only from trusted processes there; these systems lack
        the capability `shared_memory_keeps_size`. Raises `OSError` if the descriptor is not open or
        cannot be mapped. After an error, the caller still owns the descriptor.

        Unix: fcntl(2), fstat(2). Windows: MapViewOfFile function, VirtualQuery function.
        """
        return cls._adopted(number)

    @classmethod
    def _adopted(cls: type[MemoryType], number: int) -> MemoryType:
        raise NotImplementedError

    @property
    def size(self) -> int:
        """The size in bytes: the requested size, rounded up to whole pages. It never changes."""
        return self._size

    @property
    def read_only(self) -> bool:
        """True if this object can map the memory only for reading."""
        return self._read_only

    def map(self, *, read_only: bool = False) -> memoryview:
        """Return a view of the whole memory, as single bytes.

        All writable views of one object share one mapping, and all read-only views another, so only
        the first call of each kind makes a system call. The memory stays mapped until the object is
        closed and the last view is released: by `memoryview.release`, at the end of a `with` block
        over the view, or by the garbage collector. So views stay valid after `close`, and closing
        never raises `BufferError`.

        The system allocates a page when a process first touches it. If the system has run out of
        memory by then, it kills a process.

        Raises `PermissionError` if the memory is `read_only` and READ_ONLY is false, `OSError`
        (`ENOMEM`) if the address space is full, and `ValueError` after `close`.

        Unix: mmap(2), MAP_SHARED. Windows: MapViewOfFile function.
        """
        check_bool("read_only", read_only)
        self._check_open()
        if self._read_only and not read_only:
            raise PermissionError(
                errno.EACCES, "this memory is read-only: map(read_only=True) maps it"
            )
        mapping = self._mappings.get(read_only)
        if mapping is None:
            mapping = self._mappings.setdefault(read_only, self._new_mapping(read_only))
        view = memoryview(mapping)
        return view.toreadonly() if read_only else view

    def _new_mapping(self, read_only: bool) -> Any:
        raise NotImplementedError

    @property
    def closed(self) -> bool:
        """True if the object was closed or detached."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the object; closing again does nothing. Views stay valid."""
        raise NotImplementedError

    def _check_open(self) -> None:
        if self.closed:
            raise closed_error(self)

    def __enter__(self: MemoryType) -> MemoryType:
        self._check_open()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _whole_pages(size: int) -> int:
    """Return SIZE rounded up to whole pages.

    Raises `TypeError` or `ValueError` if SIZE is invalid.
    """
    from mmap import PAGESIZE

    return -(-checked_number("size", size, 1, sys.maxsize - PAGESIZE) // PAGESIZE) * PAGESIZE
