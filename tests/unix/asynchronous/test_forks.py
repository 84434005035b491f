"""A forked child that closes what belongs to an event loop leaves the loop of its parent alone."""

from __future__ import annotations

import asyncio
import gc
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from interprocess.local_socket import Name
from interprocess.local_socket import connect as sync_connect
from interprocess.local_socket.asyncio import open_connection, start_server
from tests.portable.asynchronous.worlds import AsyncioWorld, World, new_world
from tests.support import Running

#: More than any system buffers for a reader.
MUCH = 16 * 1024 * 1024


@pytest.fixture(autouse=True)
def forks() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Of forks where there are threads.
        yield


def in_child(work: Callable[[], object]) -> None:
    """Do something in a forked child, and see that it goes well."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0


def close(owners: list[Any]) -> None:
    for owner in owners:
        owner.close()


def drop(owners: list[Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        owners.clear()
        gc.collect()


def detach(owners: list[Any]) -> None:
    for owner in owners:
        os.close(owner.detach())


def convert(owners: list[Any]) -> None:
    for owner in owners:
        owner.to_sync().close()


def split(owners: list[Any]) -> None:
    for owner in owners:
        close(list(owner.split()))


DEEDS: dict[str, Callable[[list[Any]], None]] = {
    "close": close,
    "drop": drop,
    "detach": detach,
    "convert": convert,
    "split": split,
}


@pytest.mark.parametrize("deed", DEEDS)
def test_streams(world: World, deed: str) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        third, fourth = world.local.pair()
        receiving = world.start(first.recv_exactly, 10)
        sending = world.start(third.send_all, bytes(MUCH))
        await world.settle()
        in_child(lambda: DEEDS[deed]([first, third]))
        await second.send_all(b"hello")
        await fourth.recv_exactly(MUCH)
        await sending.result()
        await second.send_all(b"again")
        assert await receiving.result() == b"helloagain"
        close([first, second, third, fourth])

    world.run(main)


def test_a_stream_that_was_waited_for_before(world: World) -> None:
    """It stays registered with asyncio's loop, which spares the next receive from registering it
    again.
    """

    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            for _ in range(2):
                receiving = world.start(first.recv, 10)
                await world.settle()
                await second.send_all(b"x")
                assert await receiving.result() == b"x"
                in_child(first.close)

    world.run(main)


@pytest.mark.parametrize("deed", ["close", "drop"])
def test_halves(world: World, deed: str) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        halves = list(first.split())
        receiving = world.start(halves[0].recv, 10)
        sending = world.start(halves[1].send_all, bytes(MUCH))
        await world.settle()
        in_child(lambda: DEEDS[deed](halves))
        await second.send_all(b"hello")
        assert await receiving.result() == b"hello"
        await second.recv_exactly(MUCH)
        await sending.result()
        close([*halves, second])

    world.run(main)


@pytest.mark.parametrize("deed", ["close", "drop", "detach", "convert"])
def test_pipes(world: World, deed: str) -> None:
    async def main() -> None:
        sender, recver = world.pipes.pipe()
        full, emptied = world.pipes.pipe()
        receiving = world.start(recver.recv_exactly, 10)
        sending = world.start(full.send_all, bytes(MUCH))
        await world.settle()
        in_child(lambda: DEEDS[deed]([recver, full]))
        await sender.send_all(b"hello")
        await world.settle()
        await sender.send_all(b"again")
        assert await receiving.result() == b"helloagain"
        await emptied.recv_exactly(MUCH)
        await sending.result()
        close([sender, recver, full, emptied])

    world.run(main)


@pytest.mark.parametrize("deed", ["close", "drop", "detach", "convert"])
def test_listeners(world: World, deed: str, name: Name) -> None:
    async def main() -> None:
        listener = world.local.listen(name)
        accepting = world.start(listener.accept)
        await world.settle()
        in_child(lambda: DEEDS[deed]([listener]))
        async with await world.local.connect(name) as client, await accepting.result() as stream:
            await client.send_all(b"x")
            assert await stream.recv(1) == b"x"
        listener.close()

    world.run(main)


def test_the_child_goes_on_with_a_loop_of_its_own(world: World) -> None:
    """With the very streams that tasks of the parent wait for."""

    async def main() -> None:
        first, second = world.local.pair()
        third, fourth = world.local.pair()
        receiving = world.start(first.recv, 100)
        sending = world.start(third.send_all, bytes(MUCH))
        await world.settle()

        def use_them() -> None:
            # In a thread, which has no loop yet.
            Running(lambda: use_in_own_loop(new_world(world.name), first, second, third)).result()

        in_child(use_them)
        await second.send_all(b"to the parent")
        assert await receiving.result() == b"to the parent"
        await fourth.recv_exactly(MUCH)
        await sending.result()
        close([first, second, third, fourth])

    world.run(main)


def use_in_own_loop(world: World, first: Any, second: Any, full: Any) -> None:
    """Wait in both directions."""

    async def main() -> None:
        receiving = world.start(first.recv, 100)
        sending = world.start(full.send, b"x")
        await world.settle()
        await second.send_all(b"to the child")
        assert await receiving.result() == b"to the child"
        assert await sending.cancel() is None

    world.run(main)


def test_servers_of_asyncios_own_streams(name: Name) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x")
        writer.close()

    async def main() -> None:
        async with await start_server(hang_up, name) as server:
            in_child(server.close)
            in_child(lambda: close([server, server]))
            for _ in range(2):
                reader, writer = await open_connection(name)
                assert await reader.read() == b"x"
                writer.close()
                await writer.wait_closed()

    AsyncioWorld("asyncio").run(main)
    with pytest.raises(OSError, match=r"refused|No such"):
        sync_connect(name)
