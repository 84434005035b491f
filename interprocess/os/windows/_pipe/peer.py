"""The process at the other end of a pipe, as far as the system knows.

This is no proof. A client can register another process id, or hand the pipe on, and a process id
may be reused after the process has ended. Reliable are only the security descriptor, and the
identity of a client that the server impersonates.
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
    """Return the id of the process that connected or created the pipe."""
    if is_server_end(handle, origin):
        return pipes.client_process_id(handle)
    return pipes.server_process_id(handle)


def peer_session_id(handle: int, origin: Origin) -> int:
    """Return the session id of the process at the other end."""
    if is_server_end(handle, origin):
        return pipes.client_session_id(handle)
    return pipes.server_session_id(handle)


def peer_creds(handle: int, origin: Origin) -> PeerCreds:
    """Return the process at the other end and, if it still runs and access is allowed, its user."""
    from interprocess.os.windows.security_descriptor import Sid

    pid = peer_process_id(handle, origin)
    try:
        sid = Sid.of_process(pid).text
    except OSError:
        sid = None
    return PeerCreds(pid=pid, sid=sid)


def pipe_address(handle: int, origin: Origin, peer: bool) -> str:
    """Return the pipe's path if its server is the peer, or with PEER false this end; else ""."""
    if is_server_end(handle, origin) == peer:
        return ""
    return LOCAL_PREFIX + pipes.pipe_name(handle)
