"""Local sockets for asyncio."""

from __future__ import annotations

from interprocess._runtimes.asyncio_completion import RUNTIME
from interprocess.os.windows.local_socket._async_listener import AsyncListener
from interprocess.os.windows.local_socket._async_stream import (
    AsyncRecvHalf,
    AsyncSendHalf,
    AsyncStream,
)

PLACE = "interprocess.local_socket.asyncio"


class RecvHalf(AsyncRecvHalf, runtime=RUNTIME, place=PLACE):
    pass


class SendHalf(AsyncSendHalf, runtime=RUNTIME, place=PLACE):
    pass


class Stream(AsyncStream[RecvHalf, SendHalf], runtime=RUNTIME, place=PLACE):
    _recv_half_type = RecvHalf
    _send_half_type = SendHalf


class Listener(AsyncListener[Stream], runtime=RUNTIME, place=PLACE):
    _stream_type = Stream
