"""Signal handlers that raise, or use streams of their own, at any moment of what we do."""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from interprocess import capabilities
from interprocess.errors import UnexpectedObjectError
from interprocess.local_socket import (
    Name,
    Stream,
    connect,
    listen,
    pair,
    recv_object,
    send_object,
)
from interprocess.os.unix._unix_socket import address, listening
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, open_handles, unique_name

# A handler may raise in a finalizer, and what an interrupt drops was not closed.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

#: PyPy and CPython 3.9 run signal handlers between any two instructions, and finalize later.
exact = pytest.mark.skipif(
    sys.implementation.name != "cpython" or sys.version_info < (3, 10),
    reason="here a signal handler may run between any two instructions",
)

DESCRIPTORS_TRAVEL = pytest.mark.skipif(
    not capabilities.available("send_fds"), reason="no descriptors travel here"
)


class Interrupt(Exception):
    """Raised by the signal handler."""


@contextmanager
def handling(handler: Callable[[], object]) -> Iterator[None]:
    """Make SIGALRM call HANDLER."""
    before = signal.signal(signal.SIGALRM, lambda *_: handler())
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def stop_alarm() -> None:
    """Stop sending SIGALRM, and run the handler if a signal is pending.

    CPython overlooks a signal that arrives while it takes the GIL, until it is made to check.
    """
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, ())


def interrupt() -> None:
    raise Interrupt


def interrupted(work: Callable[[], object], rounds: int) -> int:
    """Interrupt WORK ROUNDS times at random moments; return how many rounds were interrupted."""
    interrupts = 0
    with handling(interrupt):
        for _ in range(rounds):
            try:
                signal.setitimer(signal.ITIMER_REAL, random.randrange(5, 200) * 1e-6)
                work()
                stop_alarm()
            except Interrupt:
                interrupts += 1
    return interrupts


def close_all(*streams: Stream) -> None:
    for stream in streams:
        stream.close()


def make_pairs() -> None:
    for one in (*pair(), *pipe()):
        one.close()


def clone_and_split() -> None:
    first, second = pair()
    with first, second, first.try_clone() as clone:
        clone.set_recv_timeout(0.00001)
        try:
            clone.recv(1)
        except TimeoutError:
            pass
        Stream.reunite(*clone.split()).close()
        first.send_all(b"x")
        second.recv(1)


NAME = unique_name("namespaced")


def listen_and_connect() -> None:
    with listen(NAME) as listener, connect(NAME) as client, listener.accept() as stream:
        client.send_all(b"x")
        stream.recv(1)


@exact
@pytest.mark.parametrize("work", [make_pairs, clone_and_split, listen_and_connect])
def test_an_interrupt_leaves_nothing_open(work: Callable[[], None]) -> None:
    work()
    gc.collect()
    before = open_handles()
    assert interrupted(work, 3000) > 100
    gc.collect()
    assert open_handles() == before


@exact
def test_an_interrupt_closes_no_number_behind_its_stream() -> None:
    for _ in range(3000):
        first, second = pair()
        with first, second:
            interrupted(lambda first=first: first.send_all(b"x"), 1)  # type: ignore[misc]  # lambda
            os.fstat(first.fileno())


@pytest.mark.parametrize("share", [False, True])
def test_an_interrupted_send_says_how_much_went_out(share: bool) -> None:
    first, second = pair()
    with handling(interrupt), second:
        with first:
            clone = first.try_clone() if share else None
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(Interrupt) as raised:
                first.send_all(bytes(10_000_000))
            if clone is not None:
                clone.close()
        arrived = 0
        while data := second.recv(1 << 20):
            arrived += len(data)
    assert arrived > 0
    assert raised.value.characters_written == arrived  # type: ignore[attr-defined]  # documented


@pytest.mark.parametrize("timeout", [None, 0.2])
def test_errors_in_a_handler_are_not_those_of_the_call(timeout: float | None) -> None:
    # The handler's own calls fail in every way, right after the system has interrupted ours.
    first, second = pair()
    broken, gone = pair()
    gone.close()
    waiting, _kept = pair()
    waiting.set_recv_timeout(0.00001)
    handled: list[None] = []

    def fail() -> None:
        with pytest.raises(TimeoutError):
            waiting.recv(1)
        with pytest.raises(BrokenPipeError):
            broken.send_vectored([b"x"])
        # An abstract name refuses, a file is not there.
        with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
            connect(NAME)
        handled.append(None)
        if len(handled) == 20:
            second.send_all(b"x")

    first.set_recv_timeout(PATIENCE if timeout else None)
    with first, second, broken, waiting, _kept, handling(fail):
        signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
        assert first.recv(1) == b"x"
        signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.mark.parametrize("share", [False, True])
