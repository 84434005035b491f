"""Queries about one end of a pipe, including ends with restricted access."""

from __future__ import annotations

from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._handle.operation import Operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows._pipe.origin import Origin

#: The errors of reading after the peer has left or was disconnected.
_END_OF_STREAM = (
    _calls.ERROR_BROKEN_PIPE,
    _calls.ERROR_PIPE_NOT_CONNECTED,
    _calls.ERROR_HANDLE_EOF,
)


def is_server_end(handle: int, origin: Origin | None = None) -> bool:
    """Return true if a handle is the server's end of a pipe."""
    try:
        return bool(pipes.named_pipe_info(handle)[0] & pipes.PIPE_SERVER_END)
    except PermissionError:
        # An end that only sends has no access, unless it was opened for that too.
        if origin is not None and origin.is_server is not None:
            return origin.is_server
    # Only a server's end can listen.
    return _listening_error(handle) in (0, _calls.ERROR_NO_DATA)


def has_messages(handle: int) -> bool | None:
    """Return whether a pipe is in message mode; `None` if the handle has no access."""
    try:
        return bool(pipes.named_pipe_info(handle)[0] & pipes.PIPE_TYPE_MESSAGE)
    except PermissionError:
        return None


def buffer_sizes(handle: int) -> tuple[int, int]:
    """Return the sizes of the pipe's buffers for this end's data and for the other's."""
    information = pipes.pipe_information(handle)
    outbound, inbound = information.OutboundQuota, information.InboundQuota
    return (outbound, inbound) if information.NamedPipeEnd else (inbound, outbound)


def holds_bytes(handle: int) -> bool:
    """Return true if receiving would return bytes, the end or an error at once."""
    try:
        return bool(pipes.peek_named_pipe(handle)[0])
    except OSError:
        return True


def has_left(handle: int, origin: Origin) -> bool:
    """Return true if the peer is known to have left, with nothing left to read."""
    try:
        pipes.peek_named_pipe(handle)
    except PermissionError:
        return peer_has_left(handle, origin)  # This end does not read.
    except OSError as error:
        return is_end_of_stream(error)
    return False


def peer_has_left(handle: int, origin: Origin) -> bool:
    """Return true if the peer is known to have left, even if there is data to read."""
    try:
        state: int = pipes.pipe_information(handle).NamedPipeState
    except OSError:
        # A server's end that only sends has no access.
        return bool(origin.is_server) and _listening_error(handle) == _calls.ERROR_NO_DATA
    return state == pipes.FILE_PIPE_CLOSING_STATE


def _listening_error(handle: int) -> int | None:
    """Return the error code of trying to listen for a client; 0 if the handle has one.

    This changes nothing, unless the server has disconnected its client: then it listens again.
    ConnectNamedPipe function.
    """
    operation = Operation.take()
    try:
        if not operation.begin(_calls.connect_named_pipe, handle):
            operation.cancel(handle)
        return 0
    except OSError as error:
        return _calls.error_number(error)
    finally:
        if operation.going_on:
            operation.abandon(handle)
        operation.give_back()


def is_end_of_stream(error: OSError) -> bool:
    """Return true if an error of reading means the end of the stream."""
    return _calls.error_number(error) in _END_OF_STREAM


def is_last(value: int) -> bool:
    """Return true if no process has another handle for the same end, as far as is known."""
    try:
        return pipes.handle_count(value) == 1
    except OSError:
        return False


def as_broken_pipe(error: OSError) -> OSError:
    """Return the error that a write raises for a system error."""
    if _calls.error_number(error) == _calls.ERROR_PIPE_NOT_CONNECTED:
        # Python does not map this to BrokenPipeError, but the server has broken the pipe.
        return _calls.error_of(_calls.ERROR_NO_DATA, str(error.strerror))
    return error
