"""No call acts on a handle's number after the number may have been reused."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from interprocess.local_socket import Listener, Name, Stream, connect, listen, pair
from interprocess.unnamed_pipe import Recver, pipe
from tests.support import PATIENCE, Running, open_handles
from tests.windows.layers import lay_over_kernel32
from tests.windows.pipes import connected, interrupt_after

assert sys.platform == "win32"

ACTING = ("CloseHandle", "CancelIoEx", "ReadFile", "WriteFile", "FlushFileBuffers")


class Numbers:
    """Notes what is done to the number of a handle that is closed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.closed: set[int] = set()
        self.strays: list[tuple[str, int]] = []
        functions: dict[str, Callable[..., int]] = {
            name: lambda real, handle, *more, name=name: self.act(name, real, handle, *more)
            for name in ACTING
        }
        for name in ("CreateNamedPipeW", "CreateFileW", "CreateEventW"):
            functions[name] = self.make
        functions["DuplicateHandle"] = self.duplicate
        lay_over_kernel32(monkeypatch, **functions)

    def act(self, name: str, real: Callable[..., int], handle: int, *more: Any) -> int:
        if handle in self.closed:
            self.strays.append((name, handle))
            return 0
        if name == "CloseHandle":
            self.closed.add(handle)
        return real(handle, *more)

    def make(self, real: Callable[..., int], *arguments: Any) -> int:
        handle = real(*arguments)
        self.closed.discard(handle)
        return handle

    def duplicate(self, real: Callable[..., int], *arguments: Any) -> int:
        done = real(*arguments)
        if done:
            self.closed.discard(arguments[3][0])
        return done


@pytest.fixture
def numbers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Numbers]:
    numbers = Numbers(monkeypatch)
    yield numbers
    assert not numbers.strays


@pytest.fixture
def quick_switches() -> Iterator[None]:
    """Make threads switch as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def used_stream() -> Stream:
    first, second = pair()
    with second:
        first.send(b"x")
    return first


def used_listener() -> Listener:
    listener = listen(Name.unique())
    with pytest.raises(TimeoutError):
        listener.accept(0)
    return listener


def used_recver() -> Recver:
    sender, recver = pipe()
    with sender:
        return recver


@pytest.mark.parametrize("make", [used_stream, used_listener, used_recver])
def test_closing_again_acts_on_nothing(make: Callable[[], Any], numbers: Numbers) -> None:
    closed = make()
    closed.close()
    gc.collect()
    before = len(numbers.closed)
    closed.close()
    closed.close()
    assert len(numbers.closed) == before


def test_closing_what_was_given_up_acts_on_nothing(numbers: Numbers) -> None:
    first, second = pair()
    with second:
        recv_half, send_half = first.split()
        first.close()
        whole = Stream.reunite(recv_half, send_half)
        recv_half.close()
        send_half.close()
        with Stream(whole.detach()) as again:
            whole.close()
            second.send(b"x")
            assert again.recv(1) == b"x"


@pytest.mark.usefixtures("quick_switches")
def test_threads_that_close_and_call_at_once(numbers: Numbers) -> None:
    for _ in range(60):
        first, second = pair()
        barrier = threading.Barrier(6)

        def close(stream: Stream = first, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            stream.close()

        def use(stream: Stream = first, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            for call in (lambda: stream.recv(1), lambda: stream.send(b"x"), stream.try_clone):
                try:
                    result = call()
                except (ValueError, OSError):
                    return
                if isinstance(result, Stream):
                    result.close()

        threads = [Running(close) for _ in range(3)] + [Running(use) for _ in range(2)]
        barrier.wait()
        for thread in threads:
            thread.result()
        second.close()


@pytest.mark.usefixtures("quick_switches")
def test_threads_that_close_a_listener_and_accept_at_once(numbers: Numbers) -> None:
    for _ in range(30):
        listener = listen(Name.unique())
        barrier = threading.Barrier(5)

        def close(listener: Listener = listener, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            listener.close()

        def use(listener: Listener = listener, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            with pytest.raises(ValueError, match="closed"):
                listener.accept(PATIENCE)

        threads = [Running(close) for _ in range(2)] + [Running(use) for _ in range(2)]
        barrier.wait()
        for thread in threads:
            thread.result()


def test_a_call_that_begins_on_what_is_closed_is_not_ended_by_closing_again(
    numbers: Numbers,
) -> None:
    """The moment between a call's noting itself and its finding that it must not begin."""
    first, second = pair()
    with second:
        first.close()

        class Uses(list[int]):
            def append(self, use: int) -> None:
                super().append(use)
                first.close()

        first._handle.uses = Uses()
        with pytest.raises(ValueError, match="closed"):
            first.recv(1)


def test_closing_during_a_flush_waits_for_it(numbers: Numbers) -> None:
    with connected() as (server, client):
        server.send(b"x")
        flushing = Running(server.flush)
        assert flushing.is_waiting()
        server.close()
        with pytest.raises(ValueError, match="closed"):
            flushing.result()
        assert client.recv(1) == b"x"


# Interrupts: Windows has no signals but Ctrl-C, which Python raises between two instructions.


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_leaves_nothing_open() -> None:
    import _thread
    import random

    name = Name.unique()

    def work() -> None:
        for one in (*pair(), *pipe()):
            one.close()
        first, second = pair()
        with first, second, first.try_clone() as clone:
            Stream.reunite(*clone.split()).close()
        with listen(name) as listener, connect(name) as client, listener.accept() as stream:
            client.send_all(b"x")
            stream.recv(1)

    work()
    gc.collect()
    before = open_handles()
    interrupts = 0
    for _ in range(60):
        timer = threading.Timer(random.randrange(1, 60) / 1000, _thread.interrupt_main)
        try:
            try:
                timer.start()
                for _ in range(40):
                    work()
                timer.join()
            finally:
                timer.join()
        except KeyboardInterrupt:
            interrupts += 1
    assert interrupts > 20
    gc.collect()
    assert open_handles() <= before


def test_an_interrupted_call_can_be_made_again() -> None:
    first, second = pair()
    with first, second:
        for _ in range(3):
            with interrupt_after(0.05):
                first.recv(1)
        second.send(b"x")
        assert first.recv(1) == b"x"
