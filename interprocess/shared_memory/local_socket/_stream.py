"""A connection through memory, and its two halves."""

from __future__ import annotations

from interprocess._interface.byte_stream import DuplexStream, OneWayReceiver, OneWaySender
from interprocess._interface.halves import handed_back, handed_out
from interprocess.errors import ReuniteError
from interprocess.local_socket import Stream as PlainStream
from interprocess.shared_memory._sleeping import send_wake
from interprocess.shared_memory.local_socket import _channel, _layout
from interprocess.shared_memory.local_socket._platform import below
from interprocess.shared_memory.local_socket._receiving import ChannelReceiver
from interprocess.shared_memory.local_socket._sending import ChannelSender
from interprocess.shared_memory.local_socket._wires import Wires, reunited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.shutdown import Shutdown

#: The values of `socket.SHUT_RD`, `SHUT_WR` and `SHUT_RDWR`, which are the same everywhere.
_RECEIVE, _SEND, _BOTH = 0, 1, 2


class RecvHalf(ChannelReceiver, OneWayReceiver):
    """The receiving half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are closed.
    """

    __module__ = "interprocess.shared_memory.local_socket"


class SendHalf(ChannelSender, OneWaySender):
    """The sending half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are closed. To stop sending but still receive, call
    `shutdown`.
    """

    __module__ = "interprocess.shared_memory.local_socket"

    def shutdown(self) -> None:
        """Signal the end of the stream to the peer, after the data that was sent."""
        stop_sending(self)


class Stream(ChannelReceiver, ChannelSender, DuplexStream):
    """A connection whose bytes go through shared memory: a byte stream in each direction.

    `connect`, `Listener.accept` and `pair` create it. Its local socket stays open: it carries wake
    bytes, provides the peer's credentials, and reports that the peer has left.

    One thread may receive while another sends and a third closes. After a fork, one of the two
    processes may continue to use the stream; the other must close it.

    `detach` is not supported: the local socket is useless without the memory.
    """

    __module__ = "interprocess.shared_memory.local_socket"

    @classmethod
    def pair(cls, buffer_size: int | None = None) -> tuple[Stream, Stream]:
        """Return two connected streams, for use in one process or across a fork."""
        mains = PlainStream.pair()
        try:
            channels = _channel.paired_channels(_layout.capacity_for(buffer_size))
        except BaseException:
            for main in mains:
                main.close()
            raise
        first, second = (cls._over(channel, Wires(main)) for channel, main in zip(channels, mains))
        return first, second

    def shutdown(self, how: Shutdown | int = _BOTH) -> None:
        """Close one direction of the connection or both.

        HOW is a `Shutdown` or one of `socket.SHUT_RD`, `SHUT_WR`, `SHUT_RDWR`. The peer still
        receives the data that was sent before.
        """
        if how not in (_RECEIVE, _SEND, _BOTH):
            raise ValueError(f"{how!r} is not a valid Shutdown")
        if how != _RECEIVE:
            stop_sending(self)
        if how != _SEND:
            _stop_receiving(self)

    def _end(self) -> None:
        self.shutdown()

    @property
    def send_buffer_size(self) -> int:
        """The number of bytes that can be sent before the peer receives them."""
        channel = self._agreed(self._send_timeout)
        if channel.writer is None:
            size: int = self._main.send_buffer_size
            return size
        return channel.writer.capacity

    @property
    def recv_buffer_size(self) -> int:
        """The number of bytes that the peer can send before they are received."""
        channel = self._agreed(self._recv_timeout)
        if channel.reader is None:
            size: int = self._main.recv_buffer_size
            return size
        return channel.reader.capacity

    def _address(self, peer: bool) -> str | bytes:
        return self._main._address(peer)  # type: ignore[no-any-return]  # any stream's

    def try_clone(self) -> Stream:
        """Return another stream for the same connection, which is closed when both are closed.

        The clone has no timeouts and has the same mode, blocking or nonblocking. Calls of both
        streams take turns. Like the first transfer, waits until both sides agree on memory or
        socket.
        """
        channel = self._agreed(self._recv_timeout)
        clone = self._over(channel, self._wires.clone())
        clone._nonblocking = self._nonblocking
        return clone

    def split(self) -> tuple[RecvHalf, SendHalf]:
        """Transfer the connection to two halves, which take over the timeouts.

        Like the first transfer, waits until both sides agree on memory or socket. Raises
        `ValueError` after `close()`, and while another thread is inside a call that waits.
        """
        channel = self._agreed(self._recv_timeout)
        try:
            receiving, sending = self._wires.split()
        finally:
            self._use_again()
        recv_half, send_half = RecvHalf._over(channel, receiving), SendHalf._over(channel, sending)
        self._give_up()
        return handed_out(self, recv_half, send_half)

    @classmethod
    def reunite(cls, recv_half: RecvHalf, send_half: SendHalf) -> Stream:
        """Combine the two halves of a stream, and their timeouts, into one stream again.

        Raises `ReuniteError`, which contains both halves, if they are not halves of the same stream
        or one of them is closed, and `ValueError` while another thread is inside a call that waits.
        """
        channel = recv_half._channel
        if channel is not send_half._channel or recv_half.closed or send_half.closed:
            raise ReuniteError(recv_half, send_half)
        try:
            wires = reunited(recv_half._wires, send_half._wires, PlainStream.reunite)
        finally:
            for half in (recv_half, send_half):
                half._use_again()
        stream = cls._over(channel, wires)
        for half in (recv_half, send_half):
            half._give_up()
        return handed_back(recv_half, send_half, stream)


def stop_sending(end: ChannelSender) -> None:
    """Signal the end of the stream to the peer of END, after the data that was sent."""
    channel = end._agreed(end._send_timeout)
    writer = channel.writer
    how = (_SEND,) if isinstance(end, Stream) else ()
    if writer is None:
        end._main.shutdown(*how)
        return
    writer.leave()
    end._forget_writer()
    send_wake(end._main)
    below.end_receiving(end._room)
    if below.HAS_HALF_CLOSE:
        end._wires.carrier.shutdown(*how)


def _stop_receiving(end: ChannelReceiver) -> None:
    channel = end._agreed(end._recv_timeout)
    reader = channel.reader
    if reader is None:
        end._main.shutdown(_RECEIVE)
        return
    reader.leave()
    send_wake(end._room)
    below.end_receiving(end._main)
