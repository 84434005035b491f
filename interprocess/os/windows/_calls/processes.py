"""One typed Python function for each C function about other processes, as in `_calls`."""

from __future__ import annotations

from interprocess._bindings.kernel32 import constant, ffi, kernel32
from interprocess.os.windows._calls import system_error

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
