"""The protocol of sleeping and waking, in all interleavings of two processors with store buffers.

The processors are x86's: each has a queue of stores that are not visible yet, and looks into its
own first (total store order). The steps are those of `interprocess.shared_memory._sleeping`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

#: Memory, the two store buffers, the bytes on the socket, and where each side is.
State = tuple[
    tuple[tuple[str, int], ...],
    tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]],
    int,
    tuple[tuple[str, tuple[tuple[str, int], ...]], tuple[str, tuple[tuple[str, int], ...]]],
]

SLEEPER, WAKER = 0, 1
ROUNDS = 2


class Processors:
    """One state, which its methods change."""

    def __init__(self, state: State) -> None:
        memory, buffers, self.wakes, sides = state
        self.memory = dict(memory)
        self.buffers = [list(buffer) for buffer in buffers]
        self.places = [place for place, _ in sides]
        self.variables = [dict(variables) for _, variables in sides]

    def frozen(self) -> State:
        first, second = (
            (place, tuple(sorted(variables.items())))
            for place, variables in zip(self.places, self.variables)
        )
        buffers = tuple(self.buffers[0]), tuple(self.buffers[1])
        return tuple(sorted(self.memory.items())), buffers, self.wakes, (first, second)

    def load(self, side: int, word: str) -> int:
        for stored, value in reversed(self.buffers[side]):
            if stored == word:
                return value
        return self.memory[word]

    def store(self, side: int, word: str, value: int) -> None:
        self.buffers[side].append((word, value))

    def drain(self, side: int) -> None:
        """Make one store visible."""
        word, value = self.buffers[side].pop(0)
        self.memory[word] = value

    def drain_all(self, *sides: int) -> None:
        for side in sides:
            while self.buffers[side]:
                self.drain(side)


#: What one step of a side does; `False` where it has to wait.
Step = Callable[[Processors], bool]


def sleeper(p: Processors, barrier: tuple[int, ...]) -> bool:
    """Receive everything that is sent, in as many sleeps as it takes.

    BARRIER names the processors that the sleeper's barrier applies to.
    """
    place, mine = p.places[SLEEPER], p.variables[SLEEPER]
    if place == "look":
        if p.load(SLEEPER, "HEAD") != mine["tail"]:
            p.places[SLEEPER] = "take"
        else:
            p.places[SLEEPER] = "r1"
    elif place == "take":
        mine["tail"] = p.load(SLEEPER, "HEAD")
        p.places[SLEEPER] = "done" if mine["tail"] == ROUNDS else "look"
    elif place == "r1":
        mine["sleeps"] += 1
        p.store(SLEEPER, "READER", mine["sleeps"])
        p.places[SLEEPER] = "r2"
    elif place == "r2":
        p.drain_all(*barrier)
        p.places[SLEEPER] = "r3"
    elif place == "r3":
        p.places[SLEEPER] = "r5" if p.load(SLEEPER, "HEAD") != mine["tail"] else "r4"
    elif place == "r4":
        if not p.wakes:
            return False
        p.wakes = 0  # All that have come are received at once.
        p.places[SLEEPER] = "r5"
    elif place == "r5":
        p.store(SLEEPER, "READER", 0)
        p.places[SLEEPER] = "look"
    else:
        return False
    return True


def waker(p: Processors, fences: bool) -> bool:
    """Send twice, with a fence after each store if FENCES."""
    place, mine = p.places[WAKER], p.variables[WAKER]
    if place == "w2":
        mine["head"] += 1
        p.store(WAKER, "HEAD", mine["head"])
        p.places[WAKER] = "w3"
    elif place == "w3":
        if fences:
            p.drain_all(WAKER)
        p.places[WAKER] = "w4"
    elif place == "w4":
        mine["state"] = p.load(WAKER, "READER")
        p.places[WAKER] = "w5" if mine["state"] not in (0, mine["known"]) else "next"
    elif place == "w5":
        p.wakes += 1
        p.places[WAKER] = "w6"
    elif place == "w6":
        mine["known"] = mine["state"]
        p.places[WAKER] = "next"
    elif place == "next":
        p.places[WAKER] = "w2" if mine["head"] < ROUNDS else "done"
    else:
        return False
    return True


def successors(state: State, barrier: tuple[int, ...], fences: bool) -> Iterator[State]:
    steps: list[Step] = [lambda p: sleeper(p, barrier), lambda p: waker(p, fences)]
    for step in steps:
        p = Processors(state)
        if step(p):
            yield p.frozen()
    for side in (SLEEPER, WAKER):
        p = Processors(state)
        if p.buffers[side]:
            p.drain(side)
            yield p.frozen()


def ends(barrier: tuple[int, ...], fences: bool = False) -> tuple[set[str], int]:
    """Return where the sleeper is when nothing happens any more, and how many states there are."""
    start = Processors(((("HEAD", 0), ("READER", 0)), ((), ()), 0, (("look", ()), ("w2", ()))))
    start.variables = [{"tail": 0, "sleeps": 0}, {"head": 0, "known": 0, "state": 0}]
    found: set[str] = set()
    seen = {start.frozen()}
    todo = list(seen)
    while todo:
        state = todo.pop()
        following = list(successors(state, barrier, fences))
        if not following:
            found.add(state[3][SLEEPER][0])
        for each in following:
            if each not in seen:
                seen.add(each)
                todo.append(each)
    return found, len(seen)


@pytest.mark.parametrize(
    ("barrier", "fences"),
    [((SLEEPER, WAKER), False), ((SLEEPER,), True)],
    ids=["a remote barrier", "one for each"],
)
def test_with_a_barrier_for_both_no_wake_up_is_lost(barrier: tuple[int, ...], fences: bool) -> None:
    found, count = ends(barrier, fences)
    assert found == {"done"}
    assert count > 500


@pytest.mark.parametrize(
    ("barrier", "fences"),
    [((), False), ((SLEEPER,), False), ((WAKER,), False), ((), True), ((WAKER,), True)],
    ids=["none", "the sleeper's alone", "the waker's alone", "fences alone", "no sleeper's"],
)
def test_without_it_the_sleeper_may_sleep_for_ever(barrier: tuple[int, ...], fences: bool) -> None:
    assert ends(barrier, fences)[0] == {"done", "r4"}
