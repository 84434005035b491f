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


class RecvHalf(TrioReceiver, AsyncRecvHalf, abc.ReceiveStream):
    __doc__ = AsyncRecvHalf.__doc__

    __module__ = "interprocess.os.windows.named_pipe.trio"

    _runtime = RUNTIME


class SendHalf(TrioSender, AsyncSendHalf, abc.SendStream):
    __doc__ = AsyncSendHalf.__doc__

    __module__ = "interprocess.os.windows.named_pipe.trio"

    _runtime = RUNTIME


class PipeStream(TrioReceiver, TrioSender, AsyncPipeStream[RecvHalf, SendHalf], abc.Stream):
    __doc__ = AsyncPipeStream.__doc__

    __module__ = "interprocess.os.windows.named_pipe.trio"

    _runtime = RUNTIME
    _recv_half_type = RecvHalf
    _send_half_type = SendHalf


class PipeListener(
    TrioListener[PipeStream], AsyncPipeListener[PipeStream], abc.Listener[PipeStream]
):
    __doc__ = AsyncPipeListener.__doc__

    __module__ = "interprocess.os.windows.named_pipe.trio"

    _runtime = RUNTIME
    _stream_type = PipeStream
