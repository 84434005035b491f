"""The bases of all ends of named pipes, synchronous or not: peer information, lingering."""

from __future__ import annotations

from interprocess._interface.byte_stream import closed_error
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe import peer, state
from interprocess.os.windows._pipe.owners import HandleOwner
from interprocess.os.windows.named_pipe._impersonation import ImpersonationGuard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.peer_creds import PeerCreds


class PipeEnd(HandleOwner):
    """Information about all ends of named pipes."""

    __slots__ = ()

    def is_server(self) -> bool:
        """True if this is the end of the server, which created the pipe.

        GetNamedPipeInfo function.
        """
        return self._handle.perform(state.is_server_end, self._handle.origin)

    def is_client(self) -> bool:
        """True if this is the end of the client, which connected. GetNamedPipeInfo function."""
        return not self.is_server()

    def client_process_id(self) -> int:
        """Return the id of the process that connected. GetNamedPipeClientProcessId function.

        This is no proof: a client can claim another process id, and hand its end on.
        """
        return self._handle.perform(pipes.client_process_id)

    def server_process_id(self) -> int:
        """Return the id of the process that made the pipe. GetNamedPipeServerProcessId function."""
        return self._handle.perform(pipes.server_process_id)

    def client_session_id(self) -> int:
        """Return the session of the client. GetNamedPipeClientSessionId function."""
        return self._handle.perform(pipes.client_session_id)

    def server_session_id(self) -> int:
        """Return the session of the server. GetNamedPipeServerSessionId function."""
        return self._handle.perform(pipes.server_session_id)

    def peer_process_id(self) -> int:
        """Return the id of the peer's process, which connected or created the pipe.

        This is no proof, as for `client_process_id`.
        """
        return self._handle.perform(peer.peer_process_id, self._handle.origin)

    def peer_creds(self) -> PeerCreds:
        """Return the process at the other end, and its user, as for local sockets.

        This is no proof, as for `client_process_id`. For a reliable identity, use
        `Sid.impersonated_user()` in a block of `impersonate_client`.
        """
        return self._handle.perform(peer.peer_creds, self._handle.origin)

    def peer_session_id(self) -> int:
        """Return the session id of the other end."""
        return self._handle.perform(peer.peer_session_id, self._handle.origin)

    def impersonate_client(self) -> ImpersonationGuard:
        """Give this thread the rights of the client until the guard is left or reverted.

        The client must have sent data that was received. If it only allows identification (without
        `allow_impersonation=True` of `connect_by_path`), all access within the block fails. Do not
        use `await` there. ImpersonateNamedPipeClient function.
        """
        return ImpersonationGuard(self._handle)


class Lingering(HandleOwner):
    """An end that sends, and that lingers after closing until the peer has received all."""

    __slots__ = ()

    def mark_dirty(self) -> None:
        """Make closing and the next `flush` wait for the peer, as after sending.

        Use it after sending through the handle by other means.
        """
        if self.closed:
            raise closed_error(self)
        self._handle.dirty = True

    def assume_flushed(self) -> None:
        """Stop closing and the next `flush` from waiting for the peer: it has received all."""
        if self.closed:
            raise closed_error(self)
        self._handle.dirty = False

    def evade_limbo(self) -> None:
        """Close the stream at once, whether or not the peer has received all."""
        self._handle.lingers = False
        self.close()
