"""Who is at the other end of a pipe, as far as the system knows.

That is no proof. A client can have itself registered with another process id, or hand the pipe on,
and a process id means another process when the first has ended. What a security descriptor lets in,
and who a client is found to be when it is impersonated, is certain.
"""

from __future__ import annotations

from interprocess._interface.peer_creds import PeerCreds
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


def peer_creds(handle: int, origin: Origin) -> PeerCreds:
    """Return the process at the other end and, if it still runs and we may ask, its user."""
    from interprocess.os.windows.security_descriptor import Sid

    pid = peer_process_id(handle, origin)
    try:
        sid = Sid.of_process(pid).text
    except OSError:
        sid = None
    return PeerCreds(pid=pid, sid=sid)


def pipe_address(handle: int, origin: Origin, peer: bool) -> str:
    """Return the path of the pipe, if its server is at the PEER's end, or else at ours; or ""."""
    if is_server_end(handle, origin) == peer:
        return ""
    return LOCAL_PREFIX + pipes.pipe_name(handle)
