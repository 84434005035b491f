"""This library."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from interprocess.local_socket import Listener, Stream, connect, listen
from interprocess.messages import LengthPrefix, MessageStream
from tests.benchmarks.model import NotMeasuredError
from tests.benchmarks.peers.byte_stream import BufferedConnection, ByteStreamConnection
from tests.benchmarks.peers.interface import Connection, Messages

#: Seconds of polling before a receiver sleeps.
BUSY_POLL = 1e-4


class Interprocess:
    """Our streams, `send_all` and `recv_into`."""

    def listen(self, address: str) -> OurListener:
        return OurListener(listen(address), self)

    def connect(self, address: str) -> Connection:
        return self.connection(connect(address))

    def connection(self, stream: Stream) -> Connection:
        return ByteStreamConnection(stream, stream.send_all)


class PollingInterprocess(Interprocess):
    """The same, polling for a short time before each sleep."""

    def __init__(self) -> None:
        if not hasattr(Stream, "set_busy_poll"):
            raise NotMeasuredError("streams cannot poll here")

    def connection(self, stream: Stream) -> Connection:
        stream.set_busy_poll(BUSY_POLL)
        return super().connection(stream)


class BufferedInterprocess(Interprocess):
    """The same, read through `makefile`."""

    def connection(self, stream: Stream) -> BufferedConnection:
        return BufferedConnection(stream, stream.send_all)


class MessageInterprocess(Interprocess):
    """Our streams of messages behind their lengths, `send_many` and `recv`."""

    def connection(self, stream: Stream) -> MessageConnection:
        return MessageConnection(MessageStream(stream, LengthPrefix()))


class OneByOneInterprocess(Interprocess):
    """The same, with a system call for each message that is sent."""

    def connection(self, stream: Stream) -> Connection:
        connection = MessageConnection(MessageStream(stream, LengthPrefix()))
        connection.send_many = None
        return connection


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

    def __init__(self, listener: Listener, peer: Interprocess) -> None:
        self._listener = listener
        self._peer = peer

    def accept(self) -> Connection:
        return self._peer.connection(self._listener.accept())

    def close(self) -> None:
        self._listener.close()
