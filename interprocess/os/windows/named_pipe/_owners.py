"""The bases of all ends of named pipes, synchronous or not: peer information, lingering."""

from __future__ import annotations

from interprocess._interface.byte_stream import closed_error
from interprocess.errors import UnsupportedError
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe import peer, state
from interprocess.os.windows._pipe.owners import HandleOwner
from interprocess.os.windows.named_pipe import _messages
from interprocess.os.windows.named_pipe._enumerations import PipeMode
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


class ReceivingEnd(PipeEnd):
    """An end that may receive bytes or messages."""

    __slots__ = ()

    recv_mode: PipeMode | None

    def _check_receives(self, mode: PipeMode | None = None) -> None:
        if self.recv_mode is None:
            raise UnsupportedError("this stream only sends: its recv_mode is None")
        if mode is PipeMode.BYTES and self.recv_mode is not mode:
            raise UnsupportedError("this stream receives messages, with recv_msg")
        if mode is PipeMode.MESSAGES and self.recv_mode is not mode:
            raise UnsupportedError("this stream receives bytes, with recv")

    def peek_msg_len(self) -> int:
        """Return the length of the next message, without waiting.

        PeekNamedPipe function.

        Returns 0 too if no message has arrived. Raises `BrokenPipeError` at the end of the stream,
        and `UnsupportedError` unless `recv_mode` is `PipeMode.MESSAGES`.
        """
        self._check_receives(PipeMode.MESSAGES)
        return _messages.next_length(self._handle)


class SendingEnd(PipeEnd):
    """An end that may send bytes or messages, and lingers until the peer has received them."""

    __slots__ = ()

    send_mode: PipeMode | None

    def _check_sends(self) -> None:
        if self.send_mode is None:
            raise UnsupportedError("this stream only receives: its send_mode is None")

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
