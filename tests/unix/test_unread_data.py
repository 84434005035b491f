"""A peer that leaves without having received everything: what still arrives, what is lost."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

import pytest

from interprocess.local_socket import Stream, pair


def test_peer_that_leaves_unread_data_behind() -> None:
    first, second = pair()
    with first:
        first.send_all(b"never read")
        second.send_all(b"but this arrives")
        second.close()
        assert first.recv_exactly(16) == b"but this arrives"
        outcomes = []
        for _ in range(2):
            try:
                outcomes.append(first.recv(1))
            except ConnectionResetError:
                outcomes.append(b"reset")
        assert outcomes[-1] == b""


RESET: list[Callable[[Stream], object]] = [
    lambda stream: stream.recv(1),
    lambda stream: stream.recv_into(bytearray(1)),
    lambda stream: stream.recv_exactly(1),
]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports that sent data is lost")
@pytest.mark.parametrize("receive", RESET)
def test_peer_that_leaves_without_receiving(receive: Callable[[Stream], object]) -> None:
    first, second = pair()
    with first:
        first.send_all(b"never read")
        second.close()
        with pytest.raises(ConnectionResetError):
            receive(first)
        assert first.recv(1) == b""
        for send in (first.send, first.send_all):
            with pytest.raises(BrokenPipeError):
                send(b"x")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports that sent data is lost")
def test_a_pending_error_is_taken_once() -> None:
    first, second = pair()
    with first:
        first.send_all(b"never read")
        second.close()
        error = first.take_error()
        assert isinstance(error, ConnectionResetError)
        assert (error.errno, error.strerror) == (errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        assert first.take_error() is None
        assert first.recv(1) == b""
