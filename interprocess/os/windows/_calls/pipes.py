"""The C functions of named pipes, as in `_calls`.

Each docstring ends with the title of the function's page on Microsoft Learn.
"""

from __future__ import annotations

from interprocess._bindings.kernel32 import constant, ffi, kernel32, ntdll, ntdll_ffi
from interprocess.os.windows._calls import INVALID_HANDLE_VALUE, NULL, system_error, wide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from interprocess._bindings._types import CData

GENERIC_READ = constant("GENERIC_READ")
GENERIC_WRITE = constant("GENERIC_WRITE")
WRITE_DAC = constant("WRITE_DAC")
FILE_READ_DATA = constant("FILE_READ_DATA")
FILE_WRITE_DATA = constant("FILE_WRITE_DATA")
FILE_READ_ATTRIBUTES = constant("FILE_READ_ATTRIBUTES")
FILE_WRITE_ATTRIBUTES = constant("FILE_WRITE_ATTRIBUTES")
OPEN_EXISTING = constant("OPEN_EXISTING")
FILE_FLAG_OVERLAPPED = constant("FILE_FLAG_OVERLAPPED")
FILE_FLAG_WRITE_THROUGH = constant("FILE_FLAG_WRITE_THROUGH")
FILE_FLAG_FIRST_PIPE_INSTANCE = constant("FILE_FLAG_FIRST_PIPE_INSTANCE")
SECURITY_SQOS_PRESENT = constant("SECURITY_SQOS_PRESENT")
SECURITY_IDENTIFICATION = constant("SECURITY_IDENTIFICATION")
SECURITY_IMPERSONATION = constant("SECURITY_IMPERSONATION")
PIPE_TYPE_MESSAGE = constant("PIPE_TYPE_MESSAGE")
PIPE_READMODE_MESSAGE = constant("PIPE_READMODE_MESSAGE")
PIPE_REJECT_REMOTE_CLIENTS = constant("PIPE_REJECT_REMOTE_CLIENTS")
PIPE_SERVER_END = constant("PIPE_SERVER_END")

#: The value of `nMaxInstances` for 'unlimited'.
UNLIMITED_INSTANCES = 255

#: The `NamedPipeState` of an end that no client has opened, and of one whose peer has left.
#: FILE_PIPE_LOCAL_INFORMATION structure
FILE_PIPE_LISTENING_STATE = 2
FILE_PIPE_CLOSING_STATE = 4

_SYNCHRONOUS = constant("FILE_SYNCHRONOUS_IO_ALERT") | constant("FILE_SYNCHRONOUS_IO_NONALERT")


def create_named_pipe(
    path: str,
    open_mode: int,
    pipe_mode: int,
    instance_limit: int,
    output_buffer_size: int,
    input_buffer_size: int,
    default_wait_milliseconds: int,
    security_attributes: CData,
    owned: list[int],
) -> None:
    """Put the handle of a new pipe, or a new instance, into a list. CreateNamedPipeW function."""
    arguments = (
        wide(path),
        open_mode,
        pipe_mode,
        instance_limit,
        output_buffer_size,
        input_buffer_size,
        default_wait_milliseconds,
        security_attributes,
    )
    # Stored by C, before a signal handler can run.
    owned += map(kernel32.CreateNamedPipeW, *zip(arguments))
    if owned[-1] == INVALID_HANDLE_VALUE:
        del owned[-1]
        raise system_error("CreateNamedPipeW", path)


def open_pipe(path: str, access: int, flags: int, owned: list[int]) -> None:
    """Open a free instance of a pipe as its client, into a list. CreateFileW function."""
    arguments = (wide(path), access, 0, NULL, OPEN_EXISTING, flags, 0)
    owned += map(kernel32.CreateFileW, *zip(arguments))
    if owned[-1] == INVALID_HANDLE_VALUE:
        del owned[-1]
        raise system_error("CreateFileW", path)


def wait_named_pipe(path: str, milliseconds: int) -> None:
    """Wait until an instance of a pipe is free for a client. WaitNamedPipeW function."""
    if not kernel32.WaitNamedPipeW(wide(path), milliseconds):
        raise system_error("WaitNamedPipeW", path)


def disconnect_named_pipe(handle: int) -> None:
    """Disconnect the client, discarding unread data. DisconnectNamedPipe function."""
    if not kernel32.DisconnectNamedPipe(handle):
        raise system_error("DisconnectNamedPipe")


def peek_named_pipe(handle: int) -> tuple[int, int]:
    """Return the number of bytes that can be read, and how many are left of this message.

    PeekNamedPipe function.
    """
    counts = ffi.new("uint32_t[2]")
    if not kernel32.PeekNamedPipe(handle, NULL, 0, NULL, counts, counts + 1):
        raise system_error("PeekNamedPipe")
    return counts[0], counts[1]


