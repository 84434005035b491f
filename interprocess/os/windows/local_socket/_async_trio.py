"""Local sockets for trio, with trio's own interfaces.

A named pipe has no half-close, so a stream is only a `trio.abc.Stream`.
"""

from __future__ import annotations

from interprocess._runtimes.trio_completion import RUNTIME, abc
from interprocess._runtimes.trio_streams import TrioListener, TrioReceiver
from interprocess.os.windows._async_pipe.trio_owners import TrioSender
from interprocess.os.windows.local_socket._async_listener import AsyncListener
from interprocess.os.windows.local_socket._async_stream import (
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
    abc.Stream,
    runtime=RUNTIME,
    place=PLACE,
):
    _recv_half_type = RecvHalf
    _send_half_type = SendHalf


class Listener(
    TrioListener[Stream], AsyncListener[Stream], abc.Listener[Stream], runtime=RUNTIME, place=PLACE
):
    _stream_type = Stream
