"""One typed Python function for each C function about shared memory, as in `_calls`."""

from __future__ import annotations

from interprocess._bindings.kernel32 import constant, ffi, kernel32
from interprocess.os.windows._calls import (
    INVALID_HANDLE_VALUE,
    NULL,
    NewHandle,
    keeping_last_error,
    system_error,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData

FILE_MAP_READ = constant("FILE_MAP_READ")
FILE_MAP_WRITE = constant("FILE_MAP_WRITE")
SECTION_QUERY = constant("SECTION_QUERY")
_PAGE_READWRITE = constant("PAGE_READWRITE")
_MEM_COMMIT = constant("MEM_COMMIT")
_MEM_MAPPED = constant("MEM_MAPPED")
_LONGEST_NAME = 32768


def create_file_mapping(size: int, attributes: CData, owned: list[int]) -> None:
    """Put new memory without a name into a list. CreateFileMappingW function."""
    create = kernel32.CreateFileMappingW
    owned += map(
        create,
        (INVALID_HANDLE_VALUE,),
        (attributes,),
        (_PAGE_READWRITE,),
        (size >> 32,),
        (size & 0xFFFFFFFF,),
        (NULL,),
    )
    if not owned[-1]:
        del owned[-1]
        raise system_error("CreateFileMappingW")


def duplicate_for_reading(handle: int, owned: list[int]) -> None:
    """Put another handle of memory into a list, a read-only one.

    DuplicateHandle function.
    """
    process = kernel32.GetCurrentProcess()
    duplicate = NewHandle()
    rights = FILE_MAP_READ | SECTION_QUERY
    if not kernel32.DuplicateHandle(process, handle, process, duplicate.memory, rights, False, 0):
        raise system_error("DuplicateHandle")
    duplicate.move(owned)


def map_view(handle: int, read_only: bool) -> CData:
    """Map the whole memory, until the result is deleted. MapViewOfFile function."""
    access = FILE_MAP_READ if read_only else FILE_MAP_READ | FILE_MAP_WRITE
    addresses = map(kernel32.MapViewOfFile, (handle,), (access,), (0,), (0,), (0,))
    # No signal handler can raise between the two calls.
    [view] = map(ffi.gc, addresses, (_unmap,))
    if view == NULL:
        raise system_error("MapViewOfFile")
    return view


@keeping_last_error
def _unmap(address: CData) -> None:
    """Unmap a view, unless it is NULL. UnmapViewOfFile function."""
    if address != NULL:
        kernel32.UnmapViewOfFile(address)


def committed_size(view: CData) -> int:
    """Return the number of bytes at the beginning of a view that are, and stay, committed.

    0 for the image of a program. VirtualQuery function.
    """
    information = ffi.new("struct MEMORY_BASIC_INFORMATION *")
    size = ffi.sizeof("struct MEMORY_BASIC_INFORMATION")
    if not kernel32.VirtualQuery(view, information, size):
        raise system_error("VirtualQuery")
    is_memory = information.State == _MEM_COMMIT and information.Type == _MEM_MAPPED
    return int(information.RegionSize) if is_memory else 0


def is_of_file(view: CData) -> bool:
    """Whether a view maps a file. GetMappedFileNameW function."""
    name = ffi.new("wchar_t[]", _LONGEST_NAME)
    process = kernel32.GetCurrentProcess()
    return bool(kernel32.K32GetMappedFileNameW(process, view, name, _LONGEST_NAME))
