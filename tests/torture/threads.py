"""Threads use and close one object at once, while strangers take the numbers that become free."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Any

from tests.torture import victims
from tests.torture.rounds import PATIENCE, HungError, Round, Scenario, ended, join_all, start_all

#: How many times each thread uses what is closed.
_AFTERWARDS = 150


def torture(make: Callable[[Round], victims.Victim]) -> Callable[[Round], None]:
    """Return a scenario's function: threads use what MAKE returns, and one closes it."""

    def run(one: Round) -> None:
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            _close_under_use(one, make(one))
        finally:
            sys.setswitchinterval(interval)

    return run


def _close_under_use(one: Round, victim: victims.Victim) -> None:
    finished = threading.Event()

    def use(random: Random) -> None:
        left = _AFTERWARDS
        while left:
            victim.use(random)
            left -= victim.is_closed

    def strangers(random: Random) -> None:
        while not finished.is_set():
            one.strangers.add(random)
            one.strangers.check_oldest(8)
            time.sleep(0)

    users = one.random.randrange(2, 5)
    randoms = [Random(one.random.random()) for _ in range(users + 1)]
    # Strangers first: they take numbers while the object is closed.
    others = start_all([lambda: strangers(randoms[0])])
    threads = start_all([lambda random=random: use(random) for random in randoms[1:]])  # type: ignore[misc]
    time.sleep(one.random.uniform(0, 0.003))
    try:
        victim.owner.close()
        if victim.close_wakes and not ended(threads, PATIENCE):
            one.fail(f"closing {victim.owner!r} has not woken a call after {PATIENCE:g} s")
            faulthandler.dump_traceback(all_threads=True)
    finally:
        try:
            victim.wake()
            if not ended(threads, PATIENCE):
                raise HungError("a call has not ended though the peer has left, too")
        finally:
            finished.set()
    join_all(others)
    one.tried()
    join_all(threads)


def refusals(one: Round) -> None:
    """Giving up what others use is refused, and changes nothing."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    makers = (victims.cloned_stream, victims.half, victims.pipe_end, victims.listener)
    victim = one.random.choice(makers)(one)
    owner, identity = victim.owner, os.fstat(victim.owner.fileno()).st_ino
    finished = threading.Event()
    call = owner.accept if hasattr(owner, "accept") else None
    if call is None:
        victims.limit_to(owner, 0)
        call = owner.recv if hasattr(owner, "recv") else owner.send

    def use() -> None:
        argument: Any = 0 if hasattr(owner, "accept") else 1 if hasattr(owner, "recv") else b"x"
        while not finished.is_set():
            with victims.refusals():
                came = call(argument)
                if hasattr(owner, "accept"):
                    came.close()

    def give_up() -> None:
        try:
            for _ in range(200):
                with victims.refusals():
                    os.close(owner.detach())
                    # Who detaches a listener has to care for its file. A directory is the private
                    # one of another thread, which is about to look after that file itself.
                    for name in os.listdir(one.directory):
                        with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                            os.unlink(os.path.join(one.directory, name))
                    return
        finally:
            finished.set()

    try:
        join_all(start_all([use, use, give_up]))
        one.strangers.add(one.random)
        if not owner.closed and os.fstat(owner.fileno()).st_ino != identity:
            one.fail(f"{owner!r} has another's number")
    finally:
        sys.setswitchinterval(interval)
        owner.close()
        victim.wake()
    one.tried()


def _scenario(make: Callable[[Round], victims.Victim], what: str) -> Scenario:
    return Scenario(make.__name__.replace("_", "-"), f"{what} closed under use", torture(make))


SCENARIOS = [
    _scenario(victims.stream, "streams"),
    _scenario(victims.cloned_stream, "cloned streams"),
    _scenario(victims.stream_being_cloned, "streams being cloned"),
    _scenario(victims.half, "halves"),
    _scenario(victims.pipe_end, "ends of pipes"),
    _scenario(victims.fifo_end, "ends of FIFOs"),
    _scenario(victims.listener, "listeners"),
    Scenario("refusals", "objects given up while in use", refusals),
]
