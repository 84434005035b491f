"""Letting an asyncio loop turn, so that no peer keeps it from its other tasks.

In asyncio, a call that need not wait does not: its task goes on at once. A peer that sends, takes
or connects as fast as it can would keep a task going for ever so, and all others waiting, timers
and cancelling included. Each of our calls is therefore counted, with all others of its loop, and
one in so many looks at the clock.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from weakref import WeakKeyDictionary, ref

from interprocess._interface.async_runtime import Allowance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

# `perf_counter`, for `monotonic` ticks every 15.6 ms on Windows, before CPython 3.13.

#: For how many seconds calls that need not wait may keep a loop from turning, all tasks together.
LONGEST = 0.001
#: How many calls are made from one look at the clock to the next, again by all tasks together.
CALLS = 16


class Turns(Allowance):
    """The turns of one loop, and the part of each that tasks may take with calls of ours.

    A task whose part is over gives way: it goes on in the next turn, with a part of its own. Parts
    are the shorter the more tasks gave way in the turn before, so that a turn stays short, and each
    of those tasks gets as much as the others, however many there are.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.loop = ref(loop)
        self._part = LONGEST
        self._calls_of_part = CALLS
        self._part_ends = 0.0
        self._gave_way = 0
        # Whether the loop has been asked to tell when it turns, and has not turned yet.
        self._under_way = False

    def renew(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Allow some more calls, or say that the task which wants to make one has to give way."""
        if perf_counter() >= self._part_ends:
            if self._under_way:
                return False
            # The loop may have turned since, or not: nobody has asked it to tell.
            self._begin_part(loop)
        self.calls = self._calls_of_part
        return True

    async def give_way(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the loop turn, and begin a part of the next turn."""
        self._gave_way += 1
        await _NEXT_TURN
        self._begin_part(loop)

    def _begin_part(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._under_way:
            self._under_way = True
            loop.call_soon(self._turned)
        self._part_ends = perf_counter() + self._part

    def _turned(self) -> None:
        self._under_way = False
        parts = max(1, self._gave_way)
        self._part = LONGEST / parts
        self._calls_of_part = CALLS // parts
        self._gave_way = 0


class _NextTurn:
    """What a task awaits to go on in the next turn."""

    def __await__(self) -> Generator[None, None, None]:
        yield


_NEXT_TURN = _NextTurn()

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def turns_of(loop: asyncio.AbstractEventLoop) -> Turns:
    """Return the turns of a loop, the same for all that belongs to it."""
    turns = _turns.get(loop)
    if turns is None:
        turns = _turns[loop] = Turns(loop)
    return turns


async def count_call() -> None:
    """Count a call that belongs to no stream, and let the loop turn if that is due."""
    loop = asyncio.get_running_loop()
    turns = turns_of(loop)
    if turns.calls:
        turns.calls -= 1
    elif not turns.renew(loop):
        await turns.give_way(loop)
