"""One typed Python function for each C function: arguments in, result out, error raised.

Nothing else happens here: no retries, no waiting, no policy. Handles are numbers. Errors are
Python's own `OSError` for the code, with `winerror` set. Each docstring ends with the title of the
function's page on Microsoft Learn.
"""

from __future__ import annotations

import sys
from functools import wraps

from interprocess._bindings.kernel32 import constant, ffi, kernel32
from interprocess._interface.octets import not_bytes_like

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess._bindings._types import CData
    from interprocess.os.windows.security_descriptor import BorrowedSecurityDescriptor

NULL = ffi.NULL
_CHARS = ffi.typeof("char[]")
_allocate = ffi.new_allocator(should_clear_after_alloc=False)

ERROR_FILE_NOT_FOUND = constant("ERROR_FILE_NOT_FOUND")
ERROR_ACCESS_DENIED = constant("ERROR_ACCESS_DENIED")
ERROR_HANDLE_EOF = constant("ERROR_HANDLE_EOF")
ERROR_INVALID_PARAMETER = constant("ERROR_INVALID_PARAMETER")
ERROR_BROKEN_PIPE = constant("ERROR_BROKEN_PIPE")
ERROR_SEM_TIMEOUT = constant("ERROR_SEM_TIMEOUT")
ERROR_PIPE_BUSY = constant("ERROR_PIPE_BUSY")
ERROR_NO_DATA = constant("ERROR_NO_DATA")
ERROR_PIPE_NOT_CONNECTED = constant("ERROR_PIPE_NOT_CONNECTED")
ERROR_MORE_DATA = constant("ERROR_MORE_DATA")
ERROR_PIPE_CONNECTED = constant("ERROR_PIPE_CONNECTED")
ERROR_OPERATION_ABORTED = constant("ERROR_OPERATION_ABORTED")
ERROR_IO_PENDING = constant("ERROR_IO_PENDING")
ERROR_NOT_FOUND = constant("ERROR_NOT_FOUND")
WAIT_TIMEOUT = constant("WAIT_TIMEOUT")
WAIT_FAILED = constant("WAIT_FAILED")
INVALID_HANDLE_VALUE = constant("INVALID_HANDLE_VALUE")
STATUS_CANCELLED = constant("STATUS_CANCELLED")
STATUS_PENDING = constant("STATUS_PENDING")
STATUS_BUFFER_OVERFLOW = constant("STATUS_BUFFER_OVERFLOW")
DUPLICATE_SAME_ACCESS = constant("DUPLICATE_SAME_ACCESS")
HANDLE_FLAG_INHERIT = constant("HANDLE_FLAG_INHERIT")
FILE_TYPE_PIPE = constant("FILE_TYPE_PIPE")
THREAD_TERMINATE = constant("THREAD_TERMINATE")


