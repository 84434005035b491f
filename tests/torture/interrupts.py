"""A signal handler raises at every moment of a call, which leaves no more than a plain program."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from math import sqrt
from typing import Any

from interprocess.local_socket import Stream, connect, listen, pair, to_fs_name
from interprocess.os.unix.fifo_file import create_fifo, open_recver, open_sender
from interprocess.unnamed_pipe import pipe
from tests.torture import plain
from tests.torture.plain import Attempt, Kept
from tests.torture.rounds import Round, Scenario, described, open_numbers

#: Where a handler can raise between any two operators, an interrupt may leave something behind.
_EXACT = sys.implementation.name == "cpython" and sys.version_info >= (3, 10)
#: How many tries of ours, and of the plain program, are in a round.
_TRIES = 50


class Interrupt(BaseException):
    """Raised by the signal handler, as Ctrl-C raises `KeyboardInterrupt`."""


class Alarm(TimeoutError):
    """Raised by the signal handler, as programs do that limit the time of a call."""


class Handler:
    """A signal handler that raises while it is armed: a signal may be handled after the try."""

    def __init__(self) -> None:
        self.error: type[BaseException] | None = None
        self.raised = False

    def __call__(self, *_: object) -> None:
        if self.error is not None:
            self.raised = True
            raise self.error


_handler = Handler()
#: The errors of finalizers, which Python prints and drops.
_printed: list[object] = []


def listening(one: Round, kept: Kept, **options: Any) -> Callable[[], object]:
    name = to_fs_name(one.path())
    return lambda: kept.append(listen(name, **options))


def overwriting(one: Round, kept: Kept) -> Callable[[], object]:
    name = to_fs_name(one.path())
    kept.append(listen(name))
    return lambda: kept.append(listen(name, try_overwrite=True))


def connecting(one: Round, kept: Kept) -> Callable[[], object]:
    kept.append(listen(to_fs_name(one.path())))
    return lambda: kept.append(connect(kept[0].name))


def connecting_with_a_timeout(one: Round, kept: Kept) -> Callable[[], object]:
    kept.append(listen(to_fs_name(one.path())))
    return lambda: kept.append(connect(kept[0].name, timeout=1))


def accepting(one: Round, kept: Kept) -> Callable[[], object]:
    kept.append(listen(to_fs_name(one.path())))
    kept.append(connect(kept[0].name))
    return lambda: kept.append(kept[0].accept())


def accepting_with_a_timeout(one: Round, kept: Kept) -> Callable[[], object]:
    accepting(one, kept)
    return lambda: kept.append(kept[0].accept(timeout=1))


def pairing(one: Round, kept: Kept) -> Callable[[], object]:
    return lambda: kept.extend(pair())


def piping(one: Round, kept: Kept) -> Callable[[], object]:
    return lambda: kept.extend(pipe())


def opening_a_fifo(one: Round, kept: Kept) -> Callable[[], object]:
    path = one.path()
    create_fifo(path)
    kept.append(plain.Removed(path))

    def act() -> None:
        kept.append(open_recver(path, nonblocking=True))
        kept.append(open_sender(path))

    return act


def cloning(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend(pair())
    return lambda: kept.append(kept[0].try_clone())


def cloning_a_pipe(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend(pipe())
    return lambda: kept.append(kept[0].try_clone())


def transferring(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend(pair())

    def act() -> None:
        kept[0].send_all(b"there")
        kept[1].recv_exactly(5)

    return act


def transferring_by_pipe(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend(pipe())
    kept[1].set_timeout(one.random.choice([None, 1]))

    def act() -> None:
        kept[0].send_all(b"there")
        kept[1].recv_exactly(5)

    return act


def waiting(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend(pair())
    kept.append(kept[0].try_clone())
    kept[2].set_recv_timeout(0.0002)

    def act() -> None:
        try:
            kept[2].recv(1)
        except TimeoutError as error:
            if isinstance(error, Alarm):
                raise

    return act


def splitting(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend(pair())
    return lambda: kept.append(Stream.reunite(*kept[0].split()))


def detaching(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend(pair())

    def act() -> None:
        # In one C loop: the number is never in the hands of Python alone.
        list(map(os.close, map(Stream.detach, kept[:1])))

    return act


def closing(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend((*pair(), *pipe(), listen(to_fs_name(one.path()))))
    kept.append(kept[0].try_clone())

    def act() -> None:
        for end in kept:
            end.close()

    return act


def _attempt(one: Round, attempt: Attempt, longest: float) -> None:
    kept: Kept = []
    try:
        act = attempt(one, kept)
        _printed.clear()
        delay = one.random.uniform(1e-6, longest)
        error = one.random.choice([Interrupt, Alarm])
        try:
            _interrupted_after(delay, error, act)
        except (Interrupt, OSError):
            _handler.error = None
            one.tally["interrupted"] += 1
        else:
            # An alarm may be taken for an error of the system that does not matter.
            if _handler.raised and error is Interrupt and not _printed:
                one.tally["lost"] += 1
        _check_open(one, kept)
        one.strangers.add(one.random)
    finally:
        for owner in (*kept, *kept):
            with contextlib.suppress(OSError):
                owner.close()
    one.strangers.check_oldest(0)


def _interrupted_after(delay: float, error: type[BaseException], act: Callable[[], object]) -> None:
    try:
        _handler.raised = False
        _handler.error = error
        signal.setitimer(signal.ITIMER_REAL, delay)
        act()
    finally:
        _handler.error = None
        signal.setitimer(signal.ITIMER_REAL, 0)


def _check_open(one: Round, kept: Kept) -> None:
    for owner in kept:
        if not getattr(owner, "closed", True):
            try:
                os.fstat(owner.fileno())
            except OSError:
                one.fail(f"{owner!r} is open, and its number is not")


def _left(one: Round, before: set[int], who: str) -> int:
    """Close and remove everything that an attempt of WHO has left behind; return the count."""
    left = open_numbers() - before
    if left:
        gc.collect()
        left = open_numbers() - before
        for number in left:
            one.tally[f"{who}: {described(number).partition('(')[2][:4]}"] += 1
            os.close(number)
    files = os.listdir(one.directory)
    for name in files:
        os.unlink(os.path.join(one.directory, name))
        one.tally[f"{who}: file"] += 1
    return len(left) + len(files)


def _duration(one: Round, attempt: Attempt) -> float:
    """Return the duration of an uninterrupted attempt, or a little more."""
    spent = []
    for _ in range(5):
        kept: Kept = []
        act = attempt(one, kept)
        began = time.perf_counter()
        act()
        spent.append(time.perf_counter() - began)
        for owner in kept:
            owner.close()
    return 1.2 * sorted(spent)[2]


def _interrupting(ours: Attempt, theirs: Attempt) -> Callable[[Round], None]:
    def run(one: Round) -> None:
        before = open_numbers()
        handler = signal.signal(signal.SIGALRM, _handler)
        # A finalizer that closes an object cannot raise the exception that interrupts it.
        hook, sys.unraisablehook = sys.unraisablehook, _printed.append
        try:
            for who, attempt in (("ours", ours), ("plain", theirs)):
                longest = _duration(one, attempt)
                for _ in range(_TRIES):
                    _attempt(one, attempt, longest)
                    one.tally[who] += _left(one, before, who)
                if who == "ours" and one.tally["lost"]:
                    one.fail("the exception of the signal handler got lost")
                one.tally["lost"] = 0
            one.tried(_TRIES)
        finally:
            sys.unraisablehook = hook
            signal.signal(signal.SIGALRM, handler)

    return run


def _no_more_than_plain(tally: Counter[str]) -> str | None:
    ours, theirs = tally["ours"], tally["plain"] if _EXACT else tally["tried"]
    # Both are counts of rare events, so small differences are chance.
    if ours > theirs + 3 * sqrt(theirs):
        kinds = {key: count for key, count in tally.items() if key.startswith("ours:")}
        return f"{ours} descriptors and files left behind, {theirs} by the plain program {kinds}"
    return None


def _scenario(ours: Attempt, theirs: Attempt) -> Scenario:
    name = ours.__name__.replace("_", "-")
    return Scenario(name, "interrupted tries", _interrupting(ours, theirs), _no_more_than_plain)


SCENARIOS = [
    _scenario(listening, plain.listening),
    _scenario(overwriting, plain.listening),
    _scenario(connecting, plain.connecting),
    _scenario(connecting_with_a_timeout, plain.connecting),
    _scenario(accepting, plain.accepting),
    _scenario(accepting_with_a_timeout, plain.accepting),
    _scenario(pairing, plain.pairing),
    _scenario(piping, plain.piping),
    _scenario(opening_a_fifo, plain.piping),
    _scenario(cloning, plain.cloning),
    _scenario(cloning_a_pipe, plain.cloning),
    _scenario(transferring, plain.transferring),
    _scenario(transferring_by_pipe, plain.transferring),
    _scenario(waiting, plain.transferring),
    _scenario(splitting, plain.detaching),
    _scenario(detaching, plain.detaching),
    _scenario(closing, plain.closing),
]
