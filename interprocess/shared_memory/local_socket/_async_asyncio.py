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
from interprocess.shared_memory.local_socket._async_views import AsyncPeek, AsyncReservation

PLACE = "interprocess.shared_memory.local_socket.asyncio"


class Peek(AsyncPeek):
    __doc__ = AsyncPeek.__doc__
    __module__ = PLACE


class Reservation(AsyncReservation):
    __doc__ = AsyncReservation.__doc__
    __module__ = PLACE


class RecvHalf(AsyncRecvHalf, runtime=RUNTIME, place=PLACE):
    _plain_type = plain.RecvHalf
    _peek_type = Peek


class SendHalf(AsyncSendHalf, runtime=RUNTIME, place=PLACE):
    _plain_type = plain.SendHalf
    _reservation_type = Reservation


class Stream(AsyncStream[RecvHalf, SendHalf], runtime=RUNTIME, place=PLACE):
    _plain_type = plain.Stream
    _peek_type = Peek
    _reservation_type = Reservation
    _recv_half_type = RecvHalf
    _send_half_type = SendHalf


class Listener(AsyncListener[Stream], runtime=RUNTIME, place=PLACE):
    _plain_type = plain.Listener
    _stream_type = Stream
