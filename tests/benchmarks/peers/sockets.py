"""The standard library's `socket`."""

from __future__ import annotations

import socket

from tests.benchmarks.model import NotMeasuredError
from tests.benchmarks.peers.byte_stream import BufferedConnection, ByteStreamConnection


class Sockets:
    """Unix domain sockets, `sendall` and `recv_into`."""

    def __init__(self) -> None:
        if not hasattr(socket, "AF_UNIX"):
            raise NotMeasuredError("this Python has no Unix domain sockets")

    def listen(self, address: str) -> SocketListener:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(address)
        listener.listen()
        return SocketListener(listener, self)

    def connect(self, address: str) -> ByteStreamConnection:
        connected = socket.socket(socket.AF_UNIX)
        connected.connect(address)
        return self.connection(connected)

    def connection(self, connected: socket.socket) -> ByteStreamConnection:
        return ByteStreamConnection(connected, connected.sendall)


class BufferedSockets(Sockets):
    """The same, read through `makefile`."""

    def connection(self, connected: socket.socket) -> BufferedConnection:
        return BufferedConnection(connected, connected.sendall)


class SocketListener:
    """A listening socket that makes connections of one kind."""

    def __init__(self, listener: socket.socket, peer: Sockets) -> None:
        self._listener = listener
        self._peer = peer

    def accept(self) -> ByteStreamConnection:
        connected, _ = self._listener.accept()
        return self._peer.connection(connected)

    def close(self) -> None:
        self._listener.close()
