"""Letting an asyncio loop turn, so that no peer can starve its other tasks.

In asyncio, a call that need not wait does not suspend its task. A peer that sends, receives or
connects as fast as it can would so keep one task running forever, and all others waiting, timers
and cancellation included. Our calls are therefore counted for each loop, and every
CALLS_PER_LOOK-th looks at the clock.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from weakref import WeakKeyDictionary, ref

from interprocess._interface.async_runtime import Allowance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

# `perf_counter`, since `monotonic` ticks only every 15.6 ms on Windows before CPython 3.13.

#: Seconds for which calls that need not wait may keep a loop from turning, all tasks together.
LONGEST = 0.001
#: The number of calls between two looks at the clock, again of all tasks together.
CALLS = 16


class Turns(Allowance):
    """The turns of one loop, and the part of each turn that a task may use for our calls.

    A task that has used up its part continues in the next turn, with a new part. The more tasks
    gave way in the last turn, the shorter the parts are: so a turn stays short, and each task gets
    an equal part, however many there are.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.loop = ref(loop)
        self._part = LONGEST
        self._calls_of_part = CALLS
        self._part_ends = 0.0
        self._gave_way = 0
        # True while a callback for the loop's next turn is scheduled.
        self._under_way = False

    def renew(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Return true and allow more calls, or return false if the calling task has to give way."""
        if perf_counter() >= self._part_ends:
            if self._under_way:
                return False
            # The loop may or may not have turned since: no callback was scheduled.
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
    """An awaitable that suspends its task until the next turn."""

    def __await__(self) -> Generator[None, None, None]:
        yield


_NEXT_TURN = _NextTurn()

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def turns_of(loop: asyncio.AbstractEventLoop) -> Turns:
    """Return the turns of a loop, which all of its objects share."""
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
