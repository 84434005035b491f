"""pynng: Pair0 sockets over `ipc://`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

from tests.benchmarks.peers.interface import Messages


class Nng:
    """A pair of sockets; each process has a pool of threads that does its input and output."""

    def listen(self, address: str) -> Pair:
        pair = Pair()
        pair.socket.listen(_url(address))
        return pair

    def connect(self, address: str) -> Pair:
        pair = Pair()
        pair.socket.dial(_url(address), block=True)
        return pair


class Pair(Messages):
    """Either end: a Pair0 socket is its own listener, for one client."""

    def __init__(self) -> None:
        # By name: it is typed only where it is installed.
        pynng: Any = importlib.import_module("pynng")
        self.socket = pynng.Pair0(recv_timeout=60_000, send_timeout=60_000)
        # As unlimited as the other peers' messages.
        self.socket.recv_max_size = 0

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


def _url(address: str) -> str:
    return f"ipc://{address.rpartition(chr(92))[2] if sys.platform == 'win32' else address}"
