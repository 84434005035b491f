"""An asynchronous connection through memory, its halves and its listener, for any runtime."""

from __future__ import annotations

from time import monotonic
from typing import Generic, TypeVar

from interprocess._interface.halves import handed_back, handed_out
from interprocess._interface.shutdown import Shutdown
from interprocess._interface.timeouts import pauses
from interprocess.errors import ReuniteError
from interprocess.shared_memory.local_socket import _channel, _stream
from interprocess.shared_memory.local_socket._async_receiving import AsyncChannelReceiver
from interprocess.shared_memory.local_socket._async_sending import AsyncChannelSender
from interprocess.shared_memory.local_socket._platform import below
from interprocess.shared_memory.local_socket._wires import Wires, reunited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess.shared_memory.local_socket._layout import Capacities

    StreamType = TypeVar("StreamType", bound="AsyncStream[Any, Any]")

RecvHalfType = TypeVar("RecvHalfType", bound="AsyncRecvHalf")
SendHalfType = TypeVar("SendHalfType", bound="AsyncSendHalf")


class AsyncRecvHalf(AsyncChannelReceiver):
    """The receiving half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are closed.
    """


class AsyncSendHalf(AsyncChannelSender):
    """The sending half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are closed. To stop sending but still receive, call
    `shutdown`.
    """

    def shutdown(self) -> None:
        """Signal the end of the stream to the peer, after the data that was sent."""
        self._check_open()
        if self._channel.through_memory:
            self._stop_sending()
        else:
            self._main.shutdown()


