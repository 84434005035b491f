"""Connections through memory for asyncio."""

from __future__ import annotations

from interprocess._runtimes.asyncio import RUNTIME
from interprocess.local_socket import asyncio as plain
from interprocess.shared_memory.local_socket._async_listener import AsyncListener
from interprocess.shared_memory.local_socket._async_stream import (
    AsyncRecvHalf,
    AsyncSendHalf,
    AsyncStream,
)

PLACE = "interprocess.shared_memory.local_socket.asyncio"


class RecvHalf(AsyncRecvHalf, runtime=RUNTIME, place=PLACE):
    _plain_type = plain.RecvHalf


class SendHalf(AsyncSendHalf, runtime=RUNTIME, place=PLACE):
    _plain_type = plain.SendHalf


class Stream(AsyncStream[RecvHalf, SendHalf], runtime=RUNTIME, place=PLACE):
    _plain_type = plain.Stream
    _recv_half_type = RecvHalf
    _send_half_type = SendHalf


class Listener(AsyncListener[Stream], runtime=RUNTIME, place=PLACE):
    _plain_type = plain.Listener
    _stream_type = Stream
