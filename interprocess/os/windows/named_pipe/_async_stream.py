"""An asynchronous connection over a named pipe, and its two halves, for any runtime."""

from __future__ import annotations

from typing import Generic, TypeVar

from interprocess._interface.argument_types import check_halves, check_type
from interprocess._interface.halves import handed_back, handed_out
from interprocess._interface.options import ConnectWaitMode, check_bool
from interprocess.os.windows._async_pipe.connect import connect
from interprocess.os.windows._async_pipe.end import AsyncPipeHandle
from interprocess.os.windows._pipe import halves
from interprocess.os.windows._pipe.path import checked_pipe_path
from interprocess.os.windows.named_pipe._async_transfer import AsyncReceiving, AsyncSending
from interprocess.os.windows.named_pipe._enumerations import PipeMode, PipeStreamRole
from interprocess.os.windows.named_pipe._stream import PipeStream, check_can_be_adopted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._interface.name import NameLike
    from interprocess.os.windows._pipe.end import PipeHandle

    StreamType = TypeVar("StreamType", bound="AsyncPipeStream[Any, Any]")

RecvHalfType = TypeVar("RecvHalfType", bound="AsyncRecvHalf")
SendHalfType = TypeVar("SendHalfType", bound="AsyncSendHalf")


class AsyncRecvHalf(AsyncReceiving):
    """The receiving half of a `PipeStream`, made by `PipeStream.split`.

    The connection is closed when both halves are.
    """


class AsyncSendHalf(AsyncSending):
    """The sending half of a `PipeStream`, made by `PipeStream.split`.

    The connection is closed when both halves are.
    """


class AsyncPipeStream(AsyncReceiving, AsyncSending, Generic[RecvHalfType, SendHalfType]):
    """A connection over a named pipe, which receives in one mode and sends in another.

    `recv_mode` and `send_mode` are each a `PipeMode`, or `None` for a stream without that
    direction. With messages, `send` sends one and `recv_msg` receives one; with bytes, all the
    verbs of streams work.

    `PipeStream(handle)` adopts either end of a named pipe that was opened with
    `FILE_FLAG_OVERLAPPED`. It raises `ValueError` for any other handle, and for one that does not
    support the modes; the caller then still owns the handle. Without that flag, a query about the
    handle would wait for other calls on it.

    One task may receive while another sends.
    """

    _recv_half_type: type[RecvHalfType]
    _send_half_type: type[SendHalfType]

    def __init__(
        self,
        handle: int,
        *,
        recv_mode: PipeMode | None = PipeMode.BYTES,
        send_mode: PipeMode | None = PipeMode.BYTES,
    ) -> None:
        check_can_be_adopted(handle, recv_mode, send_mode)
        self._handle = AsyncPipeHandle.adopt(handle, self._runtime)
        self.recv_mode = recv_mode
        self.send_mode = send_mode
        self._start()

    @classmethod
    async def connect_by_path(
        cls: type[StreamType],
        path: NameLike,
        *,
        recv_mode: PipeMode | None = PipeMode.BYTES,
        send_mode: PipeMode | None = PipeMode.BYTES,
        wait_mode: ConnectWaitMode | None = None,
        allow_impersonation: bool = False,
    ) -> StreamType:
        r"""Connect to the pipe `\\HOST\pipe\NAME` as its client.

        The arguments and errors are those of the synchronous `PipeStream.connect_by_path`. While no
        instance of the pipe is free, this retries with pauses of 1 to 50 ms.
        """
        role = PipeStreamRole.of_modes(recv_mode, send_mode)
        checked_path = checked_pipe_path(path)
        check_bool("allow_impersonation", allow_impersonation)
        handle = await connect(
            cls._runtime,
            checked_path,
            role.value,
            ConnectWaitMode.unbounded() if wait_mode is None else wait_mode,
            messages=PipeMode.MESSAGES in (recv_mode, send_mode),
            receives_messages=recv_mode is PipeMode.MESSAGES,
            allow_impersonation=allow_impersonation,
        )
        return cls._in_modes(handle, recv_mode, send_mode)

    @classmethod
    def _in_modes(
        cls: type[StreamType],
        handle: PipeHandle,
        recv_mode: PipeMode | None,
        send_mode: PipeMode | None,
    ) -> StreamType:
        stream = cls._owning(handle)
        stream.recv_mode = recv_mode
        stream.send_mode = send_mode
        return stream

    @classmethod
    def from_sync(cls: type[StreamType], stream: PipeStream) -> StreamType:
        """Return the asynchronous stream for a synchronous one, which gives up its handle."""
        check_type("from_sync", stream, PipeStream)
        handle = AsyncPipeHandle.from_sync(stream._handle, cls._runtime)
        return cls._in_modes(handle, stream.recv_mode, stream.send_mode)

    def to_sync(self) -> PipeStream:
        """Return the synchronous stream for this one, which gives up its handle.

        Raises `ValueError` as `detach` does.
        """
        return PipeStream._in_modes(self._give_up(), self.recv_mode, self.send_mode)

    def try_clone(self: StreamType) -> StreamType:
        """Return another stream for the same connection, which is closed when both are.

        Bytes that a cancelled call gave back stay with this stream. DuplicateHandle function.
        """
        return self._in_modes(self._handle.clone(), self.recv_mode, self.send_mode)

    def split(self) -> tuple[RecvHalfType, SendHalfType]:
        """Hand the connection over to two halves, which inherit the modes.

        Raises `UnsupportedError` if the stream has only one direction, and `ValueError` after
        `close()` and while another task is inside a call.
        """
        self._check_receives()
        self._check_sends()
        self._check_idle()
        receiving, sending = halves.split(self._handle)
        recv_half = self._recv_half_type._owning(receiving)
        return handed_out(self, recv_half, self._send_half_type._owning(sending))

    @classmethod
    def reunite(
        cls: type[StreamType], recv_half: AsyncRecvHalf, send_half: AsyncSendHalf
    ) -> StreamType:
        """Make one stream from its two halves, with their modes.

        Raises `ReuniteError`, which gives both halves back, if they are not halves of one stream or
        one of them is closed, and `ValueError` while another task is inside a call.
        """
        check_halves(recv_half, send_half, cls._recv_half_type, cls._send_half_type)
        halves.check_are_halves_of_one(recv_half, send_half)
        recv_half._check_idle()
        send_half._check_idle()
        return handed_back(recv_half, send_half, cls._owning(halves.reunite(recv_half, send_half)))
