"""Every kind of stream, as a sending and a receiving end that belong together."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from interprocess.local_socket import pair
from interprocess.unnamed_pipe import pipe

Ends = tuple[Any, Any]


@contextlib.contextmanager
def whole() -> Iterator[Ends]:
    first, second = pair()
    with first, second:
        yield first, second


@contextlib.contextmanager
def clones() -> Iterator[Ends]:
    with whole() as (first, second), first.try_clone() as sender, second.try_clone() as receiver:
        yield sender, receiver


@contextlib.contextmanager
def halves() -> Iterator[Ends]:
    with whole() as (first, second):
        (idle, sender), (receiver, also_idle) = first.split(), second.split()
        with idle, also_idle, sender, receiver:
            yield sender, receiver


@contextlib.contextmanager
def pipes() -> Iterator[Ends]:
    sender, receiver = pipe()
    with sender, receiver:
        yield sender, receiver


KINDS: dict[str, Callable[[], contextlib.AbstractContextManager[Ends]]] = {
    "stream": whole,
    "clone": clones,
    "half": halves,
    "pipe": pipes,
}

#: The exception that a call raises instead of waiting, by the way in which waiting was disabled.
REFUSALS: dict[str, type[OSError]] = {"timeout": TimeoutError, "nonblocking": BlockingIOError}


def forbid_waiting(end: Any, how: str) -> None:
    """Make calls that would have to wait raise `REFUSALS[how]` at once."""
    if how == "nonblocking":
        end.set_nonblocking(True)
    else:
        set_timeout(end, 0)


def permit_waiting(end: Any) -> None:
    """Undo `forbid_waiting`."""
    end.set_nonblocking(False)
    set_timeout(end, None)


def set_timeout(end: Any, seconds: float | None) -> None:
    """Set every timeout that an end has."""
    for name in ("set_timeout", "set_recv_timeout", "set_send_timeout"):
        if hasattr(end, name):
            getattr(end, name)(seconds)


def send_and_close(end: Any, data: bytes) -> None:
    """Send DATA and the end of the stream."""
    end.send_all(data)
    end.close()


def read_into(file: Any, size: int, method: str = "readinto") -> bytes | None:
    """Return the data that a file's `readinto` has read, or `None` if it returned that."""
    buffer = bytearray(size)
    count = getattr(file, method)(buffer)
    return None if count is None else bytes(buffer[:count])


def receive_all(end: Any) -> bytes:
    """Return all until the end of the stream."""
    received = bytearray()
    while data := end.recv(1 << 20):
        received += data
    return bytes(received)
