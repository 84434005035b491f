"""Open objects that are handed over with asyncio and trio."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from interprocess import capabilities, local_socket, unnamed_pipe
from interprocess.errors import UnexpectedObjectError
from interprocess.local_socket import Name
from interprocess.shared_memory import Memory
from tests.portable.asynchronous.worlds import World
from tests.portable.cut_objects import begin

pytestmark = pytest.mark.skipif(
    sys.platform != "win32" and not capabilities.available("send_fds"),
    reason="no descriptors travel here",
)


async def hand_over(world: World, thing: Any, kind: Any = object) -> Any:
    """Hand something over, to this process itself."""
    first, second = world.local.pair()
    async with first, second:
        receiving = world.start(world.local.recv_object, second, kind)
        await world.settle()
        await world.local.send_object(first, thing)
        return await receiving.result()


def test_synchronous_things_become_asynchronous(world: World, name: Name) -> None:
    async def main() -> None:
        one, other = local_socket.pair()
        with one:
            stream = await hand_over(world, one, world.local.Stream)
        async with stream, world.local.Stream.from_sync(other) as end:
            await end.send_all(b"x")
            assert await stream.recv(1) == b"x"
        sender, recver = unnamed_pipe.pipe()
        with sender, recver:
            new_sender = await hand_over(world, sender, world.pipes.Sender)
            new_recver = await hand_over(world, recver, world.pipes.Recver)
        async with new_sender, new_recver:
            await new_sender.send_all(b"y")
            assert await new_recver.recv(1) == b"y"
        with local_socket.listen(name) as waiting:
            listener = await hand_over(world, waiting)
            waiting.keep_name()
        listener.reclaim_name_on_drop()
        assert type(listener) is world.local.Listener
        async with listener, await world.local.connect(name):
            await (await listener.accept()).aclose()
        with await hand_over(world, file, io.BufferedIOBase) as new:
            assert new.read(3) == b'"""'

    with open(__file__, "rb") as file:
        world.run(main)


def test_memory(world: World) -> None:
    async def main() -> None:
        with Memory(5000) as memory:
            memory.map()[:3] = b"abc"
            with await hand_over(world, memory, Memory) as other:
                assert type(other) is Memory
                assert bytes(other.map()[:3]) == b"abc"
            with pytest.raises(UnexpectedObjectError, match="a memory, which was not asked for"):
                await hand_over(world, memory, world.local.Stream)

    world.run(main)


def test_what_is_not_wanted(world: World) -> None:
    async def main() -> None:
        one, other = local_socket.pair()
        with one, other, pytest.raises(UnexpectedObjectError, match="was not asked for"):
            await hand_over(world, one, world.local.Listener)
        first, second = world.local.pair()
        async with first, second:
            await first.send_all(b"no object at all")
            with pytest.raises(UnexpectedObjectError, match="begins with b'no o'"):
                await world.local.recv_object(second)
            with pytest.raises(TypeError, match="are handed over, not"):
                await world.local.send_object(first, 1)

    world.run(main)


@pytest.mark.skipif(
    sys.platform == "win32", reason="this loop's completion port reports the handle"
)
def test_asynchronous_things_travel(world: World) -> None:
    async def main() -> None:
        one, other = world.local.pair()
        async with other:
            async with one:
                stream = await hand_over(world, one)
                waiting = world.start(one.recv, 1)
                await world.settle()
                with pytest.raises(ValueError, match="another task is inside a call"):
                    await hand_over(world, one)
                await waiting.cancel()
            async with stream:
                await stream.send_all(b"x")
                assert await other.recv(1) == b"x"
            with pytest.raises(ValueError, match="closed"):
                await hand_over(world, one)

    world.run(main)


def test_a_cancelled_receive_loses_nothing(world: World) -> None:
    async def main() -> None:
        sender, recver = unnamed_pipe.pipe()
        first, second = world.local.pair()
        with sender, recver:
            async with first, second:
                for steps in range(5):
                    receiving = world.start(world.local.recv_object, second)
                    for _ in range(steps):
                        await world.step()
                    await world.local.send_object(first, sender)
                    received = await receiving.cancel()
                    if received is None:
                        received = await world.local.recv_object(second)
                    await received.aclose()

    world.run(main)


def test_a_receive_that_was_cut_short_goes_along_with_the_connection(world: World) -> None:
    async def cut_short(stream: Any) -> None:
        receiving = world.start(world.local.recv_object, stream)
        await world.settle()
        assert await receiving.cancel() is None

    async def main() -> None:
        local = world.local
        sender, recver = unnamed_pipe.pipe()
        first, second = local_socket.pair()
        with first, sender, recver:
            rest = begin(first, sender)
            stream = local.Stream.from_sync(second)
            await cut_short(stream)
            recv_half, send_half = stream.split()
            await cut_short(recv_half)
            stream = local.Stream.reunite(recv_half, send_half)
            await cut_short(stream)
            second = stream.to_sync()
            second.set_recv_timeout(0)
            with pytest.raises(TimeoutError):
                local_socket.recv_object(second)
            async with local.Stream.from_sync(second) as stream:
                await cut_short(stream)
                first.send_all(rest)
                async with await local.recv_object(stream, world.pipes.Sender) as new:
                    await new.send_all(b"whole")
            assert recver.recv_exactly(5) == b"whole"

    world.run(main)
