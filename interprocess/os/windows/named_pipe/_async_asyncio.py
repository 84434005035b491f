"""Named pipes for asyncio."""

from __future__ import annotations

from interprocess._runtimes.asyncio_completion import RUNTIME
from interprocess.os.windows.named_pipe._async_listener import AsyncPipeListener
from interprocess.os.windows.named_pipe._async_stream import (
    AsyncPipeStream,
    AsyncRecvHalf,
    AsyncSendHalf,
)


class RecvHalf(AsyncRecvHalf):
    __doc__ = AsyncRecvHalf.__doc__

    __module__ = "interprocess.os.windows.named_pipe.asyncio"

    _runtime = RUNTIME


class SendHalf(AsyncSendHalf):
    __doc__ = AsyncSendHalf.__doc__

    __module__ = "interprocess.os.windows.named_pipe.asyncio"

    _runtime = RUNTIME


class PipeStream(AsyncPipeStream[RecvHalf, SendHalf]):
    __doc__ = AsyncPipeStream.__doc__

    __module__ = "interprocess.os.windows.named_pipe.asyncio"

    _runtime = RUNTIME
    _recv_half_type = RecvHalf
    _send_half_type = SendHalf


class PipeListener(AsyncPipeListener[PipeStream]):
    __doc__ = AsyncPipeListener.__doc__

    __module__ = "interprocess.os.windows.named_pipe.asyncio"

    _runtime = RUNTIME
    _stream_type = PipeStream
