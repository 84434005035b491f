"""No peer, however fast, keeps an event loop from its other tasks."""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from interprocess.local_socket import Name
from tests.portable.asynchronous.worlds import World, new_world

#: The longest that other tasks may have to wait, in seconds.
LONGEST_GAP = 0.025
#: For how long each kind of call is made, in seconds.
DURATION = 0.12
#: What others do with the processor does not count, where the system counts finely enough.
clock = time.perf_counter if sys.platform == "win32" else time.thread_time

Work = Callable[[], Awaitable[object]]


class Ticker:
    """A task that wants to run again and again."""

    def __init__(self) -> None:
        self.gaps: list[float] = []

    async def tick(self, world: World) -> None:
        last = clock()
        while True:
            await world.step()
            now = clock()
            self.gaps.append(now - last)
            last = now


async def check_others_run(world: World, *works: Work) -> list[int]:
    """Do each work again and again in a task of its own, and see that another task runs too.

    Returns how often each was done.
    """
    counts = [0] * len(works)
    ends = clock() + DURATION

    async def work(index: int) -> None:
        while clock() < ends:
            await works[index]()
            counts[index] += 1

    ticker = Ticker()
    ticking = world.start(ticker.tick, world)
    working = [world.start(work, index) for index in range(len(works))]
    for each in working:
        await each.result()
    await ticking.cancel()
    assert len(ticker.gaps) > DURATION / LONGEST_GAP, "the other task hardly ran"
    gaps = sorted(ticker.gaps)
    # Once, Python may have collected garbage, or the system was busy elsewhere.
    assert gaps[-2] < LONGEST_GAP
    return counts


def exchange(first: Any, second: Any, receive: str, send: str = "send_all") -> Work:
    """Return what sends and receives, and need never wait."""
    data = bytes(64)
    arguments: dict[str, Any] = {
        "recv": lambda: 64,
        "recv_exactly": lambda: 64,
        "recv_into": lambda: bytearray(64),
        "recv_vectored": lambda: [bytearray(32), bytearray(32)],
        "send": lambda: data,
        "send_all": lambda: data,
        "send_vectored": lambda: [data[:32], data[32:]],
    }
    sending, receiving = getattr(first, send), getattr(second, receive)

    async def work() -> None:
        await sending(arguments[send]())
        await receiving(arguments[receive]())

    return work


VERBS = [
    ("recv", "send_all"),
    ("recv_exactly", "send_all"),
    ("recv_into", "send"),
    ("recv_vectored", "send_vectored"),
]


@pytest.fixture
def quick_world(world: World) -> World:
    """A runtime that does not look for mistakes, which takes it longer."""
    world.debug = False
    return world


@pytest.mark.parametrize(("receive", "send"), VERBS)
def test_streams(quick_world: World, receive: str, send: str) -> None:
    async def main() -> None:
        first, second = quick_world.local.pair()
        async with first, second:
            await check_others_run(quick_world, exchange(first, second, receive, send))

    quick_world.run(main)


@pytest.mark.parametrize(("receive", "send"), VERBS)
def test_pipes(quick_world: World, receive: str, send: str) -> None:
    async def main() -> None:
        sender, recver = quick_world.pipes.pipe()
        async with sender, recver:
            await check_others_run(quick_world, exchange(sender, recver, receive, send))

    quick_world.run(main)


def test_halves(quick_world: World) -> None:
    async def main() -> None:
        first, second = quick_world.local.pair()
        recv_half, send_half = first.split()
        async with recv_half, send_half, second:
            await check_others_run(
                quick_world,
                exchange(send_half, second, "recv"),
                exchange(second, recv_half, "recv"),
            )

    quick_world.run(main)


def test_sending_alone(quick_world: World) -> None:
    """A receiver takes everything, so fast that there is always room."""

    async def main() -> None:
        first, second = quick_world.local.pair()
        async with first, second:

            async def work() -> None:
                for _ in range(100):
                    await first.send_all(bytes(64))
                await second.recv(1 << 20)

            await check_others_run(quick_world, work)

    quick_world.run(main)


