"""Local sockets for trio, and as trio's own interfaces want them.

A named pipe has no half-close, so a stream is a `trio.abc.Stream` and no more.
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


class RecvHalf(TrioReceiver, AsyncRecvHalf, abc.ReceiveStream):
    __doc__ = AsyncRecvHalf.__doc__

    __module__ = "interprocess.local_socket.trio"

    _runtime = RUNTIME


class SendHalf(TrioSender, AsyncSendHalf, abc.SendStream):
    __doc__ = AsyncSendHalf.__doc__

    __module__ = "interprocess.local_socket.trio"

    _runtime = RUNTIME


class Stream(TrioReceiver, TrioSender, AsyncStream[RecvHalf, SendHalf], abc.Stream):
    __doc__ = AsyncStream.__doc__

    __module__ = "interprocess.local_socket.trio"

    _runtime = RUNTIME
    _recv_half_type = RecvHalf
    _send_half_type = SendHalf


class Listener(TrioListener[Stream], AsyncListener[Stream], abc.Listener[Stream]):
    __doc__ = AsyncListener.__doc__

    __module__ = "interprocess.local_socket.trio"

    _runtime = RUNTIME
    _stream_type = Stream