class AsyncStream(AsyncChannelReceiver, AsyncChannelSender, Generic[RecvHalfType, SendHalfType]):
    """A connection whose bytes go through shared memory: a byte stream in each direction.

    `connect`, `Listener.accept` and `pair` create it. One task may receive while another sends.
    Otherwise it works like `interprocess.shared_memory.local_socket.Stream`, except that `split`,
    `try_clone` and `shutdown` raise `BlockingIOError` before the first transfer, in which both
    sides agree on memory or socket.
    """

    _recv_half_type: type[RecvHalfType]
    _send_half_type: type[SendHalfType]

    @classmethod
    def pair(
        cls: type[StreamType], buffer_size: int | None = None
    ) -> tuple[StreamType, StreamType]:
        """Return two streams that are connected to each other."""
        first, second = _stream.Stream.pair(buffer_size)
        return cls.from_sync(first), cls.from_sync(second)

    @classmethod
    async def _connect(cls: type[StreamType], main: Any, capacities: Capacities) -> StreamType:
        """Return a stream over a connected local socket."""
        channel = _channel.ClientChannel(capacities)
        stream = cls._over(channel, Wires(main))
        try:
            await channel.offer_async(main)
        except BaseException:
            stream.close()
            raise
        return stream

    @classmethod
    def from_sync(cls: type[StreamType], stream: _stream.Stream, /) -> StreamType:
        """Convert a synchronous stream, which this closes, to an asynchronous one."""
        stream._check_open()
        try:
            wires = stream._wires.move(cls._plain_type.from_sync, lambda wire: wire.to_sync())
        finally:
            stream._use_again()
        new = cls._over(stream._channel, Wires(*wires))
        new._keep([stream._kept_here])
        stream._give_up()
        return new

    def to_sync(self) -> _stream.Stream:
        """Convert this stream, which this closes, to a synchronous one.

        Raises `ValueError` while another task is inside a call, and while the stream keeps bytes
        from a cancelled call.
        """
        self._check_idle()
        self._check_nothing_kept()
        try:
            wires = self._wires.move(lambda wire: wire.to_sync(), self._plain_type.from_sync)
        finally:
            self._use_again()
        stream = _stream.Stream._over(self._channel, Wires(*wires))
        self._give_up()
        return stream

    def _check_agreed(self) -> bool:
        """Return true if bytes go through memory; raise `BlockingIOError` if not yet known."""
        self._check_open()
        if not self._channel.is_open:
            raise BlockingIOError("the stream has to receive or send first")
        return self._channel.through_memory

    def shutdown(self, how: Shutdown | int = Shutdown.BOTH, /) -> None:
        """Close one direction of the connection or both.

        HOW is a `Shutdown` or one of `socket.SHUT_RD`, `SHUT_WR`, `SHUT_RDWR`.
        """
        how = Shutdown(how)
        if not self._check_agreed():
            self._main.shutdown(how)
            return
        if how is not Shutdown.RECV:
            self._stop_sending()
        if how is not Shutdown.SEND and self._channel.reader is not None:
            self._channel.reader.leave()
            self._wake(self._channel.reader, 0, self._room)
            below.end_receiving(self._main)

    @property
    def through_memory(self) -> bool:
        """True if the bytes go through memory, not over the local socket.

        It is also `False` before the first transfer, in which both sides agree on this.
        """
        return self._channel.through_memory

    @property
    def send_buffer_size(self) -> int:
        """The number of bytes that can be sent before the peer receives them."""
        self._check_open()
        writer = self._channel.writer
        return self._main.send_buffer_size if writer is None else writer.capacity

    @property
    def recv_buffer_size(self) -> int:
        """The number of bytes that the peer can send before they are received."""
        self._check_open()
        reader = self._channel.reader
        return self._main.recv_buffer_size if reader is None else reader.capacity

    def try_clone(self: StreamType) -> StreamType:
        """Return another stream for the same connection, which is closed when both are closed.

        Calls of both streams take turns. Bytes from a cancelled call stay with this stream.
        """
        self._check_agreed()
        return self._over(self._channel, self._wires.clone())

    def split(self) -> tuple[RecvHalfType, SendHalfType]:
        """Transfer the connection to two halves.

        Raises `ValueError` after `close()`, and while another task is inside a call.
        """
        self._check_idle()
        self._check_agreed()
        try:
            receiving, sending = self._wires.split()
        finally:
            self._use_again()
        recv_half = self._recv_half_type._over(self._channel, receiving)
        send_half = self._send_half_type._over(self._channel, sending)
        self._give_up()
        return handed_out(self, recv_half, send_half)

    @classmethod
    def reunite(
        cls: type[StreamType], recv_half: AsyncRecvHalf, send_half: AsyncSendHalf, /
    ) -> StreamType:
        """Combine the two halves of a stream into one stream again.

        Raises `ReuniteError`, which contains both halves, if they are not halves of the same stream
        or one of them is closed, and `ValueError` while another task is inside a call.
        """
        channel = recv_half._channel
        if channel is not send_half._channel or recv_half.closed or send_half.closed:
            raise ReuniteError(recv_half, send_half)
        recv_half._check_idle()
        send_half._check_idle()
        try:
            wires = reunited(recv_half._wires, send_half._wires, cls._plain_type.reunite)
        finally:
            for half in (recv_half, send_half):
                half._use_again()
        stream = cls._over(channel, wires)
        for half in (recv_half, send_half):
            half._give_up()
        return handed_back(recv_half, send_half, stream)


async def accepted(listener: Any, main: Any) -> Any:
    """Return a stream over MAIN, the local socket of a client that LISTENER has accepted."""
    stream = listener._stream_type._over(_channel.ServerChannel(), Wires(main))
    return await offered(listener, stream)


async def offered(listener: Any, stream: Any) -> Any:
    """Return a client's stream once its offer has come, or after `PATIENCE` without an offer.

    If the call is cancelled, it leaves the stream to the next call.
    """
    end = monotonic() + _channel.PATIENCE
    try:
        for pause in pauses():
            try:
                stream._channel.agree_now(stream._main)
                return stream
            except BlockingIOError:
                if monotonic() >= end:
                    return stream
            except (OSError, ValueError):
                return stream  # Its first call raises a similar error.
            await listener._runtime.sleep(pause)
    except BaseException:
        listener._arrived.append(stream)
        raise
