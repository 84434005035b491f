"""pyzmq: PAIR sockets over `ipc://`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from tests.benchmarks.peers.interface import Messages


class ZeroMQ:
    """A pair of sockets; each process has a thread that does its input and output."""

    def listen(self, address: str) -> Pair:
        pair = Pair()
        pair.socket.bind(f"ipc://{address}")
        return pair

    def connect(self, address: str) -> Pair:
        pair = Pair()
        pair.socket.connect(f"ipc://{address}")
        return pair


class Pair(Messages):
    """Either end: a PAIR socket is its own listener, for one client."""

    def __init__(self) -> None:
        # By name: it is typed only where it is installed.
        zmq: Any = importlib.import_module("zmq")
        self._context = zmq.Context()
        self.socket = self._context.socket(zmq.PAIR)
        self.socket.setsockopt(zmq.LINGER, 2000)

    def accept(self) -> Pair:
        return self

    def sender(self) -> Callable[[bytes], object]:
        send: Callable[[bytes], object] = self.socket.send
        return send

    def receiver(self, size: int) -> Callable[[], bytes]:
        receive: Callable[[], bytes] = self.socket.recv
        return receive

    def close(self) -> None:
        self.socket.close()
        self._context.term()
