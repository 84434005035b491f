"""Connections through memory, used by forks and signal handlers."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from interprocess import capabilities
from interprocess.shared_memory.local_socket import pair

if not capabilities.available("shared_memory_rings"):
    pytest.skip("elsewhere the bytes go over the socket", allow_module_level=True)

MUCH = 16 * 1024 * 1024


def test_both_sides_of_a_fork() -> None:
    first, second = pair()
    with first, second:
        child = os.fork()
        if not child:
            try:
                first.close()
                second.send_all(b"from the child")
                assert second.recv_exactly(9) == b"to a fork"
            except BaseException:
                os._exit(1)
            os._exit(0)
        second.close()
        assert first.recv_exactly(14) == b"from the child"
        first.send_all(b"to a fork")
        assert os.waitpid(child, 0)[1] == 0
        assert first.recv(1) == b""


class Interrupt(Exception):
    """What a signal handler raises."""


@pytest.fixture
def alarm() -> Iterator[Callable[[Callable[[], None]], None]]:
    """What has a function called by a signal handler, 20 ms later."""
    before = signal.getsignal(signal.SIGALRM)

    def alarm(function: Callable[[], None]) -> None:
        signal.signal(signal.SIGALRM, lambda number, frame: function())
        signal.setitimer(signal.ITIMER_REAL, 0.02)

    yield alarm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_a_handler_that_raises_loses_nothing(alarm: Callable[[Callable[[], None]], None]) -> None:
    def interrupt() -> None:
        raise Interrupt

    first, second = pair()
    with first, second:
        alarm(interrupt)
        with pytest.raises(Interrupt):
            first.recv(1)
        second.send_all(b"x")
        assert first.recv(10) == b"x"
        alarm(interrupt)
        with pytest.raises(Interrupt) as caught:
            first.send_all(bytes(MUCH))
        sent = vars(caught.value).get("characters_written", 0)  # Perhaps it had not begun.
        assert second.recv_exactly(sent) == bytes(sent)
        first.send_all(b"y")
        assert second.recv(10) == b"y"


def test_a_handler_cannot_use_what_it_interrupts(
    alarm: Callable[[Callable[[], None]], None],
) -> None:
    first, second = pair()
    with first, second:
        alarm(lambda: print(first.recv(1)))
        with pytest.raises(RuntimeError, match="signal handler"):
            first.recv(1)
        second.send_all(b"x")
        assert first.recv(10) == b"x"