@pytest.mark.parametrize("iterating", [False, True])
def test_clients(quick_world: World, name: Name, iterating: bool) -> None:
    async def main() -> None:
        async with quick_world.local.listen(name) as listener:
            accept = listener.__anext__ if iterating else listener.accept

            async def work() -> None:
                clients = [await quick_world.local.connect(name) for _ in range(3)]
                for client in clients:
                    (await accept()).close()
                    client.close()

            await check_others_run(quick_world, work)

    quick_world.run(main)


def test_a_new_stream_each_time(quick_world: World) -> None:
    async def main() -> None:
        async def work() -> None:
            first, second = quick_world.local.pair()
            async with first, second:
                await exchange(first, second, "recv")()

        await check_others_run(quick_world, work)

    quick_world.run(main)


def test_many_streams_in_one_task(quick_world: World) -> None:
    async def main() -> None:
        pairs = [quick_world.local.pair() for _ in range(100)]
        exchanges = [exchange(pair[0], pair[1], "recv") for pair in pairs]

        async def work() -> None:
            for each in exchanges:
                await each()

        await check_others_run(quick_world, work)
        for first, second in pairs:
            first.close()
            second.close()

    quick_world.run(main)


@pytest.mark.parametrize("count", [2, 10, 100])
def test_tasks_that_all_want_to_run_get_the_same(quick_world: World, count: int) -> None:
    async def main() -> None:
        pairs = [quick_world.local.pair() for _ in range(count)]
        counts = await check_others_run(
            quick_world, *[exchange(pair[0], pair[1], "recv") for pair in pairs]
        )
        assert min(counts) > max(counts) / 3
        for first, second in pairs:
            first.close()
            second.close()

    quick_world.run(main)


def test_what_a_cancelled_call_brought_back(quick_world: World) -> None:
    async def main() -> None:
        first, second = quick_world.local.pair()
        async with first, second:
            size = 1 << 18
            receiving = quick_world.start(second.recv_exactly, size + 1)
            await first.send_all(bytes(size))
            await quick_world.settle()
            await receiving.cancel()
            ticker = Ticker()
            ticking = quick_world.start(ticker.tick, quick_world)
            for _ in range(size // 16):
                await second.recv_exactly(16)
            await ticking.cancel()
            assert ticker.gaps
            assert max(ticker.gaps) < 2 * LONGEST_GAP

    quick_world.run(main)


def test_a_task_that_never_has_to_wait_can_be_cancelled(quick_world: World) -> None:
    async def main() -> None:
        first, second = quick_world.local.pair()
        async with first, second:
            work = exchange(first, second, "recv")

            async def forever() -> None:
                while True:
                    await work()

            working = quick_world.start(forever)
            await quick_world.settle()
            await working.cancel()
            await work()  # Nothing was lost: what was sent was received, or can be.

    quick_world.run(main)


@pytest.mark.parametrize("close", [False, True])
def test_a_task_that_gives_way_is_inside_its_call(close: bool) -> None:
    world = new_world("asyncio")

    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            work = exchange(first, second, "recv")

            async def forever() -> None:
                while True:
                    await work()

            working = world.start(forever)
            await world.step()
            # It has not had to wait, and yet this task runs.
            inside = [stream for stream in (first, second) if is_inside_a_call(stream)]
            assert len(inside) == 1
            if not close:
                await working.cancel()
                assert not is_inside_a_call(inside[0])
                return
            inside[0].close()
            with pytest.raises(ValueError, match="closed"):
                await working.result()

    world.run(main)


def is_inside_a_call(stream: Any) -> bool:
    """Whether a task is inside a call on a stream; if not, that is closed by this."""
    try:
        stream.to_sync().close()
    except ValueError as error:
        return "another task" in str(error)
    return False
