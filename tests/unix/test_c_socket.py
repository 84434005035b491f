"""The C socket that a stream lends its descriptor to, on CPython."""

from __future__ import annotations

import _socket as real
import os
import types
from typing import Any

import pytest

from interprocess.local_socket import pair
from interprocess.os.unix._unix_socket import descriptor
from tests.support import Running, open_handles

pytestmark = pytest.mark.skipif(
    not descriptor.HAS_FAST_SOCKETS, reason="here every call goes through cffi"
)


def test_none_of_two_closes_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    # A reader and a writer that begin together make one each, and each of these closes the number
    # when it is dropped, unless it is told before.
    calls: list[None] = []
    writing: list[Running[None]] = []
    made: list[real.socket] = []
    first, second = pair()

    def new_c_socket(*arguments: Any) -> real.socket:
        if not calls:
            calls.append(None)
            writing.append(Running(lambda: first.send_all(b"from the writer")))
            writing[0].join()
        made.append(real.socket(*arguments))
        return made[-1]

    stand_in = types.SimpleNamespace(socket=new_c_socket, getdefaulttimeout=real.getdefaulttimeout)
    second._descriptor.open_direct()
    monkeypatch.setattr(descriptor, "_socket", stand_in)
    second.send_all(b"x")
    assert first.recv(1) == b"x"
    writing[0].result()
    assert len(made) == 2
    assert second.recv(100) == b"from the writer"
    second.close()
    number = first.fileno()
    first.close()
    assert [c_socket.fileno() for c_socket in made] == [-1, -1]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_using_a_closed_stream_makes_none() -> None:
    first, second = pair()
    before = open_handles()
    first.close()
    second.close()
    for call in (lambda: first.recv(1), lambda: first.send(b"x"), lambda: first.send_all(b"x")):
        with pytest.raises(ValueError, match="closed"):
            call()
    assert open_handles() == before - 2


def test_a_call_from_before_cloning_ends_with_what_arrives() -> None:
    first, second = pair()
    with second:
        waiting = Running(lambda: first.recv(1))
        assert waiting.is_waiting()
        with first.try_clone() as clone:
            first.close()
            assert waiting.is_waiting()
            second.send_all(b"12")
            assert waiting.result() == b"1"
            assert clone.recv(2) == b"2"
            clone.send_all(b"3")
            assert second.recv(1) == b"3"
