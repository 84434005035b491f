"""A listener without room for another client: an asynchronous connect waits, and never lies."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from interprocess import capabilities
from interprocess.local_socket import ConnectOptions, ConnectWaitMode, Name
from interprocess.local_socket.asyncio import connect
from tests.portable.asynchronous.worlds import World, new_world
from tests.support import Running

pytestmark = pytest.mark.skipif(
    not capabilities.available("connect_wait"), reason="this system refuses instead of waiting"
)


@pytest.fixture(params=["asyncio", "trio"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "trio":
        pytest.importorskip("trio")
    return new_world(request.param)


def test_waits_until_there_is_room(world: World, full: socket.socket, name: Name) -> None:
    async def main() -> None:
        connecting = world.start(world.local.connect, name)
        await world.settle()
        accepted = [full.accept()[0]]
        async with await connecting.result() as stream:
            await stream.send_all(b"really connected")
            full.settimeout(5)
            while True:
                accepted.append(full.accept()[0])
                accepted[-1].settimeout(0.1)
                try:
                    if accepted[-1].recv(100) == b"really connected":
                        break
                except OSError:  # socket.timeout, which is a TimeoutError only since 3.10
                    continue
        for connection in accepted:
            connection.close()

    world.run(main)


def test_cancelling_leaves_nothing(world: World, full: socket.socket, name: Name) -> None:
    async def main() -> None:
        connecting = world.start(world.local.connect, name)
        await world.settle()
        await connecting.cancel()

    world.run(main)


def test_deferred_and_timeout(world: World, full: socket.socket, name: Name) -> None:
    async def main() -> None:
        connect_method = "connect_trio" if world.name == "trio" else "connect_asyncio"
        with pytest.raises(BlockingIOError, match="no room"):
            await getattr(
                ConnectOptions(name, wait_mode=ConnectWaitMode.deferred()), connect_method
            )()
        for seconds in (0, 0.1):
            began = time.monotonic()
            options = ConnectOptions(name, wait_mode=ConnectWaitMode.timeout(seconds))
            with pytest.raises(TimeoutError) as caught:
                await getattr(options, connect_method)()
            assert seconds <= time.monotonic() - began < seconds + 5
            assert str(name) in str(caught.value)

    world.run(main)


def test_does_not_spin(full: socket.socket, name: Name) -> None:
    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(connect(name), 1)

    def processor_time() -> float:
        began = time.thread_time()
        asyncio.run(main())
        return time.thread_time() - began

    assert Running(processor_time).result() < 0.3
