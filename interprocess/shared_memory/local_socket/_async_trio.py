"""Connections through memory for trio, with trio's own interfaces."""

from __future__ import annotations

from interprocess._interface.shutdown import Shutdown
from interprocess._runtimes.trio import RUNTIME, abc
from interprocess._runtimes.trio_errors import ClosedError, as_trio_has_it
from interprocess._runtimes.trio_streams import TrioListener, TrioReceiver
from interprocess.local_socket import trio as plain
from interprocess.shared_memory.local_socket._async_end import AsyncChannelEnd
from interprocess.shared_memory.local_socket._async_listener import AsyncListener
from interprocess.shared_memory.local_socket._async_sending import AsyncChannelSender
from interprocess.shared_memory.local_socket._async_stream import (
    AsyncRecvHalf,
    AsyncSendHalf,
    AsyncStream,
)
from interprocess.shared_memory.local_socket._async_views import AsyncPeek, AsyncReservation

PLACE = "interprocess.shared_memory.local_socket.trio"


class _TrioEnd(AsyncChannelEnd):
    """Raises the errors of trio."""

    def _check_open(self) -> None:
        if self.closed:
            raise ClosedError

    def _as_runtime_has_it(self, error: OSError) -> OSError:
        return as_trio_has_it(error)


class _TrioSender(_TrioEnd, AsyncChannelSender):
    """A `trio.abc.SendStream`."""

    _sent_eof = False

    def _check_may_send(self) -> None:
        if self._sent_eof:
            raise ClosedError
        super()._check_may_send()

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until there may be room for data."""
        await self.wait_writable()


class Peek(AsyncPeek):
    __doc__ = AsyncPeek.__doc__
    __module__ = PLACE


class Reservation(AsyncReservation):
    __doc__ = AsyncReservation.__doc__
    __module__ = PLACE


class RecvHalf(
    _TrioEnd, TrioReceiver, AsyncRecvHalf, abc.ReceiveStream, runtime=RUNTIME, place=PLACE
):
    _plain_type = plain.RecvHalf
    _peek_type = Peek


class SendHalf(_TrioSender, AsyncSendHalf, abc.SendStream, runtime=RUNTIME, place=PLACE):
    _plain_type = plain.SendHalf
    _reservation_type = Reservation


class Stream(
    TrioReceiver,
    _TrioSender,
    AsyncStream[RecvHalf, SendHalf],
    abc.HalfCloseableStream,
    runtime=RUNTIME,
    place=PLACE,
):
    _plain_type = plain.Stream
    _peek_type = Peek
    _reservation_type = Reservation
    _recv_half_type = RecvHalf
    _send_half_type = SendHalf

    async def send_eof(self) -> None:
        """Signal the end of the stream to the peer, after the data that was sent."""
        with self._writing:
            await self._runtime.yield_once()
            await self._opened()
            self.shutdown(Shutdown.SEND)
        self._sent_eof = True


class Listener(
    TrioListener[Stream], AsyncListener[Stream], abc.Listener[Stream], runtime=RUNTIME, place=PLACE
):
    _plain_type = plain.Listener
    _stream_type = Stream
