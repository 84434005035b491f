"""An asynchronous connection, and its two halves, for any runtime."""

from __future__ import annotations

from typing import Generic, TypeVar

from interprocess._interface.argument_types import check_halves, check_type
from interprocess._interface.async_owner import AsyncConnecting
from interprocess._interface.halves import handed_back, handed_on, handed_out
from interprocess._interface.shutdown import Shutdown
from interprocess.os.windows._async_pipe.connect import connect
from interprocess.os.windows._async_pipe.end import AsyncPipeHandle
from interprocess.os.windows._async_pipe.owners import AsyncReceiver, AsyncSender
from interprocess.os.windows._pipe import halves
from interprocess.os.windows._pipe.making import (
    DEFAULT_BUFFER_SIZE,
    RECEIVES,
    SENDS,
    check_is_pipe_end,
    connected_pair,
)
from interprocess.os.windows._pipe.peer import peer_creds
from interprocess.os.windows._pipe.state import buffer_sizes
from interprocess.os.windows.local_socket._stream import Stream, no_half_close

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._interface.options import ConnectWaitMode
    from interprocess._interface.peer_creds import PeerCreds
    from interprocess._interface.sizes import BufferSizes
    from interprocess.os.windows.local_socket._names import Name

    StreamType = TypeVar("StreamType", bound="AsyncStream[Any, Any]")

RecvHalfType = TypeVar("RecvHalfType", bound="AsyncRecvHalf")
SendHalfType = TypeVar("SendHalfType", bound="AsyncSendHalf")


class AsyncRecvHalf(AsyncReceiver):
    """The receiving half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are.
    """


class AsyncSendHalf(AsyncSender):
    """The sending half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are.
    """

    def shutdown(self) -> None:
        """Raise `UnsupportedError`: a named pipe cannot be closed in one direction."""
        self._handle.check_open()
        raise no_half_close()


class AsyncStream(AsyncReceiver, AsyncSender, AsyncConnecting, Generic[RecvHalfType, SendHalfType]):
    """A connection over a named pipe: a byte stream in each direction.

    `Stream(handle)` adopts either end of a named pipe, opened for both directions and with
    `FILE_FLAG_OVERLAPPED`. It raises `ValueError` for any other handle, which the caller then still
    owns. Without that flag, a query about the handle would wait for other calls on it.

    One task may receive while another sends. Windows binds an end of a pipe to the event loop that
    used it first: other loops get `UnsupportedError`.
    """

    _recv_half_type: type[RecvHalfType]
    _send_half_type: type[SendHalfType]

    def __init__(self, handle: int) -> None:
        check_is_pipe_end(handle, RECEIVES | SENDS)
        self._handle = AsyncPipeHandle.adopt(handle, self._runtime)
        self._start()

    @classmethod
    def pair(
        cls: type[StreamType], buffer_size: int | None = None
    ) -> tuple[StreamType, StreamType]:
        """Return two streams that are connected to each other. CreateNamedPipeW, CreateFileW."""
        size = DEFAULT_BUFFER_SIZE if buffer_size is None else buffer_size
        server, client = connected_pair(RECEIVES | SENDS, buffer_size=size)
        return cls._owning_new(server), cls._owning_new(client)

    @classmethod
    async def _connect_once(
        cls: type[StreamType],
        name: Name,
        wait_mode: ConnectWaitMode,
        current_user_only: bool | None,
        buffer_sizes: BufferSizes | None,  # noqa: ARG003  # `ConnectOptions` refuses them
    ) -> StreamType:
        handle = await connect(
            cls._runtime,
            name.path,
            RECEIVES | SENDS,
            wait_mode,
            current_user_only=bool(current_user_only),
        )
        return cls._owning(handle)

    @classmethod
    def from_sync(cls: type[StreamType], stream: Stream) -> StreamType:
        """Return the asynchronous stream for a synchronous one, which gives up its handle."""
        check_type("from_sync", stream, Stream)
        handle = AsyncPipeHandle.from_sync(stream._handle, cls._runtime)
        return handed_on(stream, cls._owning(handle))

    def to_sync(self) -> Stream:
        """Return the synchronous stream for this one, which gives up its handle.

        Raises `ValueError` as `detach` does.
        """
        return handed_on(self, Stream._owning(self._give_up()))

    def shutdown(self, how: Shutdown | int = Shutdown.BOTH) -> None:
        """Raise `UnsupportedError`: a named pipe can only be closed in both directions.

        Raises `ValueError` if HOW is not a `Shutdown`.
        """
        Shutdown(how)
        self._handle.check_open()
        raise no_half_close()

    @property
    def send_buffer_size(self) -> int:
        return self._handle.perform(buffer_sizes)[0]

    send_buffer_size.__doc__ = Stream.send_buffer_size.__doc__

    @property
    def recv_buffer_size(self) -> int:
        return self._handle.perform(buffer_sizes)[1]

    recv_buffer_size.__doc__ = Stream.recv_buffer_size.__doc__

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
        self._handle.check_open()
        return None

    def try_clone(self: StreamType) -> StreamType:
        """Return another stream for the same connection, which is closed when both are.

        Bytes that a cancelled call gave back stay with this stream. DuplicateHandle function.
        """
        return self._owning(self._handle.clone())

    def split(self) -> tuple[RecvHalfType, SendHalfType]:
        """Hand the connection over to two halves.

        Raises `ValueError` after `close()`, and while another task is inside a call.
        """
        self._check_idle()
        receiving, sending = halves.split(self._handle)
        recv_half = self._recv_half_type._owning(receiving)
        return handed_out(self, recv_half, self._send_half_type._owning(sending))

    @classmethod
    def reunite(
        cls: type[StreamType], recv_half: AsyncRecvHalf, send_half: AsyncSendHalf
    ) -> StreamType:
        """Make one stream from its two halves.

        Raises `ReuniteError`, which gives both halves back, if they are not halves of one stream or
        one of them is closed, and `ValueError` while another task is inside a call.
        """
        check_halves(recv_half, send_half, cls._recv_half_type, cls._send_half_type)
        halves.check_are_halves_of_one(recv_half, send_half)
        recv_half._check_idle()
        send_half._check_idle()
        return handed_back(recv_half, send_half, cls._owning(halves.reunite(recv_half, send_half)))
