"""This library."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from interprocess.local_socket import Stream, connect, listen
from interprocess.messages import LengthPrefix, MessageStream
from tests.benchmarks.model import NotMeasuredError
from tests.benchmarks.peers.byte_stream import ROOM, BufferedConnection, ByteStreamConnection
from tests.benchmarks.peers.interface import Connection, Messages

#: Seconds of polling before a receiver sleeps.
BUSY_POLL = 1e-4


class Interprocess:
    """Our streams, `send_all` and `recv_into`."""

    def listen(self, address: str) -> OurListener:
        return OurListener(listen(address), self)

    def connect(self, address: str) -> Connection:
        return self.connection(connect(address))

    def connection(self, stream: Any) -> Connection:
        return ByteStreamConnection(stream, stream.send_all)


class PollingInterprocess(Interprocess):
    """The same, polling for a short time before each sleep."""

    def __init__(self) -> None:
        if not hasattr(Stream, "set_busy_poll"):
            raise NotMeasuredError("streams cannot poll here")

    def connection(self, stream: Any) -> Connection:
        stream.set_busy_poll(BUSY_POLL)
        return super().connection(stream)


class BufferedInterprocess(Interprocess):
    """The same, read through `makefile`."""

    def connection(self, stream: Any) -> BufferedConnection:
        return BufferedConnection(stream, stream.send_all)


class MessageInterprocess(Interprocess):
    """Our streams of messages behind their lengths, `send_many` and `recv`."""

    def connection(self, stream: Any) -> MessageConnection:
        return MessageConnection(MessageStream(stream, LengthPrefix()))


class OneByOneInterprocess(Interprocess):
    """The same, with a system call for each message that is sent."""

    def connection(self, stream: Any) -> Connection:
        connection = MessageConnection(MessageStream(stream, LengthPrefix()))
        connection.send_many = None
        return connection


class MemoryInterprocess(Interprocess):
    """Our streams whose bytes go through shared memory."""

    def listen(self, address: str) -> OurListener:
        from interprocess.shared_memory import local_socket

        return OurListener(local_socket.listen(address), self)

    def connect(self, address: str) -> Connection:
        from interprocess.shared_memory import local_socket

        return self.connection(local_socket.connect(address))


class PollingMemoryInterprocess(MemoryInterprocess, PollingInterprocess):
    """The same, polling for a longer time before each sleep."""


class SleepingMemoryInterprocess(MemoryInterprocess):
    """The same, sleeping at once."""

    def connection(self, stream: Any) -> Connection:
        stream.set_busy_poll(0)
        return super().connection(stream)


class MemoryMessageInterprocess(MemoryInterprocess, MessageInterprocess):
    """Our streams of messages over them."""


class MemoryViewInterprocess(MemoryInterprocess):
    """The same, with `reserve` and `peek`: the data is written where the peer reads it."""

    def connection(self, stream: Any) -> Connection:
        return ViewConnection(stream, stream.send_all)


class ViewConnection(ByteStreamConnection):
    """One whose writes are made in the ring, and whose bytes are looked at there."""

    def sender(self) -> Callable[[bytes], object]:
        reserve = self.stream.reserve

        def send(data: bytes) -> None:
            rest = memoryview(data)
            while rest:
                with reserve(len(rest)) as room:
                    count = len(room)
                    room[:] = rest[:count]
                rest = rest[count:]

        return send

    def absorb(self, size: int, count: int) -> tuple[int, bytes]:
        peek, most = self.stream.peek, max(size, ROOM)
        wanted = size * count
        total = 0
        last = bytearray()
        while total < wanted:
            with peek(most) as view:
                if not view:
                    raise EOFError(f"the stream ended after {total} of {wanted} bytes")
                total += len(view)
                if wanted - total < size:  # What comes last is compared.
                    last += view
        return total, bytes(last[-size:])


class MessageConnection(Messages):
    """An open one."""

    def __init__(self, messages: MessageStream) -> None:
        self._messages = messages
        self.send_many: Callable[[Iterable[bytes]], None] | None = messages.send_many

    def sender(self) -> Callable[[bytes], object]:
        return self._messages.send

    def receiver(self, size: int) -> Callable[[], bytes]:
        return self._messages.recv  # type: ignore[return-value]  # it ends only after the answer

    def close(self) -> None:
        self._messages.close()


class OurListener:
    """A listener of ours that makes connections of one kind."""

    def __init__(self, listener: Any, peer: Interprocess) -> None:
        self._listener = listener
        self._peer = peer

    def accept(self) -> Connection:
        return self._peer.connection(self._listener.accept())

    def close(self) -> None:
        self._listener.close()