def test_a_handler_may_close_what_its_thread_waits_for(share: bool) -> None:
    first, second = pair()
    with second, handling(first.close):
        clone = first.try_clone() if share else None
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(ValueError, match="closed"):
            first.recv(1)
        if clone is not None:
            clone.send_all(b"x")
            assert second.recv(1) == b"x"
            clone.close()


def test_a_handler_may_use_streams_whatever_the_program_does() -> None:
    def use() -> None:
        clone_and_split()
        make_pairs()

    def use_and_come_again() -> None:
        use()
        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 3e-4))

    end = time.monotonic() + 1
    with handling(use_and_come_again):
        signal.setitimer(signal.ITIMER_REAL, 1e-4)
        while time.monotonic() < end:
            use()


def test_an_interrupted_accept_turns_the_client_away_or_keeps_it(name: Name) -> None:
    with listen(name) as listener, handling(interrupt):
        for _ in range(300):
            with connect(name) as client:
                client.set_recv_timeout(PATIENCE)
                try:
                    signal.setitimer(signal.ITIMER_REAL, random.randrange(1, 30) * 1e-6)
                    listener.accept().close()
                    stop_alarm()
                except Interrupt:
                    gc.collect()
                    try:
                        listener.accept(timeout=0).close()  # It keeps waiting, ...
                    except TimeoutError:
                        pass  # ... or was accepted, and closed with its stream.
                assert client.recv(1) == b""


@exact
@DESCRIPTORS_TRAVEL
def test_interrupts_leak_no_descriptor_on_its_way() -> None:
    first, second = pair()
    sent = [os.open(os.devnull, os.O_RDONLY) for _ in range(2)]
    with first, second:
        before = open_handles()
        kept: list[int] = []

        def transfer() -> None:
            nonlocal kept
            close_numbers(kept)  # Those of the last one, which was interrupted.
            first.send_fds(b"x", sent)
            [(_, kept)] = map(second.recv_fds, (100,), (2,))
            close_numbers(kept)

        assert interrupted(transfer, 3000) > 100
        close_numbers(kept)
        first.send_all(b"end")
        while not second.recv(1000).endswith(b"end"):
            pass
        assert open_handles() == before
    close_numbers(sent)


@exact
@DESCRIPTORS_TRAVEL
def test_interrupts_leak_no_object_on_its_way() -> None:
    first, second = pair()
    sender, recver = pipe()
    with first, second, sender, recver, open(os.devnull, "rb") as file:
        before = open_handles()
        second.set_recv_timeout(0)

        def transfer() -> None:
            send_object(first, sender)
            send_object(first, file)
            while True:
                try:
                    recv_object(second).close()
                except UnexpectedObjectError:
                    pass  # The rest of a message whose receipt was interrupted.
                except TimeoutError:
                    return

        assert interrupted(transfer, 2000) > 100
        transfer()  # The stream keeps what the last one has begun to receive, for the next.
        first.send_all(b"end")
        while not second.recv(1000).endswith(b"end"):
            pass
        assert open_handles() == before


def close_numbers(numbers: list[int]) -> None:
    """Close descriptors, or go on where that was interrupted."""
    while numbers:
        number = numbers[-1]
        del numbers[-1]
        os.close(number)


@pytest.mark.parametrize("call", ["probe", "look for a spare number"])
def test_an_interrupt_just_before_a_number_is_closed(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def come_before(_: object) -> None:
        raise Interrupt

    for module in (address, listening):
        monkeypatch.setattr(module, "close_numbers", come_before)
    with listen(unique_name("path")) as listener:
        calls: dict[str, Callable[[], object]] = {
            "probe": lambda: address.probe(os.fsencode(str(listener.name))),
            "look for a spare number": lambda: listening._check_descriptor_is_free(
                listener.fileno()
            ),
        }
        before = open_handles()
        with pytest.raises(Interrupt):
            calls[call]()
        assert open_handles() == before
