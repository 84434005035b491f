"""Calls that wait for the agreement to use memory keep their timeout and their mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from interprocess.local_socket import Name
from interprocess.shared_memory.local_socket import Stream, connect, listen, pair
from tests.support import Running

MUCH = 16 * 1024 * 1024

CALLS: dict[str, Callable[[Stream], object]] = {
    "recv": lambda stream: stream.recv(1),
    "send": lambda stream: stream.send(b"x"),
    "peek": lambda stream: stream.peek(1).__enter__(),
    "reserve": lambda stream: stream.reserve(1).__enter__(),
    "through_memory": lambda stream: stream.through_memory,
    "send_buffer_size": lambda stream: stream.send_buffer_size,
    "recv_buffer_size": lambda stream: stream.recv_buffer_size,
    "shutdown": lambda stream: stream.shutdown(),
    "split": lambda stream: stream.split(),
    "try_clone": lambda stream: stream.try_clone(),
}


@pytest.mark.parametrize("call", CALLS)
def test_nonblocking_mode(name: Name, call: str) -> None:
    with listen(name), connect(name, nonblocking_stream=True) as client:
        with pytest.raises(BlockingIOError, match="would have to wait"):
            Running(lambda: CALLS[call](client)).result()


@pytest.mark.parametrize("call", CALLS)
def test_timeouts(name: Name, call: str) -> None:
    with listen(name), connect(name) as client:
        client.set_recv_timeout(0.01)
        client.set_send_timeout(0.01)
        with pytest.raises(TimeoutError, match="timed out waiting"):
            Running(lambda: CALLS[call](client)).result()


VIEWS: dict[str, Callable[[Stream], Any]] = {
    "peek": lambda stream: stream.peek(1),
    "reserve": lambda stream: stream.reserve(1),
}


@pytest.mark.parametrize("view", VIEWS)
def test_views_in_nonblocking_mode(view: str) -> None:
    first, second = pair()
    with first, second:
        first.set_nonblocking(True)
        with pytest.raises(BlockingIOError):
            first.send_all(bytes(MUCH))
        if first.through_memory or view == "peek":
            with pytest.raises(BlockingIOError), VIEWS[view](first):
                raise AssertionError("there is neither data nor room")
