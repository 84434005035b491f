"""`current_user_only` where an event loop accepts: strangers get nothing, and keep none waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import Name, connect
from interprocess.local_socket import asyncio as local_asyncio
from interprocess.os.unix import local_socket as unix_local_socket
from tests.portable.asynchronous.fixtures import warm_runtimes
from tests.portable.asynchronous.worlds import World
from tests.support import PATIENCE, Running, finish
from tests.unix.users import (
    CLIENT,
    ONLY_ROOT,
    TELLS_USER,
    TURNS,
    as_nobody,
    flood,
    open_to_others,
)

__all__ = ["warm_runtimes"]

pytestmark = [TELLS_USER]


async def finished(process: Any, sleep: Callable[[float], Awaitable[object]]) -> list[str]:
    """Return the words that a process prints, and let the other tasks run until it ends."""
    finishing = Running(lambda: finish(process))
    while not finishing.has_ended():
        await sleep(0.01)
    return finishing.result().split()


@ONLY_ROOT
def test_asynchronous_servers_turn_strangers_away(name: Name, any_loop: Any) -> None:
    open_to_others(name)
    mode = None if name.is_abstract() else 0o666
    options = unix_local_socket.ListenerOptions(name, mode=mode, current_user_only=True)

    async def ours() -> bytes:
        reader, writer = await local_asyncio.open_connection(name)
        received = await reader.read()
        writer.close()
        return received

    async def strangers() -> list[str]:
        with as_nobody(CLIENT, name, "3") as process:
            return await finished(process, asyncio.sleep)

    async def with_listener() -> None:
        async def greet(stream: local_asyncio.Stream) -> None:
            await stream.send_all(b"hello")
            stream.close()

        async with options.create_asyncio() as listener:
            serving = asyncio.ensure_future(local_asyncio.serve(listener, greet))
            assert await strangers() == ["refused"] * 3
            assert await ours() == b"hello"
        await serving

    async def with_streams() -> None:
        greeted = []

        def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            greeted.append(writer)
            writer.write(b"hello")
            writer.close()

        async with await local_asyncio.start_server(greet, options):
            assert await strangers() == ["refused"] * 3
            assert await ours() == b"hello"
        assert len(greeted) == 1

    any_loop(with_listener)
    any_loop(with_streams)


@ONLY_ROOT
def test_strangers_keep_no_event_loop_busy(name: Name, any_loop: Any) -> None:
    open_to_others(name)
    mode = None if name.is_abstract() else 0o666
    options = unix_local_socket.ListenerOptions(name, mode=mode, current_user_only=True)

    async def turns() -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0.001)

    async def with_listener() -> None:
        async with options.create_asyncio() as listener:
            accepting = asyncio.ensure_future(listener.accept())
            await asyncio.wait_for(turns(), PATIENCE)
            # illumos reports nothing about a client that has left, so the client is refused.
            async with await local_asyncio.connect(name):
                (await asyncio.wait_for(accepting, PATIENCE)).close()

    async def with_streams() -> None:
        def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello")
            writer.close()

        async with await local_asyncio.start_server(greet, options):
            await asyncio.wait_for(turns(), PATIENCE)
            reader, writer = await local_asyncio.open_connection(name)
            assert await asyncio.wait_for(reader.read(), PATIENCE) == b"hello"
            writer.close()

    with flood(name) as process:
        assert process.stdout.readline() == b"flooding\n"
        any_loop(with_listener)
        any_loop(with_streams)


@pytest.fixture(params=["asyncio", "uvloop"])
def any_loop(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    if request.param == "asyncio":
        return lambda main: asyncio.run(main())
    uvloop = pytest.importorskip("uvloop")

    def run(main: Any) -> Any:
        loop = uvloop.new_event_loop()
        try:
            return loop.run_until_complete(main())
        finally:
            loop.close()

    return run


@ONLY_ROOT
def test_trio_turns_strangers_away(name: Name) -> None:
    trio = pytest.importorskip("trio")
    open_to_others(name)
    mode = None if name.is_abstract() else 0o666
    options = unix_local_socket.ListenerOptions(name, mode=mode, current_user_only=True)

    async def main() -> None:
        async with options.create_trio() as listener:
            with as_nobody(CLIENT, name, "2") as process:
                with trio.move_on_after(0.5):
                    await listener.accept()
                async with trio.open_nursery() as nursery:
                    ours: list[Any] = []

                    async def accept() -> None:
                        (await listener.accept()).close()
                        ours.pop().close()

                    nursery.start_soon(accept)
                    answers = await finished(process, trio.sleep)
                    ours.append(connect(name))
                assert answers == ["refused"] * 2

    trio.run(main)


@ONLY_ROOT
@pytest.mark.skipif(not capabilities.available("send_fds"), reason="no descriptors travel here")
def test_a_listener_that_was_handed_over_turns_strangers_away(world: World, name: Name) -> None:
    open_to_others(name)
    mode = None if name.is_abstract() else 0o666
    options = unix_local_socket.ListenerOptions(name, mode=mode, current_user_only=True)

    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            with options.create_sync() as listener:
                await world.local.send_object(first, listener)
                listener.keep_name()
            listener = await world.local.recv_object(second, world.local.Listener)
        async with listener:
            listener.reclaim_name_on_drop()
            accepting = world.start(listener.accept)
            with as_nobody(CLIENT, name, "1") as process:
                finishing = Running(lambda: finish(process))
                while not finishing.has_ended():
                    await world.settle()
                assert finishing.result() == "refused\n"
            async with await world.local.connect(name), await accepting.result():
                pass

    world.run(main)
