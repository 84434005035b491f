"""Making named pipes, connecting to them, pairs of connected ends, adopting handles."""

from __future__ import annotations

import errno
import os
from math import ceil
from time import monotonic, sleep

from interprocess._interface.timeouts import deadline_after
from interprocess.errors import UnsupportedError
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._handle.argument import checked_handle
from interprocess.os.windows._handle.operation import SLICE_MILLISECONDS
from interprocess.os.windows._pipe.default_security import default_descriptor
from interprocess.os.windows._pipe.end import PipeHandle
from interprocess.os.windows._pipe.origin import Origin
from interprocess.os.windows._pipe.path import LOCAL_PREFIX, is_local
from interprocess.os.windows._pipe.sending import create_sending_pipe
from interprocess.os.windows._pipe.state import has_messages, is_server_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from interprocess._interface.options import ConnectWaitMode
    from interprocess.os.windows.security_descriptor import BorrowedSecurityDescriptor

    Client = TypeVar("Client", bound=PipeHandle)

#: The default size of a pipe's buffer for each direction, in bytes.
DEFAULT_BUFFER_SIZE = 65536

#: The `dwOpenMode` of an end that receives (PIPE_ACCESS_INBOUND), sends (PIPE_ACCESS_OUTBOUND), or
#: both.
RECEIVES = 1
SENDS = 2

ALL_IN_USE = "all instances of the pipe are in use"

#: Seconds for which a busy pipe may not exist while its server prepares for the next client.
GAP_SECONDS = 0.2

#: In seconds: a wait for an instance that was shorter than the first failed at once; pause for the
#: second then.
_LEAST_WAIT, _PAUSE = 0.001, 0.01

UNLIMITED_INSTANCES = pipes.UNLIMITED_INSTANCES


def create_instance(
    path: str,
    directions: int,
    owned: list[int],
    *,
    first: bool,
    messages: bool = False,
    receives_messages: bool = False,
    instance_limit: int = UNLIMITED_INSTANCES,
    write_through: bool = False,
    accept_remote: bool = False,
    input_buffer_size: int = DEFAULT_BUFFER_SIZE,
    output_buffer_size: int = DEFAULT_BUFFER_SIZE,
    default_wait_milliseconds: int = 0,
    security_descriptor: BorrowedSecurityDescriptor | None = None,
    write_dac: bool = False,
    inheritable: bool = False,
) -> None:
    """Put the handle of a new instance of the pipe PATH, for its server, into a list.

    CreateNamedPipeW function; NtCreateNamedPipeFile function for one that only sends.

    FIRST makes sure that no other program already has a pipe of that name and would get our
    clients. All instances share the security descriptor of the first: Windows may refuse an
    instance with its own.
    """
    if first and security_descriptor is None:
        security_descriptor = default_descriptor()
    open_mode = directions | pipes.FILE_FLAG_OVERLAPPED
    if first:
        open_mode |= pipes.FILE_FLAG_FIRST_PIPE_INSTANCE
    if write_through:
        open_mode |= pipes.FILE_FLAG_WRITE_THROUGH
    if write_dac:
        open_mode |= pipes.WRITE_DAC
    pipe_mode = 0 if accept_remote else pipes.PIPE_REJECT_REMOTE_CLIENTS
    if messages:
        pipe_mode |= pipes.PIPE_TYPE_MESSAGE
    if receives_messages:
        pipe_mode |= pipes.PIPE_READMODE_MESSAGE
    create = pipes.create_named_pipe if directions & RECEIVES else create_sending_pipe
    create(
        path,
        open_mode,
        pipe_mode,
        instance_limit,
        output_buffer_size,
        input_buffer_size,
        default_wait_milliseconds,
        _calls.security_attributes(security_descriptor if first else None, inheritable),
        owned,
    )


