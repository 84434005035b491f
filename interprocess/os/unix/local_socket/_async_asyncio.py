"""Local sockets for asyncio."""

from __future__ import annotations

from interprocess._runtimes.asyncio import RUNTIME
from interprocess.os.unix.local_socket._async_listener import AsyncListener
from interprocess.os.unix.local_socket._async_stream import (
    AsyncRecvHalf,
    AsyncSendHalf,
    AsyncStream,
)


class RecvHalf(AsyncRecvHalf):
    __doc__ = AsyncRecvHalf.__doc__

    __module__ = "interprocess.local_socket.asyncio"

    _runtime = RUNTIME


class SendHalf(AsyncSendHalf):
    __doc__ = AsyncSendHalf.__doc__

    __module__ = "interprocess.local_socket.asyncio"

    _runtime = RUNTIME


class Stream(AsyncStream[RecvHalf, SendHalf]):
    __doc__ = AsyncStream.__doc__

    __module__ = "interprocess.local_socket.asyncio"

    _runtime = RUNTIME
    _recv_half_type = RecvHalf
    _send_half_type = SendHalf


class Listener(AsyncListener[Stream]):
    __doc__ = AsyncListener.__doc__

    __module__ = "interprocess.local_socket.asyncio"

    _runtime = RUNTIME
    _stream_type = Stream
