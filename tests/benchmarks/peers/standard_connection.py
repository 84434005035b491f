"""The standard library's `multiprocessing.connection`."""

from __future__ import annotations

import multiprocessing.connection
from collections.abc import Callable
from typing import Any

from tests.benchmarks.peers.interface import Messages


class MultiprocessingConnection:
    """`send_bytes` and `recv_bytes`, over a Unix domain socket or a named pipe."""

    def listen(self, address: str) -> ConnectionListener:
        return ConnectionListener(multiprocessing.connection.Listener(address))

    def connect(self, address: str) -> BytesConnection:
        return BytesConnection(multiprocessing.connection.Client(address))


class BytesConnection(Messages):
    """An open one."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def sender(self) -> Callable[[bytes], object]:
        send: Callable[[bytes], object] = self._connection.send_bytes
        return send

    def receiver(self, size: int) -> Callable[[], bytes]:
        receive: Callable[[], bytes] = self._connection.recv_bytes
        return receive

    def close(self) -> None:
        self._connection.close()


class ConnectionListener:
    """A listening one."""

    def __init__(self, listener: multiprocessing.connection.Listener) -> None:
        self._listener = listener

    def accept(self) -> BytesConnection:
        return BytesConnection(self._listener.accept())

    def close(self) -> None:
        self._listener.close()