def connect(
    path: str,
    directions: int,
    wait_mode: ConnectWaitMode,
    *,
    messages: bool = False,
    receives_messages: bool = False,
    allow_impersonation: bool = False,
    current_user_only: bool = False,
) -> PipeHandle:
    """Return the client's end of the pipe PATH, waiting for it as WAIT_MODE says.

    MESSAGES requires a pipe in message mode; RECEIVES_MESSAGES means that we receive messages;
    CURRENT_USER_ONLY requires that the pipe belongs to the same user or the administrators.
    """
    handle = PipeHandle(origin=client_origin(path))
    access = client_access(directions, receives_messages)
    _open_when_free(handle, path, access, client_flags(allow_impersonation), wait_mode)
    return set_up_client(handle, path, messages, receives_messages, current_user_only)


def client_origin(path: str) -> Origin:
    """Return the origin of a client's end of the pipe PATH."""
    return Origin(is_server=False, unread=0, is_remote=not is_local(path))


def set_up_client(
    handle: Client,
    path: str,
    messages: bool,
    receives_messages: bool,
    current_user_only: bool = False,
) -> Client:
    """Check that the right pipe was opened, set it up as for `connect`, and return it."""
    try:
        handle.perform(_set_up_client, path, messages, receives_messages)
        if current_user_only:
            # Imported here, since most programs never need it.
            from interprocess.os.windows._pipe.same_user import check_server

            handle.perform(check_server, path)
    except BaseException:
        handle.close()
        raise
    return handle


def _set_up_client(handle: int, path: str, messages: bool, receives_messages: bool) -> None:
    # The path may refer to a file or a device.
    if not _calls.is_pipe(handle):
        raise OSError(errno.EINVAL, "not a pipe", path)
    if messages and not has_messages(handle):
        raise UnsupportedError(errno.EOPNOTSUPP, "the pipe is not in message mode", path)
    if receives_messages:
        set_read_mode(handle, messages=True)


def _open_when_free(
    handle: PipeHandle, path: str, access: int, flags: int, wait_mode: ConnectWaitMode
) -> None:
    """Let HANDLE own a client's end, once there is a free instance."""
    deadline = deadline_after(wait_mode.seconds)
    gone_at: float | None = None
    while True:
        try:
            return handle.obtain(pipes.open_pipe, path, access, flags)
        except FileNotFoundError:
            # A server at its instance limit has none between one client and the next.
            now = monotonic()
            if gone_at is None or now >= gone_at or (deadline is not None and now >= deadline):
                raise
            sleep(GAP_SECONDS / 10)
            continue
        except OSError as error:
            if _calls.error_number(error) != _calls.ERROR_PIPE_BUSY:
                raise
        if wait_mode.kind == "deferred":
            raise BlockingIOError(errno.EAGAIN, ALL_IN_USE, path)
        _wait_for_free_instance(path, deadline)
        gone_at = monotonic() + GAP_SECONDS


def client_access(directions: int, receives_messages: bool = False) -> int:
    """Return the access rights that a client needs."""
    access = 0
    if directions & RECEIVES:
        access |= pipes.GENERIC_READ
    if receives_messages:
        # To set the read mode.
        access |= pipes.FILE_WRITE_ATTRIBUTES
    if directions & SENDS:
        # A client that only sends must be allowed to query the pipe too.
        access |= pipes.GENERIC_WRITE | pipes.FILE_READ_ATTRIBUTES
    return access


def client_flags(allow_impersonation: bool = False) -> int:
    """Return the flags for a client.

    By default Windows lets the server impersonate its client; these flags restrict that.
    """
    flags = pipes.FILE_FLAG_OVERLAPPED | pipes.SECURITY_SQOS_PRESENT
    if allow_impersonation:
        return flags | pipes.SECURITY_IMPERSONATION
    return flags | pipes.SECURITY_IDENTIFICATION


def _wait_for_free_instance(path: str, deadline: float | None) -> None:
    """Return when trying again may help.

    WaitNamedPipeW cannot be cancelled, so it is called in slices.
    """
    milliseconds = SLICE_MILLISECONDS
    if deadline is not None:
        left = deadline - monotonic()
        if left <= 0:
            raise TimeoutError(errno.ETIMEDOUT, ALL_IN_USE, path)
        # 0 would mean the server's default timeout.
        milliseconds = max(1, min(milliseconds, ceil(left * 1000)))
    began = monotonic()
    try:
        pipes.wait_named_pipe(path, milliseconds)
    except OSError:
        # Opening the pipe raises any real error. In containers, this may always fail at once.
        if monotonic() - began < _LEAST_WAIT:
            sleep(min(milliseconds / 1000, _PAUSE))


