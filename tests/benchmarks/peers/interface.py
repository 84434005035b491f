"""The interface of a peer for round trips and streams between two processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Connection(Protocol):
    """One end of a connection that is open."""

    def sender(self) -> Callable[[bytes], object]:
        """Return a function that sends the whole of its argument."""

    def receiver(self, size: int) -> Callable[[], bytes | bytearray]:
        """Return a function that receives exactly SIZE bytes, or one message of that size."""

    def absorb(self, size: int, count: int) -> tuple[int, bytes]:
        """Receive COUNT writes of SIZE bytes, in pieces of any size.

        Returns how many bytes came, and the last of them: at most SIZE.
        """

    def close(self) -> None:
        """Close this end."""


class Listener(Protocol):
    """Waits for one client."""

    def accept(self) -> Connection:
        """Return the connection of the client."""

    def close(self) -> None:
        """Stop listening."""


class Peer(Protocol):
    """A way for two processes to exchange bytes. Made without arguments.

    Raises `ImportError` or `NotMeasuredError` when made where it cannot take part.
    """

    def listen(self, address: str) -> Listener:
        """Listen at the address, a path or the name of a pipe."""

    def connect(self, address: str) -> Connection:
        """Connect to the listener at the address."""


class Messages:
    """Common part of connections that preserve message boundaries."""

    def receiver(self, size: int) -> Callable[[], bytes | bytearray]:
        raise NotImplementedError

    def absorb(self, size: int, count: int) -> tuple[int, bytes]:
        receive = self.receiver(size)
        total = 0
        last: bytes | bytearray = b""
        for _ in range(count):
            last = receive()
            total += len(last)
        return total, bytes(last)
