"""Tools that inspect an asyncio task see a future while it waits in a call of ours."""

from __future__ import annotations

import asyncio
import gc
import io
import sys
from typing import Any

import pytest

from tests.portable.asynchronous.test_asyncio_world import loop
from tests.portable.asynchronous.worlds import AsyncioWorld
from tests.support import unique_name

__all__ = ["loop"]

#: More than any system buffers for a reader.
MUCH = 16 * 1024 * 1024
#: Calls that a task may wait in.
CALLS = ["recv", "recv_into", "recv_vectored", "recv_exactly", "send_all", "accept", "pipe"]


class Waiting:
    """A task that waits in a call, and a way to end the call."""

    def __init__(self, world: AsyncioWorld, call: str) -> None:
        self.owners: list[Any] = []
        self.name = unique_name("namespaced")
        local = world.local
        if call == "accept":
            listener = local.listen(self.name)
            self.owners = [listener]
            coroutine = listener.accept()
        elif call == "pipe":
            self.owners = [*world.pipes.pipe()]
            coroutine = self.owners[1].recv(1)
        else:
            self.owners = [*local.pair()]
            argument: Any = {
                "recv_into": bytearray(1),
                "recv_vectored": [bytearray(1)],
                "send_all": bytes(MUCH),
            }.get(call, 1)
            coroutine = getattr(self.owners[1], call)(argument)
        self.call = call
        self.connect = local.connect
        self.task = asyncio.get_running_loop().create_task(coroutine)

    def waiter(self) -> Any:
        """Return what the task waits for."""
        return self.task._fut_waiter  # type: ignore[attr-defined]  # it is private

    async def end(self) -> None:
        """Make the call end, and check that it does."""
        if self.call == "accept":
            self.owners.append(await self.connect(self.name))
        elif self.call == "send_all":
            await self.owners[0].recv_exactly(MUCH)
        else:
            await self.owners[0].send_all(b"x")
        result = await asyncio.wait_for(self.task, 30)
        if self.call == "accept":
            self.owners.append(result)

    def close(self) -> None:
        for owner in self.owners:
            owner.close()
        self.owners.clear()


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_it_is_a_future(loop: AsyncioWorld, call: str) -> None:
    async def main() -> None:
        waiting = Waiting(loop, call)
        await loop.settle()
        waiter = waiting.waiter()
        assert isinstance(waiter, asyncio.Future)
        assert asyncio.isfuture(waiter)
        assert waiter.get_loop() is asyncio.get_running_loop()
        assert (waiter.done(), waiter.cancelled()) == (False, False)
        for method in (waiter.result, waiter.exception):
            with pytest.raises(asyncio.InvalidStateError):
                method()
        called: list[Any] = []
        waiter.add_done_callback(called.append)
        waiter.add_done_callback(print)
        assert waiter.remove_done_callback(print) == 1
        await waiting.end()
        await loop.settle()
        assert called == [waiter]
        assert (waiter.done(), waiter.cancelled()) == (True, False)
        assert waiter.exception() is None
        waiting.close()

    loop.run(main)


def test_tasks_are_shown(loop: AsyncioWorld, call: str) -> None:
    async def main() -> None:
        waiting = Waiting(loop, call)
        await loop.settle()
        shown = repr(asyncio.all_tasks())
        assert "pending" in shown
        assert "wait_for=<" in shown
        assert waiting.task.get_stack()
        printed = io.StringIO()
        waiting.task.print_stack(file=printed)
        assert "Stack for" in printed.getvalue()
        await waiting.end()
        waiting.close()

    loop.run(main)


def test_who_cancels_the_future_cancels_the_task(loop: AsyncioWorld, call: str) -> None:
    async def main() -> None:
        waiting = Waiting(loop, call)
        await loop.settle()
        waiting.waiter().cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting.task
        waiting.close()

    if sys.platform == "win32":
        pytest.skip("there the future waits for the end of the operation that is cancelled")
    loop.run(main)


def test_what_was_over_stays_over(loop: AsyncioWorld) -> None:
    """A future kept from one call does not begin to wait again with the next call."""

    async def main() -> None:
        first, second = loop.local.pair()
        async with first, second:
            kept = []
            for _ in range(3):
                receiving = asyncio.get_running_loop().create_task(second.recv(1))
                await loop.settle()
                waiter = receiving._fut_waiter  # type: ignore[attr-defined]  # it is private
                kept.append(waiter)
                assert [each.done() for each in kept] == [True] * (len(kept) - 1) + [False]
                await first.send_all(b"x")
                assert await receiving == b"x"
        assert len({id(each) for each in kept}) == 3

    loop.run(main)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks need Python 3.12")
def test_eager_tasks(loop: AsyncioWorld, call: str) -> None:
    async def main() -> None:
        factory = asyncio.eager_task_factory  # type: ignore[attr-defined, unused-ignore]  # since 3.12
        asyncio.get_running_loop().set_task_factory(factory)
        waiting = Waiting(loop, call)
        assert not waiting.task.done()
        await waiting.end()
        waiting.close()

    loop.run(main)


def test_nothing_is_reported_of_a_task_that_is_gone(loop: AsyncioWorld) -> None:
    """Closing wakes a task that is cancelled at the same time, and so never checks."""
    reported: list[Any] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: reported.append(context)
        )
        first, second = loop.local.pair()
        receiving = asyncio.get_running_loop().create_task(second.recv(1))
        await loop.settle()
        receiving.cancel()
        second.close()
        first.close()
        with pytest.raises(asyncio.CancelledError):
            await receiving

    loop.run(main)
    gc.collect()
    assert not reported