def connected_pair(
    server_directions: int,
    *,
    buffer_size: int = DEFAULT_BUFFER_SIZE,
    other_buffer_size: int | None = None,
    security_descriptor: BorrowedSecurityDescriptor | None = None,
    inheritable: bool = False,
) -> tuple[PipeHandle, PipeHandle]:
    """Return the two ends of a new pipe, the server's first.

    BUFFER_SIZE is for data that the server receives, OTHER_BUFFER_SIZE for data that it sends; by
    default the same.

    The pipe has a random name and a single instance, which our own client takes: if another process
    guesses the name and is faster, this fails, and that process learns nothing. CreatePipe cannot
    make ends with FILE_FLAG_OVERLAPPED.
    """
    path = f"{LOCAL_PREFIX}interprocess-{os.getpid()}-{os.urandom(16).hex()}"
    server = create_end(
        path,
        server_directions,
        input_buffer_size=buffer_size,
        output_buffer_size=buffer_size if other_buffer_size is None else other_buffer_size,
        security_descriptor=security_descriptor,
        inheritable=inheritable,
    )
    client_directions = (server_directions >> 1 | server_directions << 1) & (RECEIVES | SENDS)
    try:
        client = open_end(path, client_directions, inheritable=inheritable)
    except BaseException:
        server.close()
        raise
    return server, client


def create_end(path: str, directions: int, **options: Any) -> PipeHandle:
    """Return the server's end of a new pipe PATH with a single instance.

    OPTIONS are those of `create_instance`.
    """

    def create(owned: list[int]) -> None:
        create_instance(path, directions, owned, first=True, instance_limit=1, **options)

    server = PipeHandle(origin=Origin(is_server=True, unread=0))
    server.obtain(create)
    return server


def open_end(path: str, directions: int, *, inheritable: bool = False) -> PipeHandle:
    """Return the client's end of the pipe PATH, which must have a free instance."""
    client = PipeHandle(origin=client_origin(path))
    try:
        client.obtain(pipes.open_pipe, path, client_access(directions), client_flags())
        if inheritable:
            client.perform(_calls.set_inheritable, True)
    except BaseException:
        client.close()
        raise
    return client


def set_read_mode(handle: int, messages: bool) -> None:
    """Set whether reads from this end of a pipe return single messages, and let them wait."""
    state = pipes.PIPE_READMODE_MESSAGE if messages else 0
    if pipes.named_pipe_state(handle) != state:
        pipes.set_named_pipe_state(handle, state)


def check_is_pipe_end(handle: int, directions: int) -> None:
    """Check that a handle is an end of a pipe, opened for DIRECTIONS and FILE_FLAG_OVERLAPPED.

    Raises `OSError` for a handle that is not open and `ValueError` for anything else.
    """
    checked_handle(handle)
    refused = f"handle {handle:#x} cannot be adopted"
    if not _calls.is_pipe(handle):
        raise ValueError(f"{refused}: it is not a pipe")
    try:
        pipes.named_pipe_info(handle)
    except PermissionError:
        pass  # An end that only sends may not query this.
    except OSError as error:
        raise ValueError(f"{refused}: it is not a pipe ({error.strerror})") from None
    access = pipes.granted_access(handle)
    if directions & RECEIVES and not access & pipes.FILE_READ_DATA:
        raise ValueError(f"{refused}: this end of the pipe cannot be read")
    if directions & SENDS and not access & pipes.FILE_WRITE_DATA:
        raise ValueError(f"{refused}: this end of the pipe cannot be written")
    if not pipes.is_overlapped(handle):
        raise ValueError(
            f"{refused}: it was opened without FILE_FLAG_OVERLAPPED: its calls cannot be cancelled"
        )


def check_is_server_end(handle: int, directions: int) -> None:
    """Check as `check_is_pipe_end`, and that it is not a client's end."""
    check_is_pipe_end(handle, directions)
    if not is_server_end(handle):
        raise ValueError(f"handle {handle:#x} cannot be adopted: it is a client's end of the pipe")
