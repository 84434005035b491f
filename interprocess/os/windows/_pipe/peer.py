"""Who is at the other end of a pipe, as far as the system knows.

That is no proof. A client can have itself registered with another process id, or hand the pipe on,
and a process id means another process when the first has ended. What a security descriptor lets in,
and who a client is found to be when it is impersonated, is certain.
"""

from __future__ import annotations

from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe.path import LOCAL_PREFIX
from interprocess.os.windows._pipe.state import is_server_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows._pipe.origin import Origin


def peer_process_id(handle: int, origin: Origin) -> int:
    """Return the process at the other end, as of when it connected or created the pipe."""
    if is_server_end(handle, origin):
        return pipes.client_process_id(handle)
    return pipes.server_process_id(handle)


def peer_session_id(handle: int, origin: Origin) -> int:
    """Return the session of the process at the other end."""
    if is_server_end(handle, origin):
        return pipes.client_session_id(handle)
    return pipes.server_session_id(handle)


def pipe_address(handle: int, origin: Origin, peer: bool) -> str:
    """Return the path of the pipe, if its server is at the PEER's end, or else at ours; or ""."""
    if is_server_end(handle, origin) == peer:
        return ""
    return LOCAL_PREFIX + pipes.pipe_name(handle)
