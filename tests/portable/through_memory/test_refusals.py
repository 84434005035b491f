"""What a connection through memory refuses, since another process could not use it."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

import pytest

from interprocess import local_socket as plain
from interprocess.errors import UnsupportedError
from interprocess.local_socket import as_socket, send_object
from interprocess.shared_memory.local_socket import RecvHalf, SendHalf, Stream, listen, pair
from interprocess.unnamed_pipe import share_with_child

REFUSED: dict[str, Callable[[Any, Any], object]] = {
    "pickle": lambda stream, _: pickle.dumps(stream),
    "send_object": lambda stream, carrier: send_object(carrier, stream),
    "share_with_child": lambda stream, _: share_with_child(stream).__enter__(),
}
if sys.platform == "win32":
    from interprocess.os.windows.share_handle import share_handle

    REFUSED["share_handle"] = lambda stream, _: share_handle(stream, pid=os.getpid())


@pytest.mark.parametrize("refused", REFUSED)
def test_handing_over(refused: str) -> None:
    first, second = pair()
    carrier, other = plain.pair()
    with first, second, carrier, other:
        with pytest.raises(TypeError, match="not"):
            REFUSED[refused](first, carrier)
        first.send_all(b"x")
        assert second.recv(1) == b"x"


@pytest.mark.parametrize("kind", [Stream, RecvHalf, SendHalf])
def test_adopting_a_number(kind: Any) -> None:
    for arguments in ((), (5,)):
        with pytest.raises(TypeError, match="made by connect"):
            kind(*arguments)


def test_handing_a_listener_over() -> None:
    carrier, other = plain.pair()
    with carrier, other, listen() as listener:
        with pytest.raises(TypeError, match="handed over"):
            send_object(carrier, listener)


def test_a_descriptor_to_wait_for() -> None:
    first, second = pair()
    with first, second:
        with pytest.raises(UnsupportedError, match="wrap_tls"):
            as_socket(first).fileno()
        second.send_all(b"x")
        assert first.recv(1) == b"x"
    assert as_socket(first).fileno() == -1
