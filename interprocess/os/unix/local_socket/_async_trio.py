"""Local sockets for trio, with trio's own interfaces."""

from __future__ import annotations

from interprocess._interface.shutdown import Shutdown
from interprocess._runtimes.trio import RUNTIME, abc
from interprocess._runtimes.trio_streams import TrioListener, TrioReceiver
from interprocess.os.unix._async_descriptor.trio_owners import TrioSender
from interprocess.os.unix.local_socket._async_listener import AsyncListener
from interprocess.os.unix.local_socket._async_stream import (
    AsyncRecvHalf,
    AsyncSendHalf,
    AsyncStream,
)

PLACE = "interprocess.local_socket.trio"


class RecvHalf(TrioReceiver, AsyncRecvHalf, abc.ReceiveStream, runtime=RUNTIME, place=PLACE):
    pass


class SendHalf(TrioSender, AsyncSendHalf, abc.SendStream, runtime=RUNTIME, place=PLACE):
    pass


class Stream(
    TrioReceiver,
    TrioSender,
    AsyncStream[RecvHalf, SendHalf],
    abc.HalfCloseableStream,
    runtime=RUNTIME,
    place=PLACE,
):
    _recv_half_type = RecvHalf
    _send_half_type = SendHalf

    async def send_eof(self) -> None:
        """Signal the end of the stream to the peer. shutdown(2)."""
        await self._end_sending(lambda: self.shutdown(Shutdown.SEND))


class Listener(
    TrioListener[Stream], AsyncListener[Stream], abc.Listener[Stream], runtime=RUNTIME, place=PLACE
):
    _stream_type = Stream
