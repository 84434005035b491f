"""One typed Python function for each C function about other processes, as in `_calls`."""

from __future__ import annotations

from interprocess._bindings.kernel32 import constant, ffi, kernel32
from interprocess.os.windows._calls import NewHandle, system_error

PROCESS_DUP_HANDLE = constant("PROCESS_DUP_HANDLE")
PROCESS_QUERY_LIMITED_INFORMATION = constant("PROCESS_QUERY_LIMITED_INFORMATION")
DUPLICATE_CLOSE_SOURCE = constant("DUPLICATE_CLOSE_SOURCE")
DUPLICATE_SAME_ACCESS = constant("DUPLICATE_SAME_ACCESS")


def open_process(pid: int, access: int) -> int:
    """Return a new handle, not inheritable, for the process with an id. OpenProcess function."""
    process = kernel32.OpenProcess(access, False, pid)
    if not process:
        raise system_error(f"OpenProcess, process id {pid}")
    return process


def duplicate_into(handle: int, process: int, access: int | None, inheritable: bool) -> int:
    """Duplicate a handle into another process, with ACCESS or else the same rights.

    Returns its number there. DuplicateHandle function.
    """
    number = ffi.new("intptr_t *")
    if not kernel32.DuplicateHandle(
        kernel32.GetCurrentProcess(),
        handle,
        process,
        number,
        access or 0,
        inheritable,
        DUPLICATE_SAME_ACCESS if access is None else 0,
    ):
        raise system_error("DuplicateHandle")
    return int(number[0])


def duplicate_from(process: int, number: int, owned: list[int]) -> None:
    """Put a duplicate of another process's handle, with the same rights, into a list.

    DuplicateHandle function.
    """
    duplicate = NewHandle()
    ours = kernel32.GetCurrentProcess()
    options = DUPLICATE_SAME_ACCESS
    if not kernel32.DuplicateHandle(process, number, ours, duplicate.memory, 0, False, options):
        raise system_error("DuplicateHandle")
    duplicate.move(owned)


def may_use_several_processors() -> bool:
    """Return true unless this process may run on one processor only.

    GetProcessAffinityMask function.
    """
    masks = ffi.new("uintptr_t[2]")
    if not kernel32.GetProcessAffinityMask(kernel32.GetCurrentProcess(), masks, masks + 1):
        raise system_error("GetProcessAffinityMask")
    # Both are 0 for a process that runs in several groups of processors.
    return bin(masks[0]).count("1") != 1


def take_from(process: int, number: int) -> int:
    """Move a handle from another process into ours, with the same rights.

    DuplicateHandle function, DUPLICATE_CLOSE_SOURCE.
    """
    handle = ffi.new("intptr_t *")
    options = DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE
    ours = kernel32.GetCurrentProcess()
    if not kernel32.DuplicateHandle(process, number, ours, handle, 0, False, options):
        raise system_error("DuplicateHandle")
    return int(handle[0])
