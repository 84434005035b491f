"""Cancelling around blocks with views, with memory and without: every byte is accounted for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess.shared_memory.local_socket import _memory
from tests.portable.asynchronous.test_cancellation import error_of, everything, steps
from tests.portable.asynchronous.worlds import World
from tests.portable.through_memory.asynchronous.blocks import CAPACITY, run_with_pair, write

actions = st.lists(
    st.tuples(
        st.integers(1, 30),  # the size of the view
        st.integers(0, 3),  # how many of its bytes remain
        st.integers(0, 4),  # steps before something is sent, or room is made
        st.binary(max_size=20),  # what is sent
        st.integers(0, 4),  # steps before cancelling
        st.integers(0, 3),  # steps inside the block
    ),
    max_size=8,
)
Actions = list[tuple[int, int, int, bytes, int, int]]


@given(actions=actions)
def test_a_cancelled_peek_loses_nothing(world: World, path: str, actions: Actions) -> None:
    sent, got = bytearray(), bytearray()

    async def peek(stream: Any, size: int, remaining: int, inside: int) -> None:
        peek = stream.peek(size)
        async with peek as view:
            await steps(world, inside)
            count = max(0, len(view) - remaining)
            peek.consume(count)
            data = bytes(view[:count])
        got.extend(data)

    async def main(first: Any, second: Any) -> None:
        for size, remaining, before, data, after, inside in actions:
            peeking = world.start(peek, second, size, remaining, inside)
            await steps(world, before)
            await first.send_all(data)
            sent.extend(data)
            await steps(world, after)
            await peeking.cancel()
        first.close()
        got.extend(await everything(second))

    run_with_pair(world, main)
    assert got == sent


def contents(seed: int, size: int) -> bytes:
    """Return data of which every shorter data with the same SEED is the beginning."""
    return bytes((seed + place) % 256 for place in range(size))


@given(actions=actions)
def test_a_cancelled_reservation_sends_all_or_nothing(
    world: World, path: str, actions: Actions
) -> None:
    sent = bytearray(CAPACITY - 20)

    async def reserve(stream: Any, size: int, remaining: int, inside: int) -> None:
        reservation = stream.reserve(size)
        async with reservation as view:
            view[:] = data = contents(size, len(view))
            await steps(world, inside)
            count = max(0, len(view) - remaining)
            reservation.commit(count)
        sent.extend(data[:count])

    async def main(first: Any, second: Any) -> None:
        await first.send_all(sent)
        got = bytearray()
        for size, remaining, before, data, after, inside in actions:
            reserving = world.start(reserve, first, size, remaining, inside)
            await steps(world, before)
            if data and len(got) < len(sent):
                got += await second.recv(len(data))
            await steps(world, after)
            await reserving.cancel()
            error: Any = await error_of(first.flush())
            if error is not None:  # Without memory, a cancelled send may have sent a part.
                sent.extend(contents(size, error.characters_written))
                break
        first.close()
        assert got + await everything(second) == sent

    run_with_pair(world, main, buffer_size=CAPACITY)


def test_a_cancelled_view_without_memory_says_how_much_went(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_memory, "prepare", lambda: False)
    sent = 0

    async def write_until_cancelled(stream: Any) -> None:
        nonlocal sent
        while True:
            async with stream.reserve(1 << 20) as room:
                size = len(room)
            sent += size

    async def main(first: Any, second: Any) -> None:
        nonlocal sent
        sending = world.start(write_until_cancelled, first)
        for _ in range(20):
            await world.settle()
        await sending.cancel()
        # Received now, since nothing may have been cut short: then the next byte waits for room.
        receiving = world.start(everything, second)
        error: Any = await error_of(write(first, b"x"))
        sent += 1 if error is None else error.characters_written
        first.close()
        assert len(await receiving.result()) == sent

    run_with_pair(world, main)
