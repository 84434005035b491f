"""Threads that share connections through memory."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.shared_memory import _sleeping
from interprocess.shared_memory._ring import HEAD
from interprocess.shared_memory.local_socket import Stream, pair
from tests.support import Running, repetitions

if not capabilities.available("shared_memory_rings"):
    pytest.skip("elsewhere the bytes go over the socket", allow_module_level=True)

MUCH = 16 * 1024 * 1024


def test_unheard_wakes_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that always finds something before it sleeps leaves few bytes on the socket."""
    first, second = pair()
    with first, second:
        sent = 0

        def send_in_time() -> None:
            nonlocal sent
            first.send_all(b"x")
            sent += 1

        monkeypatch.setattr(_sleeping, "barrier", send_in_time)
        second.set_busy_poll(0)
        for _ in range(1000):
            assert second.recv(1) == b"x"
        assert sent == 1000
        plain_second: Any = second._main
        assert len(plain_second.recv(1000)) <= 2 * _sleeping.MOST_UNHEARD


def test_polling_ends_in_time() -> None:
    """A clock that advances every 16 ms would not do."""
    first, second = pair()
    times = []
    with first, second:
        reader: Any = first._channel.reader
        for _ in range(21):
            began = time.perf_counter()
            assert not _sleeping.poll_index(reader, HEAD, 0, 1e-5)
            times.append(time.perf_counter() - began)
    assert sorted(times)[10] < 5e-4


@pytest.mark.parametrize("count", [2, 8])
def test_threads_take_turns(count: int) -> None:
    """Each byte is received once, however many threads send and receive on one stream."""
    first, second = pair(buffer_size=1 << 12)
    record, rounds = 50, repetitions(2000)

    def send(number: int) -> None:
        for _ in range(rounds):
            first.send_all(bytes([number]) * record)

    def receive() -> dict[int, int]:
        counts = dict.fromkeys(range(count), 0)
        while data := second.recv(77):
            for number in set(data):
                counts[number] += data.count(number)
        return counts

    with first, second:
        receiving = [Running(receive) for _ in range(count)]
        sending = [Running(lambda number=number: send(number)) for number in range(count)]  # type: ignore[misc]
        for thread in sending:
            thread.result()
        first.close()
        received = [thread.result() for thread in receiving]
    for number in range(count):
        assert sum(counts[number] for counts in received) == record * rounds


ENDINGS: dict[str, Callable[[Stream], None]] = {
    "shutdown": lambda stream: stream.shutdown(),
    "close": lambda stream: stream.close(),
}


@pytest.mark.parametrize("busy_poll", [0, 2e-5], ids=["sleeping", "polling"])
@pytest.mark.parametrize("end", ENDINGS)
def test_ending_wakes_other_threads(end: str, busy_poll: float) -> None:
    first, second = pair()
    with first, second:
        first.set_busy_poll(busy_poll)
        receiving = Running(lambda: first.recv(1))
        sending = Running(lambda: first.send_all(bytes(MUCH)))
        assert receiving.is_waiting()
        assert sending.is_waiting()
        began = time.monotonic()
        ENDINGS[end](first)
        if end == "close":
            with pytest.raises(ValueError, match="closed"):
                receiving.result()
            with pytest.raises(ValueError, match="closed"):
                sending.result()
        else:
            assert receiving.result() == b""
            with pytest.raises(BrokenPipeError):
                sending.result()
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("splits", [1, 2, 3])
def test_a_stream_that_is_closed_while_it_is_split(
    splits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either it is closed, or its halves can be closed; the peer notices."""
    first, second = pair()
    plain: Any = type(first._main)
    real, done = plain.split, []

    def split_and_close(main: Any) -> Any:
        halves = real(main)
        done.append(halves)
        if len(done) == splits:
            first.close()
        return halves

    monkeypatch.setattr(plain, "split", split_and_close)
    with second:
        with contextlib.suppress(ValueError):
            for half in first.split():
                half.close()
        assert first.closed
        assert second.recv(1) == b""
