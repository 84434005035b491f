"""The pipe of a server that only sends, with an end that may query its room."""

from __future__ import annotations

from interprocess._bindings.kernel32 import ntdll, ntdll_ffi
from interprocess.os.windows._calls import INVALID_HANDLE_VALUE, NewHandle, pipes
from interprocess.os.windows._pipe import room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._bindings._types import CData

#: The prefix for the native functions, instead of the four characters before `pipe`.
_PREFIX = "\\??\\"
#: Clients may read but not write: so the server sends.
_FILE_SHARE_READ = 1
_SYNCHRONIZE = 0x00100000
#: The bits of `NamedPipeType`: message type, and rejecting remote clients.
_MESSAGES, _REJECT_REMOTE_CLIENTS = 1, 2
#: The value of `MaximumInstances` for 'unlimited'.
_UNLIMITED = 0xFFFFFFFF
#: The default timeout of clients, in units of 100 ns; negative for a duration.
_DEFAULT_WAIT, _MILLISECOND = -500_000, -10_000


def create_sending_pipe(*arguments: Any) -> None:
    """Do what `create_named_pipe` does, for PIPE_ACCESS_OUTBOUND.

    CreateNamedPipeW does not grant such a server FILE_READ_ATTRIBUTES, without which it cannot
    query the room in the pipe. If that right is unavailable, or useless on this system, the pipe is
    made without it.

    NtCreateNamedPipeFile function, CreateNamedPipeW function.
    """
    if not (room.counted_from() and _create(*arguments)):
        # This raises any error in its usual form.
        pipes.create_named_pipe(*arguments)


def _create(
    path: str,
    open_mode: int,
    pipe_mode: int,
    instance_limit: int,
    output_buffer_size: int,
    input_buffer_size: int,
    default_wait_milliseconds: int,
    security_attributes: CData,
    owned: list[int],
) -> bool:
    """Make the pipe and return true on success."""
    name = (_PREFIX + path[4:].replace("/", "\\")).encode("utf-16-le", "surrogatepass")
    buffer = ntdll_ffi.from_buffer("uint16_t[]", name)
    text = ntdll_ffi.new("struct UNICODE_STRING *", (len(name), len(name), buffer))
    attributes = ntdll_ffi.new("struct OBJECT_ATTRIBUTES *")
    attributes.Length = ntdll_ffi.sizeof("struct OBJECT_ATTRIBUTES")
    attributes.ObjectName = text
    attributes.Attributes = ntdll.OBJ_CASE_INSENSITIVE
    if security_attributes.bInheritHandle:
        attributes.Attributes |= ntdll.OBJ_INHERIT
    attributes.SecurityDescriptor = security_attributes.lpSecurityDescriptor
    has_messages = bool(pipe_mode & pipes.PIPE_TYPE_MESSAGE)
    refuses_remote = bool(pipe_mode & pipes.PIPE_REJECT_REMOTE_CLIENTS)
    wait = default_wait_milliseconds * _MILLISECOND or _DEFAULT_WAIT
    handle = NewHandle()
    is_first = open_mode & pipes.FILE_FLAG_FIRST_PIPE_INSTANCE
    status = ntdll.NtCreateNamedPipeFile(
        handle.memory,
        _SYNCHRONIZE
        | pipes.GENERIC_WRITE
        | pipes.FILE_READ_ATTRIBUTES
        | open_mode & pipes.WRITE_DAC,
        attributes,
        ntdll_ffi.new("struct IO_STATUS_BLOCK *"),
        _FILE_SHARE_READ,
        ntdll.FILE_CREATE if is_first else ntdll.FILE_OPEN_IF,
        ntdll.FILE_WRITE_THROUGH if open_mode & pipes.FILE_FLAG_WRITE_THROUGH else 0,
        has_messages * _MESSAGES | refuses_remote * _REJECT_REMOTE_CLIENTS,
        0,  # Inbound quota: it reads nothing.
        0,  # Blocking mode.
        instance_limit if instance_limit < pipes.UNLIMITED_INSTANCES else _UNLIMITED,
        input_buffer_size,
        output_buffer_size,
        ntdll_ffi.new("int64_t *", wait),
    )
    if status < 0:
        handle.memory[0] = INVALID_HANDLE_VALUE  # Some systems write an invalid handle.
        return False
    handle.move(owned)
    return True
