"""Named pipes for asyncio."""

from __future__ import annotations

from interprocess._runtimes.asyncio_completion import RUNTIME
from interprocess.os.windows.named_pipe._async_listener import AsyncPipeListener
from interprocess.os.windows.named_pipe._async_stream import (
    AsyncPipeStream,
    AsyncRecvHalf,
    AsyncSendHalf,
)

PLACE = "interprocess.os.windows.named_pipe.asyncio"


class RecvHalf(AsyncRecvHalf, runtime=RUNTIME, place=PLACE):
    pass


class SendHalf(AsyncSendHalf, runtime=RUNTIME, place=PLACE):
    pass


class PipeStream(AsyncPipeStream[RecvHalf, SendHalf], runtime=RUNTIME, place=PLACE):
    _recv_half_type = RecvHalf
    _send_half_type = SendHalf


class PipeListener(AsyncPipeListener[PipeStream], runtime=RUNTIME, place=PLACE):
    _stream_type = PipeStream
