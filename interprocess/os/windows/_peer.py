"""Who is at the other end of a pipe."""

from __future__ import annotations

from interprocess.os.windows import _pipe_calls
from interprocess.os.windows._named_pipe import is_server_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows._origin import Origin


def peer_process_id(handle: int, origin: Origin) -> int:
    """Return the process at the other end, as of when it connected or created the pipe."""
    if is_server_end(handle, origin):
        return _pipe_calls.client_process_id(handle)
    return _pipe_calls.server_process_id(handle)


def peer_session_id(handle: int, origin: Origin) -> int:
    """Return the session of the process at the other end."""
    if is_server_end(handle, origin):
        return _pipe_calls.client_session_id(handle)
    return _pipe_calls.server_session_id(handle)
