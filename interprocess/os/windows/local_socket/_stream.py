"""A connection, and its two halves."""

from __future__ import annotations

from interprocess._interface.argument_types import check_halves
from interprocess._interface.byte_stream import DuplexStream, OneWayReceiver, OneWaySender
from interprocess._interface.halves import handed_back, handed_out
from interprocess._interface.shutdown import Shutdown
from interprocess.errors import UnsupportedError
from interprocess.os.windows._pipe import halves
from interprocess.os.windows._pipe.end import PipeHandle
from interprocess.os.windows._pipe.making import (
    DEFAULT_BUFFER_SIZE,
    RECEIVES,
    SENDS,
    check_is_pipe_end,
    connect,
    connected_pair,
)
from interprocess.os.windows._pipe.peer import peer_creds
from interprocess.os.windows._pipe.state import buffer_sizes
from interprocess.os.windows._pipe.transfer import PipeReceiver, PipeSender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.options import ConnectWaitMode
    from interprocess._interface.peer_creds import PeerCreds
    from interprocess._interface.sizes import BufferSizes
    from interprocess.os.windows.local_socket._names import Name


class RecvHalf(PipeReceiver, OneWayReceiver):
    """The receiving half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are.
    """

    __module__ = "interprocess.local_socket"

    __slots__ = ()


class SendHalf(PipeSender, OneWaySender):
    """The sending half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are.
    """

    __module__ = "interprocess.local_socket"

    __slots__ = ()

    def shutdown(self) -> None:
        """Raise `UnsupportedError`: a named pipe cannot be closed in one direction."""
        self._check_open()
        raise no_half_close()


class Stream(PipeReceiver, PipeSender, DuplexStream):
    """A connection over a named pipe: a byte stream in each direction.

    `Stream(handle)` adopts either end of a named pipe, opened for both directions and with
    `FILE_FLAG_OVERLAPPED`. It raises `ValueError` for any other handle, which the caller then still
    owns. Without that flag, a query about the handle would wait for other calls on it.

    One thread may receive while another sends and a third closes.
    """

    __module__ = "interprocess.local_socket"

    __slots__ = ()

    _passed_as = "stream"

    def __init__(self, handle: int) -> None:
        check_is_pipe_end(handle, RECEIVES | SENDS)
        self._handle = PipeHandle(handle)

    @classmethod
    def _connect(
        cls,
        name: Name,
        wait_mode: ConnectWaitMode,
        nonblocking_stream: bool,
        current_user_only: bool | None,
        wait_for_server: bool,
        buffer_sizes: BufferSizes | None,
    ) -> Stream:
        """Implement `ConnectOptions.connect_sync`, with checked options."""
        if wait_for_server:
            from interprocess._interface.waiting_for_server import connect_when_there

            return connect_when_there(
                cls._connect,
                name,
                wait_mode,
                nonblocking_stream,
                current_user_only,
                buffer_sizes,
            )
        handle = connect(
            name.path, RECEIVES | SENDS, wait_mode, current_user_only=bool(current_user_only)
        )
        handle.nonblocking = nonblocking_stream
        return cls._owning(handle)

    @classmethod
    def pair(cls, buffer_size: int | None = None) -> tuple[Stream, Stream]:
        """Return two streams that are connected to each other. CreateNamedPipeW, CreateFileW."""
        size = DEFAULT_BUFFER_SIZE if buffer_size is None else buffer_size
        server, client = connected_pair(RECEIVES | SENDS, buffer_size=size)
        return cls._owning(server), cls._owning(client)

    def shutdown(self, how: Shutdown | int = Shutdown.BOTH) -> None:
        """Raise `UnsupportedError`: a named pipe can only be closed in both directions.

        Raises `ValueError` if HOW is not a `Shutdown`.
        """
        Shutdown(how)
        self._check_open()
        raise no_half_close()

    @property
    def send_buffer_size(self) -> int:
        """The number of bytes that the pipe buffers for sending.

        NtQueryInformationFile function.
        """
        return self._handle.perform(buffer_sizes)[0]

    @property
    def recv_buffer_size(self) -> int:
        """The number of bytes that the pipe buffers for receiving.

        NtQueryInformationFile function.
        """
        return self._handle.perform(buffer_sizes)[1]

    def peer_creds(self) -> PeerCreds:
        """Return the peer's process id, and the user (`sid`) that it runs as.

        The process is the one that connected or listened; `sid` is `None` if it has ended, or if
        access is denied. `interprocess.os.windows.security_descriptor.Sid(sid).account_name()` is
        the user's name. This is no proof: a client can claim another process id, and hand its end
        on. Use the listener's security descriptor or `current_user_only` to keep out other users.
        GetNamedPipeClientProcessId function, GetNamedPipeServerProcessId function, OpenProcessToken
        function.
        """
        return self._handle.perform(peer_creds, self._handle.origin)

    def take_error(self) -> OSError | None:
        """Return `None`: a pipe has no pending errors; each call raises its own."""
        self._check_open()
        return None

    def try_clone(self) -> Stream:
        """Return another stream for the same connection, which is closed when both are.

        The clone has no timeouts and inherits the blocking mode. DuplicateHandle function.
        """
        return self._owning(self._handle.clone())

    def split(self) -> tuple[RecvHalf, SendHalf]:
        """Hand the connection over to two halves, which inherit the timeouts.

        Raises `ValueError` after `close()`, and while another thread is inside a call.
        """
        self._check_open()
        receiving, sending = halves.split(self._handle)
        return handed_out(self, RecvHalf._owning(receiving), SendHalf._owning(sending))

    @classmethod
    def reunite(cls, recv_half: RecvHalf, send_half: SendHalf) -> Stream:
        """Make one stream from its two halves, with their timeouts.

        Raises `ReuniteError`, which gives both halves back, if they are not halves of one stream or
        one of them is closed, and `ValueError` while another thread is inside a call.
        """
        check_halves(recv_half, send_half, RecvHalf, SendHalf)
        stream = cls._owning(halves.reunite(recv_half, send_half))
        return handed_back(recv_half, send_half, stream)


def no_half_close() -> UnsupportedError:
    """Return the error for shutting down one direction of a pipe."""
    return UnsupportedError(
        "a named pipe has no shutdown: close the stream, or mark the end within the data"
    )
