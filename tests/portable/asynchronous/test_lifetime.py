"""A call keeps its stream alive: the waiting task needs no other reference."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from interprocess.local_socket import Name
from tests.portable.asynchronous.worlds import Started, World

#: More than any system buffers for a reader.
MUCH = 16 * 1024 * 1024


def start(world: World, calls: list[Awaitable[Any]]) -> Started:
    """Run the only call of a list in a task, which then is all that has it."""

    async def finish() -> Any:
        return await calls.pop()

    return world.start(finish)


@pytest.fixture(autouse=True)
def dropped_streams() -> Any:
    """Streams that are dropped open warn, and these are meant to be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


def receiving(verb: str) -> Callable[[Any], Awaitable[Any]]:
    """Return what receives one byte from an end, and keeps nothing else."""
    if verb == "recv_into":
        return lambda end: end.recv_into(bytearray(1))
    if verb == "recv_vectored":
        return lambda end: end.recv_vectored([bytearray(1)])
    return lambda end: getattr(end, verb)(1)


VERBS = ["recv", "recv_exactly", "recv_into", "recv_vectored"]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", ["stream", "half", "pipe"])
def test_receiving(world: World, kind: str, verb: str) -> None:
    async def main() -> None:
        if kind == "pipe":
            peer, end = world.pipes.pipe()
        else:
            peer, end = world.local.pair()
        if kind == "half":
            end = end.split()[0]
        task = start(world, [receiving(verb)(end)])
        del end
        gc.collect()
        await world.settle()
        gc.collect()
        await peer.send_all(b"x")
        assert await task.result() in (b"x", 1)
        peer.close()

    world.run(main)


@pytest.mark.parametrize("kind", ["stream", "half", "pipe"])
@pytest.mark.parametrize("verb", ["send_all", "send", "send_vectored"])
def test_sending(world: World, kind: str, verb: str) -> None:
    async def main() -> None:
        if kind == "pipe":
            end, peer = world.pipes.pipe()
        else:
            end, peer = world.local.pair()
        if kind == "half":
            end = end.split()[1]
        filling = world.start(fill, end)
        await world.settle()
        await filling.cancel()
        del filling
        data = {"send_all": bytes(MUCH), "send": bytes(100), "send_vectored": [bytes(100)]}[verb]
        task = start(world, [getattr(end, verb)(data)])
        del end
        gc.collect()
        await world.settle()
        gc.collect()
        draining = world.start(drain, peer)
        sent = await task.result()
        assert sent is None or 0 < sent <= 100
        gc.collect()
        await draining.result()  # The other end is closed.
        peer.close()

    world.run(main)


async def fill(end: Any) -> None:
    while True:
        await end.send(bytes(1 << 12))


async def drain(end: Any) -> None:
    while await end.recv(1 << 20):
        pass


def test_accepting(world: World, name: Name) -> None:
    async def main() -> None:
        listener = world.local.listen(name)
        task = start(world, [listener.accept()])
        del listener
        gc.collect()
        await world.settle()
        gc.collect()
        async with await world.local.connect(name) as client, await task.result() as stream:
            await client.send_all(b"x")
            assert await stream.recv(1) == b"x"

    world.run(main)


def test_what_is_connected_is_kept_for_the_call(world: World, name: Name) -> None:
    async def main() -> None:
        async def serve() -> None:
            async with await listener.accept() as stream:
                await world.settle()
                await stream.send_all(b"hello")

        async with world.local.listen(name) as listener:
            serving = world.start(serve)
            assert await (await world.local.connect(name)).recv(100) == b"hello"
            await serving.result()

    world.run(main)


def test_what_nobody_waits_for_is_dropped(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        task = start(world, [second.recv(1)])
        await world.settle()
        await first.send_all(b"x")
        assert await task.result() == b"x"
        del second
        gc.collect()
        assert await first.recv(1) == b""
        first.close()

    world.run(main)
