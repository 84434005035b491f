"""No signal handler comes into an imitated system call, and none is lost."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from interprocess._bindings.libc import ffi
from interprocess.os.unix import _calls
from tests.kernels import fifo
from tests.kernels.signals import WaitingHandler, uninterrupted
from tests.support import IMITATED

Install = Callable[[Callable[[], object]], None]


@pytest.fixture
def handle() -> Iterator[Install]:
    """What makes a function the handler of SIGUSR1."""
    before = signal.getsignal(signal.SIGUSR1)

    def install(handler: Callable[[], object]) -> None:
        signal.signal(signal.SIGUSR1, WaitingHandler(lambda *_: handler()))

    yield install
    signal.signal(signal.SIGUSR1, before)


def look_for_signals() -> None:
    """Python does so where a function begins."""


def test_a_handler_waits_for_the_end_of_a_call(handle: Install) -> None:
    seen: list[str] = []
    handle(lambda: seen.append("handler"))

    @uninterrupted
    def inner() -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        seen.append("inside")

    @uninterrupted
    def call() -> None:
        inner()
        seen.append("still inside")

    call()
    look_for_signals()
    assert seen == ["inside", "still inside", "handler"]
    os.kill(os.getpid(), signal.SIGUSR1)
    look_for_signals()
    assert seen[3:] == ["handler"]


@pytest.mark.skipif(
    sys.implementation.name != "cpython" or sys.version_info < (3, 11),
    reason="a signal handler may run between a function's return and its caller here",
)
def test_the_result_is_kept_before_a_handler_raises(handle: Install) -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    handle(fail)

    @uninterrupted
    def call(number: int) -> int:
        os.kill(os.getpid(), signal.SIGUSR1)
        return number

    kept: list[int] = []

    def keep() -> None:
        nonlocal kept
        kept += map(call, (7,))
        look_for_signals()

    with pytest.raises(KeyboardInterrupt):
        keep()
    assert kept == [7]


@pytest.mark.skipif(not IMITATED, reason="no kernel is imitated")
def test_a_signal_just_before_a_wait_ends_it(
    handle: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    handle(lambda: seen.append("handler"))
    poll = fifo.poll

    def signal_and_poll(*arguments: Any) -> int:
        os.kill(os.getpid(), signal.SIGUSR1)
        return poll(*arguments)

    monkeypatch.setattr(fifo, "poll", signal_and_poll)
    with pytest.raises(InterruptedError):
        _calls.poll(ffi.new("struct pollfd *", {"fd": -1}), 1, 60_000)
    assert seen == ["handler"]
