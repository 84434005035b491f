"""Wrong arguments to a stream are refused with an error that says what is wrong."""

from __future__ import annotations

import array
import math
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import pytest

from interprocess.local_socket import (
    ConnectWaitMode,
    IncompleteReadError,
    ListenerOptions,
    Name,
    connect,
    listen,
    pair,
)
from tests.portable.streams import KINDS, Ends, send_and_close, set_timeout
from tests.support import Running

#: No clock of any system gets there.
NEVER = [math.inf, 1e19, 10**400, 2**32]


@pytest.fixture(params=sorted(KINDS))
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    with KINDS[request.param]() as ends:
        yield ends


# Sizes and data


def test_what_is_no_size_is_refused(ends: Ends) -> None:
    sender, receiver = ends
    for size in (b"ab", "x", 1.5, None, [1]):
        for verb in (receiver.recv, receiver.recv_exactly):
            with pytest.raises(TypeError, match=r"size must be|integer"):
                verb(size)
        sender.send_all(b"x")
        assert receiver.recv(1) == b"x"  # The next ones may take another way.
    for size in (-1, -(2**40), -(2**70)):
        for verb in (receiver.recv, receiver.recv_exactly):
            with pytest.raises((ValueError, OverflowError), match=r"size must be|negative|large"):
                verb(size)


class Index:
    """A number of another kind, as numpy has them."""

    def __index__(self) -> int:
        return 2


def test_sizes_of_other_kinds_of_numbers(ends: Ends) -> None:
    sender, receiver = ends
    sender.send_all(b"abcd")
    assert receiver.recv_exactly(Index()) == b"ab"
    assert receiver.recv(Index()) == b"cd"


def test_no_size_is_too_large_to_receive_what_is_there(ends: Ends) -> None:
    sender, receiver = ends
    for size in (1 << 40, sys.maxsize, 1 << 70):
        sender.send_all(b"abcd")
        assert receiver.recv(size) == b"abcd"


def test_what_is_not_bytes_like_is_not_sent(ends: Ends) -> None:
    sender, receiver = ends
    for data in ("text", None, [1], 5, 1.5, object()):
        vectored = partial(map, sender.send_vectored, [[data]])
        for verb in (sender.send, sender.send_all, sender.write, lambda _, v=vectored: list(v())):
            with pytest.raises(TypeError, match=r"bytes-like object.*(is required|found)"):
                verb(data)
        with pytest.raises(TypeError):
            sender.writelines([b"y", data])
        assert receiver.recv_exactly(1) == b"y"


def test_what_is_not_several_buffers_is_refused(ends: Ends) -> None:
    sender, receiver = ends
    for verb in (sender.send_vectored, receiver.recv_vectored):
        for buffers in (None, 5):
            with pytest.raises(TypeError, match="buffers must be several"):
                verb(buffers)
    assert sender.send_vectored(data for data in (b"a", b"b")) == 2
    room = bytearray(1), bytearray(1)
    assert receiver.recv_vectored(buffer for buffer in room) == 2
    assert b"".join(room) == b"ab"


def test_what_cannot_be_received_into_is_refused(ends: Ends) -> None:
    sender, receiver = ends
    for buffer in (b"x", "text", None, 5, memoryview(bytearray(8))[::2], memoryview(b"1")):
        for verb in (receiver.recv_into, receiver.readinto):
            with pytest.raises((TypeError, BufferError), match=r"bytes-like|contiguous|writable"):
                verb(buffer)
        with pytest.raises((TypeError, BufferError), match=r"bytes-like|contiguous|writable"):
            receiver.recv_vectored([buffer])
        sender.send_all(b"x")
        assert receiver.recv(1) == b"x"


