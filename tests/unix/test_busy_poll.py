"""Brief polling before a receive sleeps: never wrong, never for long, never on a shared core."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator

import pytest

from interprocess import capabilities
from interprocess.local_socket import Name, Stream, pair
from interprocess.os.unix._unix_socket import busy_poll as _busy_poll
from interprocess.os.unix.local_socket import ConnectOptions, ListenerOptions
from tests.support import Running, eventually

pytestmark = pytest.mark.skipif(
    not capabilities.available("busy_poll"), reason="this system has no MSG_DONTWAIT"
)

Pair = tuple[Stream, Stream]


@pytest.fixture
def polling(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1}, raising=False)
    first, second = pair()
    first.set_busy_poll(0.05)
    with first, second:
        yield first, second


def test_all_verbs_receive(polling: Pair) -> None:
    first, second = polling
    second.send_all(b"abcdef")
    assert first.recv(1) == b"a"
    assert first.recv_exactly(2) == b"bc"
    buffer = bytearray(1)
    assert first.recv_into(buffer) == 1
    assert buffer == b"d"
    assert first.recv_vectored([bytearray(1), bytearray(1)]) == 2
    assert first.recv(0) == b""
    second.close()
    assert first.recv(1) == b""


def test_what_comes_later_is_waited_for(polling: Pair) -> None:
    first, second = polling
    receiving = Running(lambda: first.recv(1))
    assert receiving.is_waiting()
    second.send_all(b"x")
    assert receiving.result() == b"x"


def test_timeouts_and_nonblocking_mode(polling: Pair) -> None:
    first, _ = polling
    for timeout in (0, 0.01, 0.1):
        first.set_recv_timeout(timeout)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            first.recv(1)
        assert timeout <= time.monotonic() - began < timeout + 5
    first.set_recv_timeout(None)
    first.set_nonblocking(True)
    with pytest.raises(BlockingIOError):
        first.recv(1)


def test_close_ends_polling(polling: Pair) -> None:
    first, _ = polling
    first.set_busy_poll(60)
    receiving = Running(lambda: first.recv(1))
    assert eventually(lambda: first._descriptor.in_use)
    first.close()
    with pytest.raises(ValueError, match="closed"):
        receiving.result()


def test_errors_are_raised(polling: Pair) -> None:
    first, second = polling
    first.send_all(b"never read")
    second.close()
    with pytest.raises(ConnectionResetError):
        first.recv(1)


def test_halves_poll_too(polling: Pair) -> None:
    first, second = polling
    recv_half, send_half = first.split()
    second.send_all(b"x")
    assert recv_half.recv(1) == b"x"
    with Stream.reunite(recv_half, send_half) as whole:
        assert whole._busy_poll == 0.05


@pytest.mark.skipif(
    not capabilities.available("shared_memory_local_socket"), reason="there is no such module"
)
def test_a_connection_that_found_no_memory_polls_its_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from interprocess.shared_memory.local_socket import _memory
    from interprocess.shared_memory.local_socket import pair as pair_with_memory

    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1}, raising=False)
    monkeypatch.setattr(_memory, "prepare", lambda: False)
    first, second = pair_with_memory()
    with first, second:
        assert not first.through_memory
        first.set_busy_poll(60)
        first.set_recv_timeout(0.3)
        before = time.process_time()
        with pytest.raises(TimeoutError):
            first.recv(1)
        # Polling uses the processor all the time that it gets.
        assert time.process_time() - before > 0.02
        second.send_all(b"xy")
        assert first.recv_exactly(2) == b"xy"
        first.set_nonblocking(True)
        with pytest.raises(BlockingIOError):
            first.recv(1)


def test_nothing_polls_on_a_core_that_both_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0}, raising=False)
    first, second = pair()
    with first, second:
        first.set_busy_poll(60)
        first.set_recv_timeout(0.5)
        before = time.process_time()
        with pytest.raises(TimeoutError):
            first.recv(1)
        # Polling uses the processor all the time.
        assert time.process_time() - before < 0.1


@pytest.mark.skipif(
    not (hasattr(os, "sched_getaffinity") and capabilities.available("peer_creds_pid")),
    reason="cores, or the peer's process, are not reported here",
)
def test_who_has_a_core_of_its_own_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1} if pid else {0})
    first, second = pair()
    with first, second:
        first.set_busy_poll(0.05)
        assert first._busy_poll == 0.05
        monkeypatch.setattr(os, "sched_getaffinity", no_such_process)
        first.set_busy_poll(0.05)
        assert first._busy_poll == 0


def no_such_process(pid: int) -> set[int]:
    if pid:
        raise ProcessLookupError
    return {0}


def test_a_core_that_is_taken_away_ends_it(polling: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = polling
    first.set_recv_timeout(0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0}, raising=False)
    with pytest.raises(TimeoutError):
        first.recv(1)
    assert first._busy_poll == 0


def test_a_system_that_does_not_tell_its_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    for count, may in ((8, True), (1, False), (None, False)):
        monkeypatch.setattr(os, "cpu_count", lambda count=count: count)
        assert _busy_poll.may_poll(-1) == may


def test_options(name: Name) -> None:
    with ListenerOptions(name, busy_poll=0.01).create_sync() as listener:
        with ConnectOptions(name, busy_poll=0.02).connect_sync() as client:
            with listener.accept() as stream:
                assert (stream._busy_poll, client._busy_poll) == (0.01, 0.02)
                client.send_all(b"x")
                assert stream.recv(1) == b"x"
    with pytest.raises(ValueError, match="busy_poll"):
        ListenerOptions(name, busy_poll=0.01).create_asyncio()
    with pytest.raises(ValueError, match="busy_poll"):
        asyncio.run(ConnectOptions(name, busy_poll=0.01).connect_asyncio())
    with pytest.raises(ValueError, match="busy_poll"):
        ConnectOptions(name, busy_poll=-1)
    with pytest.raises(TypeError, match="busy_poll"):
        ListenerOptions(name, busy_poll=None)  # type: ignore[arg-type]  # deliberately wrong


@pytest.mark.parametrize("wrong", [None, "1", True])
def test_wrong_times(wrong: object) -> None:
    first, second = pair()
    with first, second, pytest.raises(TypeError):
        first.set_busy_poll(wrong)  # type: ignore[arg-type]  # deliberately wrong


@pytest.mark.parametrize("wrong", [-1, float("nan")])
def test_bad_times(wrong: float) -> None:
    first, second = pair()
    with first, second, pytest.raises(ValueError, match="busy_poll"):
        first.set_busy_poll(wrong)