def keeping_last_error(finalizer: Callable[[Any], None]) -> Callable[[Any], None]:
    """Decorate a finalizer, which may run at any moment, even between a call and reading its error.

    GetLastError function, SetLastError function.
    """

    @wraps(finalizer)
    def finalize(owner: Any, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        if is_finalizing():
            return finalizer(owner)  # No code needs it any more, and this module may be gone.
        number = kernel32.GetLastError()
        try:
            return finalizer(owner)
        finally:
            kernel32.SetLastError(number)

    return finalize


def system_error(call: str, filename: str | None = None) -> OSError:
    """Return the exception for the error that the C function CALL has just left behind."""
    number, message = ffi.getwinerror()
    return error_of(number, f"{call}: {message}", filename)


def error_of(number: int, message: str, filename: str | None = None) -> OSError:
    """Return Python's `OSError` for a system error code."""
    return OSError(None, message, filename, number)


def memory(buffer: Any) -> CData:
    """Return BUFFER's memory for reading; the result keeps the buffer from being resized."""
    try:
        return ffi.from_buffer(_CHARS, buffer)
    except TypeError:
        raise not_bytes_like(buffer) from None


def writable_memory(buffer: Any) -> CData:
    """Return BUFFER's memory for writing; raises `BufferError`, `TypeError` if read-only."""
    try:
        return ffi.from_buffer(_CHARS, buffer, True)
    except TypeError:
        raise not_bytes_like(buffer) from None


def new_buffer(size: int) -> CData:
    """Return SIZE bytes of new, uninitialised memory."""
    return _allocate(_CHARS, size)


def copy_of(octets: memoryview) -> CData:
    """Return new memory with the bytes of a view."""
    memory = new_buffer(octets.nbytes)
    ffi.memmove(memory, octets, octets.nbytes)
    return memory


def contents(buffer: CData, count: int) -> bytes:
    """Return the first COUNT bytes of memory from `new_buffer`."""
    return ffi.buffer(buffer, count)[:]  # type: ignore[no-any-return]  # a slice of it is bytes


def wide(text: str) -> CData:
    """Return TEXT in UTF-16 with a trailing NUL, as the system takes it."""
    return ffi.new("wchar_t[]", text)


# Handles


def close_handle(handle: int) -> None:
    """Close a handle. CloseHandle function."""
    if not kernel32.CloseHandle(handle):
        raise system_error("CloseHandle")


def close_handles(handles: list[int]) -> None:
    """Close every handle in a list that no other thread has, and take it out.

    CloseHandle function.
    """
    while handles:
        close = kernel32.CloseHandle
        handle = handles[-1]
        # No signal handler can raise between these two: see `interprocess._interface.lifetime`.
        del handles[-1]
        # The result of a call that failed and was then interrupted is not a handle.
        if handle != INVALID_HANDLE_VALUE and not close(handle):
            raise system_error("CloseHandle")


class NewHandle:
    """A handle that the system has written to memory, until an owner takes it."""

    __slots__ = ("memory",)

    def __init__(self) -> None:
        self.memory = ffi.new("intptr_t *", INVALID_HANDLE_VALUE)

    def move(self, owned: list[int]) -> None:
        """Give the handle to an owner."""
        memory = self.memory
        # No signal handler can raise between these two.
        owned += (memory[0],)
        memory[0] = INVALID_HANDLE_VALUE

    @keeping_last_error
    def __del__(self) -> None:
        # A call that fails may have written 0.
        if self.memory[0] not in (0, INVALID_HANDLE_VALUE):
            close_handles([self.memory[0]])


def duplicate_handle(handle: int, inheritable: bool, owned: list[int]) -> None:
    """Put a duplicate of a handle in this process into a list.

    DuplicateHandle function.
    """
    process = kernel32.GetCurrentProcess()
    duplicate = NewHandle()
    if not kernel32.DuplicateHandle(
        process, handle, process, duplicate.memory, 0, inheritable, DUPLICATE_SAME_ACCESS
    ):
        raise system_error("DuplicateHandle")
    duplicate.move(owned)


def set_inheritable(handle: int, inheritable: bool) -> None:
    """Set whether children inherit a handle. SetHandleInformation function."""
    flag = HANDLE_FLAG_INHERIT
    if not kernel32.SetHandleInformation(handle, flag, flag if inheritable else 0):
        raise system_error("SetHandleInformation")


def is_pipe(handle: int) -> bool:
    """Return true if the handle is for a pipe or socket. Raises `OSError` if it is not open.

    GetFileType function.
    """
    kind = kernel32.GetFileType(handle)
    if kind == 0 and ffi.getwinerror()[0]:
        raise system_error("GetFileType")
    return kind == FILE_TYPE_PIPE


def security_attributes(descriptor: BorrowedSecurityDescriptor | None, inheritable: bool) -> CData:
    """Return a `SECURITY_ATTRIBUTES *`; `None` is the system's default.

    SECURITY_ATTRIBUTES structure.
    """
    attributes = ffi.new("struct SECURITY_ATTRIBUTES *")
    attributes.nLength = ffi.sizeof("struct SECURITY_ATTRIBUTES")
    attributes.bInheritHandle = inheritable
    if descriptor is not None:
        descriptor.write_to_security_attributes(attributes)
    return attributes


# Waiting


def create_event(owned: list[int]) -> None:
    """Put a new, signalled event into a list; beginning an operation resets it.

    CreateEventW function.
    """
    owned += map(kernel32.CreateEventW, (NULL,), (True,), (True,), (NULL,))
    if not owned[-1]:
        del owned[-1]
        raise system_error("CreateEventW")


def wait_for(handle: int, milliseconds: int) -> bool:
    """Wait, and return whether the object was signalled in time. WaitForSingleObject function."""
    result = kernel32.WaitForSingleObject(handle, milliseconds)
    if result == WAIT_FAILED:
        raise system_error("WaitForSingleObject")
    return result != WAIT_TIMEOUT


def wait_for_any(handles: CData, count: int, milliseconds: int) -> int | None:
    """Return the index of the first object signalled, `None` if none is.

    WaitForMultipleObjects function.
    """
    result = kernel32.WaitForMultipleObjects(count, handles, False, milliseconds)
    if result == WAIT_FAILED:
        raise system_error("WaitForMultipleObjects")
    return None if result == WAIT_TIMEOUT else result


def open_this_thread() -> int:
    """Return a handle by which other threads can cancel this thread's wait. OpenThread function."""
    thread = kernel32.OpenThread(THREAD_TERMINATE, False, kernel32.GetCurrentThreadId())
    if not thread:
        raise system_error("OpenThread")
    return thread


# Input and output. Functions that may continue after the call take an `OVERLAPPED *`, and return
# true if they are complete.


def new_overlapped(event: int) -> CData:
    """Return an `OVERLAPPED *` that signals EVENT, but no completion port. OVERLAPPED structure.

    If EVENT is 0, only the port reports the end. The lowest bit, which no handle uses, selects
    this: see the GetQueuedCompletionStatus function.
    """
    overlapped = ffi.new("struct OVERLAPPED *")
    overlapped.hEvent = event and event | 1
    return overlapped


def address_of(overlapped: CData) -> int:
    """Return the number by which a completion port identifies an operation."""
    return int(ffi.cast("uintptr_t", overlapped))


def associate_with_port(handle: int, port: int, key: int) -> None:
    """Let PORT report, with KEY, the ends of operations. CreateIoCompletionPort function.

    This applies to all handles of the same object, permanently.
    """
    if not kernel32.CreateIoCompletionPort(handle, port, key, 0):
        raise system_error("CreateIoCompletionPort")


def read_file(handle: int, buffer: CData, size: int, overlapped: CData) -> bool:
    """Begin to read at most SIZE bytes. ReadFile function."""
    return bool(kernel32.ReadFile(handle, buffer, size, NULL, overlapped)) or _is_pending(
        "ReadFile"
    )


def write_file(handle: int, data: CData, size: int, overlapped: CData) -> bool:
    """Begin to write SIZE bytes. WriteFile function."""
    return bool(kernel32.WriteFile(handle, data, size, NULL, overlapped)) or _is_pending(
        "WriteFile"
    )


def connect_named_pipe(handle: int, overlapped: CData) -> bool:
    """Begin to wait for a client; one may be there already. ConnectNamedPipe function."""
    if kernel32.ConnectNamedPipe(handle, overlapped):
        return True
    if ffi.getwinerror()[0] == ERROR_PIPE_CONNECTED:
        return True
    return _is_pending("ConnectNamedPipe")


def _is_pending(call: str) -> bool:
    """Return `False` if the error means 'not complete yet'; else raise it."""
    number, message = ffi.getwinerror()
    if number == ERROR_IO_PENDING:
        return False
    raise error_of(number, f"{call}: {message}")


def check_result(handle: int, overlapped: CData) -> None:
    """Raise the error of a finished operation, if any. GetOverlappedResult function."""
    count = ffi.new("uint32_t *")
    if not kernel32.GetOverlappedResult(handle, overlapped, count, False):
        raise system_error("GetOverlappedResult")


def cancel(handle: int, overlapped: CData) -> bool:
    """Cancel an operation, and return true if it was in progress. CancelIoEx function."""
    if kernel32.CancelIoEx(handle, overlapped):
        return True
    number, message = ffi.getwinerror()
    if number != ERROR_NOT_FOUND:
        raise error_of(number, f"CancelIoEx: {message}")
    return False


def cancel_thread(thread: int) -> None:
    """Cancel a thread's wait, if it is waiting. CancelSynchronousIo function."""
    if not kernel32.CancelSynchronousIo(thread):
        number, message = ffi.getwinerror()
        if number != ERROR_NOT_FOUND:
            raise error_of(number, f"CancelSynchronousIo: {message}")


def flush_file_buffers(handle: int) -> None:
    """Wait until the other end has read everything. FlushFileBuffers function."""
    if not kernel32.FlushFileBuffers(handle):
        raise system_error("FlushFileBuffers")


def error_number(error: OSError) -> int | None:
    """Return the system error code of an exception, or `None` if it has none."""
    return getattr(error, "winerror", None)