def test_items_of_several_bytes(ends: Ends) -> None:
    sender, receiver = ends
    numbers = array.array("I", [1, 2, 3])
    calls: list[Callable[[], object]] = [
        lambda: sender.send(numbers),
        lambda: sender.send_all(numbers),
        lambda: sender.write(numbers),
        lambda: sender.send_vectored([numbers]),
    ]
    for call in calls:
        assert call() in (12, None)
        received = array.array("I", [0, 0, 0])
        assert receiver.recv_into(received) == 12
        assert received == numbers


# Memory


def most_memory_of(function: Callable[[], object]) -> int:
    """Return how many bytes Python had allocated at most for a call, beyond what it had before."""
    tracemalloc = pytest.importorskip("tracemalloc")  # PyPy has none.
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        function()
        _, most = tracemalloc.get_traced_memory()
        return int(most - before)
    finally:
        tracemalloc.stop()


def test_a_claim_costs_no_memory(ends: Ends) -> None:
    sender, receiver = ends
    sender.send_all(b"abc")
    set_timeout(receiver, 0.05)

    def receive() -> None:
        with pytest.raises(TimeoutError) as caught:
            receiver.recv_exactly(1 << 30)
        assert caught.value.partial == b"abc"  # type: ignore[attr-defined]  # documented

    assert most_memory_of(receive) < 1 << 20


def test_receiving_takes_memory_for_what_has_arrived() -> None:
    sender, receiver = pair()
    with sender, receiver:
        size = 4 << 20

        def receive() -> None:
            sending = Running(partial(send_and_close, sender, bytes(size)))
            with pytest.raises(IncompleteReadError) as caught:
                receiver.recv_exactly(1 << 30)
            assert len(caught.value.partial) == size
            sending.result()

        assert most_memory_of(receive) < 6 * size


# Timeouts


def test_a_timeout_that_never_comes(ends: Ends) -> None:
    sender, receiver = ends
    for seconds in NEVER:
        set_timeout(sender, seconds)
        set_timeout(receiver, seconds)
        receiving = Running(lambda: receiver.recv_exactly(1))
        assert receiving.is_waiting()
        sender.send_all(b"x")
        assert receiving.result() == b"x"
        sending = Running(lambda: sender.send_all(bytes(1 << 20)))
        assert receiver.recv_exactly(1 << 20) == bytes(1 << 20)
        sending.result()


def test_connecting_and_accepting_for_ever(name: Name) -> None:
    for seconds in NEVER:
        with ListenerOptions(name, max_spin_time=seconds).create_sync() as listener:
            accepting = Running(partial(listener.accept, timeout=seconds))
            assert accepting.is_waiting()
            with connect(name, timeout=seconds) as stream, accepting.result() as accepted:
                stream.send_all(b"x")
                assert accepted.recv(1) == b"x"


def ways_to_give(seconds: Any, ends: Ends) -> list[Callable[[], object]]:
    """Return calls that take a time."""
    return [
        *(partial(set_timeout, end, seconds) for end in ends),
        lambda: ConnectWaitMode.timeout(seconds),
        lambda: connect(Name.unique(), timeout=seconds),
        lambda: ListenerOptions(Name.unique(), max_spin_time=seconds),
    ]


def test_what_is_no_time_is_refused(ends: Ends) -> None:
    no_times: list[Any] = [True, False, "1", b"1", Decimal(1), Fraction(1), 1j, [1], object()]
    for seconds in no_times:
        for give in ways_to_give(seconds, ends):
            with pytest.raises(TypeError, match="must be a number of seconds or None, not"):
                give()
    for seconds in (-1, -0.001, math.nan, -math.inf, -(10**400)):
        for give in ways_to_give(seconds, ends):
            with pytest.raises(ValueError, match="must be at least 0 seconds"):
                give()
    with listen(Name.unique()) as listener:
        with pytest.raises(TypeError, match="number of seconds"):
            listener.accept(timeout="1")  # type: ignore[arg-type]  # deliberately wrong
        with pytest.raises(ValueError, match="at least 0 seconds"):
            listener.accept(timeout=math.nan)
