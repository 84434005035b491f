"""A peer that sleeps is woken, even if an interrupt comes between the data and the wake byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.shared_memory import local_socket
from interprocess.shared_memory._ring import READER, WRITER
from tests.interrupts import NEEDS_POINTS, Interrupt, interrupted_once
from tests.support import PATIENCE, eventually

pytestmark = [
    NEEDS_POINTS,
    pytest.mark.skipif(
        not capabilities.available("shared_memory_rings"), reason="no connection uses memory here"
    ),
]

CAPACITY = 4096


@contextmanager
def connected() -> Iterator[tuple[Any, Any]]:
    """A sender and a receiver that do not poll."""
    sender, receiver = local_socket.pair(buffer_size=CAPACITY)
    with sender, receiver:
        for end in (sender, receiver):
            end.set_busy_poll(0)
        yield sender, receiver


@contextmanager
def sleeping(call: Callable[..., object], data: object, words: Any, state: int) -> Iterator[None]:
    """Have a thread sleep in CALL while the block runs; it must end afterwards."""
    thread = Thread(target=call, args=(data,))
    thread.start()
    assert eventually(lambda: words[state])
    yield
    thread.join(PATIENCE)
    assert not thread.is_alive()


def was_interrupted(call: Callable[[], object]) -> bool:
    """Call, and return true if an interrupt came; its traceback is gone."""
    try:
        call()
    except Interrupt:
        return True
    return False


def reserve(stream: local_socket.Stream, data: bytes) -> object:
    reservation = stream.reserve(len(data))
    with reservation as view:
        view[:] = data
    return reservation  # An exception in its finalizer would only be a warning.


SENDS: dict[str, Callable[[local_socket.Stream, Any], object]] = {
    "send": lambda stream, data: stream.send(data),
    "send_all": lambda stream, data: stream.send_all(data),
    "send, not bytes": lambda stream, data: stream.send(bytearray(data)),
    "reserve": reserve,
}


@pytest.mark.parametrize("send", SENDS)
def test_an_interrupted_send_wakes_the_receiver(send: str) -> None:
    for call in interrupted_once(lambda: SENDS[send](sender, b"x")):
        with connected() as (sender, receiver):
            ring = sender._channel.writer
            with sleeping(receiver.recv, 1, ring.words, READER):
                if was_interrupted(call) and ring.place == [0]:
                    sender.send(b"x")  # Nothing had been sent.


def peek(stream: local_socket.Stream) -> object:
    view = stream.peek(CAPACITY)
    with view:
        pass
    return view  # As above.


RECEIVES: dict[str, Callable[[local_socket.Stream], object]] = {
    "recv": lambda stream: stream.recv(CAPACITY),
    "recv_into": lambda stream: stream.recv_into(bytearray(CAPACITY)),
    "recv_into a view": lambda stream: stream.recv_into(memoryview(bytearray(CAPACITY))),
    "peek": peek,
}


@pytest.mark.parametrize("receive", RECEIVES)
def test_an_interrupted_receive_wakes_the_sender(receive: str) -> None:
    for call in interrupted_once(lambda: RECEIVES[receive](receiver)):
        with connected() as (sender, receiver):
            sender.send_all(bytes(CAPACITY))
            ring = receiver._channel.reader
            with sleeping(sender.send_all, b"x", ring.words, WRITER):
                if was_interrupted(call) and ring.place == [0]:
                    receiver.recv(CAPACITY)  # Nothing had been received.
