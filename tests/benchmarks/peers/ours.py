"""This library."""

from __future__ import annotations

from interprocess.local_socket import Listener, Stream, connect, listen
from tests.benchmarks.model import NotMeasuredError
from tests.benchmarks.peers.byte_stream import BufferedConnection, ByteStreamConnection

#: Seconds of polling before a receiver sleeps.
BUSY_POLL = 1e-4


class Interprocess:
    """Our streams, `send_all` and `recv_into`."""

    def listen(self, address: str) -> OurListener:
        return OurListener(listen(address), self)

    def connect(self, address: str) -> ByteStreamConnection:
        return self.connection(connect(address))

    def connection(self, stream: Stream) -> ByteStreamConnection:
        return ByteStreamConnection(stream, stream.send_all)


class PollingInterprocess(Interprocess):
    """The same, polling for a short time before each sleep."""

    def __init__(self) -> None:
        if not hasattr(Stream, "set_busy_poll"):
            raise NotMeasuredError("streams cannot poll here")

    def connection(self, stream: Stream) -> ByteStreamConnection:
        stream.set_busy_poll(BUSY_POLL)
        return super().connection(stream)


class BufferedInterprocess(Interprocess):
    """The same, read through `makefile`."""

    def connection(self, stream: Stream) -> BufferedConnection:
        return BufferedConnection(stream, stream.send_all)


class OurListener:
    """A listener of ours that makes connections of one kind."""

    def __init__(self, listener: Listener, peer: Interprocess) -> None:
        self._listener = listener
        self._peer = peer

    def accept(self) -> ByteStreamConnection:
        return self._peer.connection(self._listener.accept())

    def close(self) -> None:
        self._listener.close()
