"""Views of synchronous streams that are used again, or whose stream ends inside the block."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from interprocess.shared_memory.local_socket import Stream, pair
from tests.support import PATIENCE


@pytest.mark.usefixtures("path")
def test_a_count_is_for_one_block() -> None:
    first, second = pair()
    with first, second:
        second.set_recv_timeout(PATIENCE / 10)
        reservation, peek = first.reserve(3), second.peek(3)
        for room_used in (1, None):
            with reservation as room:
                room[:] = b"abc"
                if room_used is not None:
                    reservation.commit(room_used)
        with peek as view:
            seen = bytes(view[:1])
            peek.consume(1)
        rest = b""
        while len(rest) < 3:
            with peek as view:
                rest += view
        assert seen + rest == b"aabc"


def write_around(stream: Stream, call: Callable[[], None]) -> None:
    """Make a call inside a block, and write before and after."""
    with stream.reserve(10) as room:
        room[:] = bytes(10)
        call()
        room[:] = bytes(10)


@pytest.mark.usefixtures("path")
def test_closing_inside_a_block() -> None:
    first, second = pair()
    with first, second:
        second.send_all(b"abc")
        with first.peek(10) as view:
            with pytest.raises(ValueError, match="closed"):
                write_around(first, first.close)
            assert bytes(view) == b"abc"


def test_a_clone_receives_the_view_of_a_closed_stream(path: str) -> None:
    if path == "socket":
        pytest.skip("a view without memory is a copy of bytes that were received")
    first, second = pair()
    with first, second, second.try_clone() as clone:
        first.send_all(b"abc")
        with second.peek(10) as view:
            second.close()
            assert bytes(view) == b"abc"
        assert clone.recv_exactly(3) == b"abc"


def test_shutting_down_inside_a_block(path: str) -> None:
    if path == "socket" and sys.platform == "win32":
        pytest.skip("a pipe has no half-close")
    first, second = pair()
    with first, second:
        with pytest.raises(BrokenPipeError):
            write_around(first, lambda: first.shutdown(1))
        with second.peek(1) as view:
            assert not view


@pytest.mark.usefixtures("path")
def test_a_slice_that_outlives_its_block() -> None:
    first, second = pair()
    with first, second:
        with first.reserve(3) as room:
            end_of_room = room[1:]
            room[:] = b"abc"
        with second.peek(2) as view:
            end_of_view = view[1:]
        first.send_all(b"d")
        assert second.recv_exactly(2) == b"cd"
        del end_of_room, end_of_view