def named_pipe_info(handle: int) -> tuple[int, int, int, int]:
    """Return flags, output and input buffer size, instance limit. GetNamedPipeInfo function."""
    fields = ffi.new("uint32_t[4]")
    if not kernel32.GetNamedPipeInfo(handle, fields, fields + 1, fields + 2, fields + 3):
        raise system_error("GetNamedPipeInfo")
    return fields[0], fields[1], fields[2], fields[3]


def pipe_information(handle: int) -> CData:
    """Return the `FILE_PIPE_LOCAL_INFORMATION *` of one end. NtQueryInformationFile function."""
    information = ntdll_ffi.new("struct FILE_PIPE_LOCAL_INFORMATION *")
    size = ntdll_ffi.sizeof("struct FILE_PIPE_LOCAL_INFORMATION")
    _query_file(handle, ntdll.FilePipeLocalInformation, information, size)
    return information


def named_pipe_state(handle: int) -> int:
    """Return the `PIPE_READMODE_…` and `PIPE_NOWAIT` of one end.

    GetNamedPipeHandleStateW function.
    """
    state = ffi.new("uint32_t *")
    if not kernel32.GetNamedPipeHandleStateW(handle, state, NULL, NULL, NULL, NULL, 0):
        raise system_error("GetNamedPipeHandleStateW")
    return state[0]  # type: ignore[no-any-return]  # the elements of uint32_t[] are numbers


def set_named_pipe_state(handle: int, state: int) -> None:
    """Set the `PIPE_READMODE_…` of one end. SetNamedPipeHandleState function."""
    if not kernel32.SetNamedPipeHandleState(handle, ffi.new("uint32_t *", state), NULL, NULL):
        raise system_error("SetNamedPipeHandleState")


def client_process_id(handle: int) -> int:
    """Return the client's process. GetNamedPipeClientProcessId function."""
    return _identifier(kernel32.GetNamedPipeClientProcessId, handle)


def server_process_id(handle: int) -> int:
    """Return the server's process. GetNamedPipeServerProcessId function."""
    return _identifier(kernel32.GetNamedPipeServerProcessId, handle)


def client_session_id(handle: int) -> int:
    """Return the session of the client's process. GetNamedPipeClientSessionId function."""
    return _identifier(kernel32.GetNamedPipeClientSessionId, handle)


def server_session_id(handle: int) -> int:
    """Return the session of the server's process. GetNamedPipeServerSessionId function."""
    return _identifier(kernel32.GetNamedPipeServerSessionId, handle)


def _identifier(function: Callable[[int, CData], int], handle: int) -> int:
    identifier = ffi.new("uint32_t *")
    if not function(handle, identifier):
        raise system_error("GetNamedPipe…Id")
    return identifier[0]  # type: ignore[no-any-return]  # the elements of uint32_t[] are numbers


def is_overlapped(handle: int) -> bool:
    """Return true for handles with FILE_FLAG_OVERLAPPED. NtQueryInformationFile function."""
    mode = ntdll_ffi.new("uint32_t *")
    _query_file(handle, ntdll.FileModeInformation, mode, 4)
    return not mode[0] & _SYNCHRONOUS


def pipe_name(handle: int) -> str:
    """Return the name of a pipe, without its prefix. NtQueryInformationFile function."""
    information = ntdll_ffi.new("struct FILE_NAME_INFORMATION *")
    size = ntdll_ffi.sizeof("struct FILE_NAME_INFORMATION")
    _query_file(handle, ntdll.FileNameInformation, information, size)
    name = ntdll_ffi.buffer(information.FileName, information.FileNameLength)[:]
    return str(name, "utf-16-le", "surrogatepass").lstrip("\\")


def _query_file(handle: int, information_class: int, information: CData, size: int) -> None:
    status = ntdll_ffi.new("struct IO_STATUS_BLOCK *")
    result = ntdll.NtQueryInformationFile(handle, status, information, size, information_class)
    if result < 0:
        raise OSError(f"NtQueryInformationFile: status {result & 0xFFFFFFFF:#x}")


def granted_access(handle: int) -> int:
    """Return the access rights of a handle. NtQueryObject function."""
    return _query_object(handle).GrantedAccess  # type: ignore[no-any-return]  # the fields are numbers


def handle_count(handle: int) -> int:
    """Return the number of an object's handles in all processes. NtQueryObject function."""
    return _query_object(handle).HandleCount  # type: ignore[no-any-return]  # the fields are numbers


def _query_object(handle: int) -> CData:
    information = ntdll_ffi.new("struct PUBLIC_OBJECT_BASIC_INFORMATION *")
    size = ntdll_ffi.sizeof("struct PUBLIC_OBJECT_BASIC_INFORMATION")
    result = ntdll.NtQueryObject(
        handle, ntdll.ObjectBasicInformation, information, size, ntdll_ffi.NULL
    )
    if result < 0:
        raise OSError(f"NtQueryObject: status {result & 0xFFFFFFFF:#x}")
    return information
