"""Named pipes for trio."""

from __future__ import annotations

from interprocess._runtimes.trio_completion import RUNTIME, abc
from interprocess._runtimes.trio_streams import TrioListener, TrioReceiver
from interprocess.os.windows._async_pipe.trio_owners import TrioSender
from interprocess.os.windows.named_pipe._async_listener import AsyncPipeListener
from interprocess.os.windows.named_pipe._async_stream import (
    AsyncPipeStream,
    AsyncRecvHalf,
    AsyncSendHalf,
)

PLACE = "interprocess.os.windows.named_pipe.trio"


class RecvHalf(TrioReceiver, AsyncRecvHalf, abc.ReceiveStream, runtime=RUNTIME, place=PLACE):
    pass


class SendHalf(TrioSender, AsyncSendHalf, abc.SendStream, runtime=RUNTIME, place=PLACE):
    pass


class PipeStream(
    TrioReceiver,
    TrioSender,
    AsyncPipeStream[RecvHalf, SendHalf],
    abc.Stream,
    runtime=RUNTIME,
    place=PLACE,
):
    _recv_half_type = RecvHalf
    _send_half_type = SendHalf


class PipeListener(
    TrioListener[PipeStream],
    AsyncPipeListener[PipeStream],
    abc.Listener[PipeStream],
    runtime=RUNTIME,
    place=PLACE,
):
    _stream_type = PipeStream
