"""Shutting down a direction of a connection through memory ends it for every object over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import interprocess
from interprocess import capabilities
from interprocess.local_socket import Shutdown
from interprocess.shared_memory.local_socket import Stream, pair
from tests.support import PATIENCE, Running

if not capabilities.available("shared_memory_rings"):
    pytest.skip("elsewhere the bytes go over the socket", allow_module_level=True)

MUCH = 16 * 1024 * 1024


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def stream(stack: ExitStack) -> Stream:
    first, second = pair()
    stack.enter_context(first)
    stack.enter_context(second)
    first.set_busy_poll(0)
    return first


OTHERS: dict[str, Callable[[Stream], tuple[Any, ...]]] = {
    "a clone": lambda stream: (stream.try_clone(),),
    "a half": lambda stream: stream.split(),
    "a reunited stream": lambda stream: (Stream.reunite(*stream.split()),),
}


@pytest.mark.parametrize("other", OTHERS)
def test_receiving_has_ended_for_what_comes_after(
    stack: ExitStack, stream: Stream, other: str
) -> None:
    stream.shutdown(Shutdown.RECV)
    receiver, *_ = [stack.enter_context(each) for each in OTHERS[other](stream)]
    assert Running(lambda: receiver.recv(1)).result() == b""


def test_a_clone_that_waits_is_woken(stack: ExitStack, stream: Stream) -> None:
    clone = stack.enter_context(stream.try_clone())
    clone.set_busy_poll(0)
    receiving = Running(lambda: clone.recv(1))
    sending = Running(lambda: clone.send_all(bytes(MUCH)))
    assert receiving.is_waiting()
    assert sending.is_waiting()
    stream.shutdown()
    assert receiving.result() == b""
    with pytest.raises(BrokenPipeError):
        sending.result()


def test_waiting_for_several_is_woken(stream: Stream) -> None:
    waiting = Running(lambda: interprocess.wait([stream], PATIENCE / 2))
    assert waiting.is_waiting()
    stream.shutdown(Shutdown.RECV)
    assert waiting.result() == [stream]
