"""Repeat scenarios in rounds until their time is over, and check that each round cleans up.

A round is small, some milliseconds, and has a random number generator of its own, made of the seed,
the scenario and the round's number: `--round` repeats it. After each round the process must have as
many descriptors, threads and files as before. A round that does not end is a failure too.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.torture.strangers import Strangers

#: A round that takes longer than this many seconds hangs.
LONGEST_ROUND = 30.0
#: Seconds that an immediate action may take on a busy machine.
PATIENCE = 10.0
#: The exit status of a process that ended because a round hung.
HUNG = 3

_DESCRIPTORS = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"


class HungError(BaseException):
    """A thread does not end, which makes all later results in this process meaningless."""


@dataclass
class Round:
    """The context that a scenario runs in."""

    random: Random
    #: A directory for socket files and FIFOs, which has to be empty in the end.
    directory: str
    #: Counts over all rounds of the scenario; "tried" is for the table.
    tally: Counter[str]
    strangers: Strangers = field(default_factory=Strangers)
    failures: list[str] = field(default_factory=list)
    #: Whether finalizers may fail, whose errors Python prints.
    may_print: bool = False
    _names: int = 0

    def tried(self, count: int = 1) -> None:
        """Count what the scenario tries."""
        self.tally["tried"] += count

    def fail(self, text: str) -> None:
        """Note a failure, and go on."""
        self.failures.append(text)

    def path(self) -> str:
        """Return the path of a file that does not exist yet."""
        self._names += 1
        return os.path.join(self.directory, f"s{self._names}")


def no_verdict(tally: Counter[str]) -> str | None:
    """Judge by the rounds alone."""
    return None


@dataclass(frozen=True)
class Scenario:
    """A function that is called for each round."""

    name: str
    #: What is counted as tried.
    tries: str
    run: Callable[[Round], None]
    #: Returns the error in the sum of all rounds, if any.
    verdict: Callable[[Counter[str]], str | None] = no_verdict
    #: Called once, to open objects that stay open until the process ends.
    prepare: Callable[[], object] = lambda: None


@dataclass
class Outcome:
    """The outcome of a scenario."""

    scenario: str
    tries: str
    tried: int = 0
    rounds: int = 0
    seconds: float = 0.0
    failed: int = 0
    #: The first failures, each with its round.
    failures: list[str] = field(default_factory=list)
    hung: bool = False

    def fail(self, text: str) -> None:
        """Count a failure, and keep its text if it is one of the first."""
        self.failed += 1
        if len(self.failures) < 5:
            self.failures.append(text)


def open_numbers() -> set[int]:
    """Return the descriptors that are open."""
    numbers = set()
    for entry in os.listdir(_DESCRIPTORS):
        try:
            os.fstat(int(entry))
        except OSError:
            continue  # That of the directory itself.
        numbers.add(int(entry))
    return numbers


def described(number: int) -> str:
    """Return a descriptor with a description of its file, where the system has one."""
    try:
        return f"{number} ({os.readlink(f'/proc/self/fd/{number}')})"
    except OSError:
        return str(number)


def together(functions: Sequence[Callable[[], object]], patience: float = PATIENCE) -> None:
    """Run functions in threads that begin together; raise what the first one raised.

    Raises `HungError` for a thread that has not ended after PATIENCE seconds.
    """
    join_all(start_all(functions), patience)


class Thread(threading.Thread):
    """A thread that keeps the error of its function."""

    def __init__(self, function: Callable[[], object], barrier: threading.Barrier) -> None:
        super().__init__(daemon=True)
        self._function = function
        self._barrier = barrier
        self.error: BaseException | None = None

    def run(self) -> None:
        """Call the function as soon as all threads are there."""
        try:
            self._barrier.wait(PATIENCE)
            self._function()
        except BaseException as error:
            self.error = error


def start_all(functions: Sequence[Callable[[], object]]) -> list[Thread]:
    """Start a thread for each function; they begin together, now."""
    barrier = threading.Barrier(len(functions) + 1)
    threads = [Thread(function, barrier) for function in functions]
    for thread in threads:
        thread.start()
    barrier.wait(PATIENCE)
    return threads


def ended(threads: Sequence[Thread], patience: float) -> bool:
    """Return whether all threads end within PATIENCE seconds."""
    deadline = time.monotonic() + patience
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)


def join_all(threads: Sequence[Thread], patience: float = PATIENCE) -> None:
    """Wait for threads, and raise what the first one raised."""
    if not ended(threads, patience):
        raise HungError(f"a thread has not ended after {patience:g} s")
    errors = [thread.error for thread in threads if thread.error is not None]
    for thread in threads:
        thread.error = None
    if errors:
        raise errors[0]


class Watchdog:
    """Ends the process when a round takes too long, after SAY_HUNG of its scenario."""

    def __init__(self, say_hung: Callable[[Outcome], None]) -> None:
        self._say_hung = say_hung
        self._watched: tuple[Outcome, float] | None = None
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            time.sleep(0.5)
            watched = self._watched
            if watched is not None and time.monotonic() > watched[1]:
                self._say_hung(watched[0])
                os._exit(HUNG)

    def begin(self, outcome: Outcome) -> None:
        """Watch a round that begins now, until the next one begins or `end` is called."""
        self._watched = (outcome, time.monotonic() + LONGEST_ROUND)

    def end(self) -> None:
        """Watch no more."""
        self._watched = None


def repeat(
    scenario: Scenario,
    seed: str,
    seconds: float,
    only_round: int | None,
    outcome: Outcome,
    watchdog: Watchdog,
) -> None:
    """Run rounds for SECONDS, or ONLY_ROUND again and again; put the results into OUTCOME."""
    scenario.prepare()
    began = time.monotonic()
    tally: Counter[str] = Counter()
    unraisable: list[str] = []
    sys.unraisablehook = lambda args: unraisable.append(f"{args.object!r}: {args.exc_value!r}")
    with tempfile.TemporaryDirectory(prefix="ip-") as directory:
        while not outcome.rounds or time.monotonic() - began < seconds:
            outcome.rounds += 1
            watchdog.begin(outcome)
            number = outcome.rounds if only_round is None else only_round
            random = Random(f"{seed}/{scenario.name}/{number}")
            one = Round(random, directory, tally)
            try:
                _run_one(scenario, one)
            finally:
                if unraisable and not one.may_print:
                    one.fail(f"not raised, but printed: {unraisable[0]}")
                unraisable.clear()
                for text in one.failures:
                    outcome.fail(f"round {number}: {text}")
                outcome.tried = tally["tried"]
                outcome.seconds = time.monotonic() - began
                watchdog.end()
    wrong = scenario.verdict(tally)
    if wrong is not None:
        outcome.failed += 1
        outcome.failures.insert(0, f"in all: {wrong}")


def _run_one(scenario: Scenario, one: Round) -> None:
    before, threads = open_numbers(), threading.active_count()
    try:
        scenario.run(one)
    except HungError:
        one.fail("hangs; the stacks are on standard error")
        faulthandler.dump_traceback(all_threads=True)
        raise
    except BaseException as error:
        one.fail(_shown(error))
        del error
    for text in one.strangers.check_all():
        one.fail(text)
    left = os.listdir(one.directory)
    for name in left:
        remove(os.path.join(one.directory, name))
    if left:
        one.fail(f"files left behind: {left}")
    if open_numbers() != before:
        gc.collect()
    for number in open_numbers() - before:
        one.fail(f"descriptor left open: {described(number)}")
        os.close(number)
    if threading.active_count() > threads:
        one.fail(f"threads left: {threading.enumerate()}")


def remove(path: str) -> None:
    """Remove a file, or a directory that a listener makes files ready in."""
    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def _shown(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(
        f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in reversed(frames[-5:])
    )
    return f"{type(error).__name__}: {error} at {places}"
