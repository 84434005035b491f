"""The verbs of asynchronous streams, on two that are connected with each other."""

from __future__ import annotations

import array
import gc
import random
import sys
from typing import Any

import pytest

from interprocess.local_socket import IncompleteReadError, ReuniteError, Shutdown, UnsupportedError
from interprocess.local_socket import pair as sync_pair
from interprocess.unnamed_pipe import pipe as sync_pipe
from tests.portable.asynchronous.worlds import World
from tests.support import close_raw_handle, raw_handle

#: More than any system buffers for a reader.
MUCH = 16 * 1024 * 1024


def with_pair(world: World, test: Any) -> None:
    """Run a test on two connected streams."""

    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            await test(first, second)

    world.run(main)


def test_recv_and_send(any_world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        assert await first.send(b"hello") == 5
        assert await second.recv(100) == b"hello"
        assert await second.send(memoryview(b"world")[1:]) == 4
        buffer = bytearray(10)
        assert await first.recv_into(buffer) == 4
        assert buffer == b"orld\0\0\0\0\0\0"
        await first.send_all(bytearray(b"again"))
        assert await second.recv_exactly(5) == b"again"
        await first.send_all(b"")
        await second.flush()
        assert await second.recv(0) == b""
        with pytest.raises(ValueError, match=r"at least 0|negative"):
            await second.recv(-1)

    with_pair(any_world, test)


def test_vectored(any_world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        assert await first.send_vectored([b"ab", bytearray(b"cd"), memoryview(b"e")]) == 5
        buffers = [bytearray(2), bytearray(2), bytearray(2)]
        assert await second.recv_vectored(buffers) == 5
        assert buffers == [b"ab", b"cd", b"e\0"]
        assert await first.send_vectored([b"x"] * 3000) <= 3000
        assert (await second.recv(3000)).strip(b"x") == b""

    with_pair(any_world, test)


@pytest.mark.parametrize("size", [8, MUCH])
def test_items_of_several_bytes(any_world: World, size: int) -> None:
    async def test(first: Any, second: Any) -> None:
        data = array.array("H", random.Random(size).randbytes(size))
        sending = any_world.start(first.send_all, data)
        assert await second.recv_exactly(size) == data.tobytes()
        await sending.result()

    with_pair(any_world, test)


def test_waiting(any_world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        for size in (1, 10, MUCH):
            sending = any_world.start(first.send_all, bytes(size))
            assert await second.recv_exactly(size) == bytes(size)
            await sending.result()
            receiving = any_world.start(second.recv, 10)
            await any_world.settle()
            await first.send(b"later")
            assert await receiving.result() == b"later"

    with_pair(any_world, test)


def test_end_of_stream(any_world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        receiving = any_world.start(second.recv_exactly, 5)
        await any_world.settle()
        await first.send_all(b"abc")
        first.close()
        with pytest.raises(IncompleteReadError) as caught:
            await receiving.result()
        assert (caught.value.partial, caught.value.expected) == (b"abc", 5)
        assert await second.recv(1) == b""
        assert await second.recv_into(bytearray(1)) == 0
        with pytest.raises((BrokenPipeError, ConnectionResetError)) as broken:
            await second.send_all(b"x")
        assert broken.value.characters_written == 0  # type: ignore[attr-defined]  # any OSError has it

    with_pair(any_world, test)


def test_closing_wakes(world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        receiving = world.start(first.recv, 1)
        sending = world.start(first.send_all, bytes(MUCH))
        await world.settle()
        first.close()
        for started in (receiving, sending):
            with pytest.raises(ValueError, match="closed"):
                await started.result()
        first.close()
        await first.aclose()
        calls: list[Any] = [
            lambda: first.recv(1),
            lambda: first.send(b"x"),
            lambda: first.send_all(b""),
            first.flush,
            lambda: first.recv_vectored([bytearray(1)]),
        ]
        for call in calls:
            with pytest.raises(ValueError, match="closed"):
                await call()
        assert first.closed
        assert "closed" in repr(first)
        with pytest.raises(ValueError, match="closed"):
            raw_handle(first)

    with_pair(world, test)


def test_what_had_arrived_is_in_the_error(world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        receiving = world.start(first.recv_exactly, 10)
        await world.settle()
        await second.send_all(b"some")
        await round_trip(world)
        first.close()
        with pytest.raises(ValueError, match="closed") as caught:
            await receiving.result()
        assert vars(caught.value)["partial"] == b"some"

    with_pair(world, test)


async def round_trip(world: World) -> None:
    """Let the loop report all earlier events."""
    first, second = world.local.pair()
    async with first, second:
        receiving = world.start(second.recv, 1)
        await world.settle()
        await first.send_all(b"x")
        await receiving.result()


def test_two_tasks_at_once(world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        receiving = world.start(first.recv, 1)
        sending = world.start(first.send_all, bytes(MUCH))
        await world.settle()
        with pytest.raises(world.busy_error, match="another task"):
            await first.recv(1)
        with pytest.raises(world.busy_error, match="another task"):
            await first.send(b"x")
        for call in (first.split, first.detach, first.to_sync):
            with pytest.raises(ValueError, match="another task"):
                call()
        await second.send(b"y")
        assert await receiving.result() == b"y"
        await second.recv_exactly(MUCH)
        await sending.result()

    with_pair(world, test)


def test_shutdown(any_world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        receiving = any_world.start(second.recv, 1)
        await any_world.settle()
        try:
            first.shutdown(Shutdown.SEND)
        except UnsupportedError as error:
            await second_has_something(first, receiving)
            pytest.skip(str(error))
        assert await receiving.result() == b""
        await second.send_all(b"still open")
        assert await first.recv(100) == b"still open"
        assert first.take_error() is None

    with_pair(any_world, test)


def test_shutdown_of_a_half(any_world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        recv_half, send_half = first.split()
        async with recv_half, send_half:
            try:
                send_half.shutdown()
            except UnsupportedError as error:
                pytest.skip(str(error))
            assert await second.recv(1) == b""
            await second.send_all(b"still open")
            assert await recv_half.recv(100) == b"still open"

    with_pair(any_world, test)


async def second_has_something(first: Any, receiving: Any) -> None:
    """End the other end's call on systems where only data or closing ends it."""
    await first.send_all(b"x")
    await receiving.result()


def test_split_and_reunite(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        recv_half, send_half = first.split()
        assert first.closed
        receiving = world.start(recv_half.recv, 10)
        sending = world.start(send_half.send_all, bytes(MUCH))
        await world.settle()
        with pytest.raises(ValueError, match="another task"):
            world.local.Stream.reunite(recv_half, send_half)
        await second.recv_exactly(MUCH)
        await sending.result()
        third, fourth = world.local.pair()
        fourth.close()
        other_recv, other_send = third.split()
        for halves in ((recv_half, other_send), (other_recv, send_half)):
            with pytest.raises(ReuniteError):
                world.local.Stream.reunite(*halves)
        other_recv.close()
        other_send.close()
        await second.send(b"once")
        assert await receiving.result() == b"once"
        async with world.local.Stream.reunite(recv_half, send_half) as whole, second:
            await whole.send(b"more")
            assert await second.recv(10) == b"more"

    world.run(main)


def test_closing_one_half_leaves_the_other_waiting(world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        recv_half, send_half = first.split()
        receiving = world.start(recv_half.recv, 100)
        sending = world.start(send_half.send_all, bytes(MUCH))
        await world.settle()
        send_half.close()
        with pytest.raises(ValueError, match="closed"):
            await sending.result()
        await second.send(b"still there")
        assert await receiving.result() == b"still there"
        recv_half.close()

    with_pair(world, test)


def test_clones(any_world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        async with first.try_clone() as clone:
            receiving = any_world.start(clone.recv, 10)
            await any_world.settle()
            first.close()
            await second.send(b"to the clone")
            assert await receiving.result() == b"to the clo"
            assert await clone.recv(10) == b"ne"

    with_pair(any_world, test)


def test_clones_that_send_at_once(world: World) -> None:
    # Both are woken when there is room; the one that comes too late keeps waiting.
    async def test(first: Any, second: Any) -> None:
        async with first.try_clone() as clone:
            sending = [
                world.start(first.send_all, b"1" * MUCH),
                world.start(clone.send_all, b"2" * MUCH),
            ]
            received = b""
            while len(received) < 2 * MUCH:
                received += await second.recv(2 * MUCH)
            for each in sending:
                await each.result()
            assert received.count(b"1") == received.count(b"2") == MUCH

    with_pair(world, test)


def test_clones_that_receive_at_once(world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        async with first.try_clone() as clone:
            receiving = [world.start(first.recv, 1), world.start(clone.recv, 1)]
            await world.settle()
            await second.send_all(b"1")
            await world.settle()
            await second.send_all(b"2")
            assert sorted([await each.result() for each in receiving]) == [b"1", b"2"]

    with_pair(world, test)


def test_what_is_closed_gives_nothing_up(world: World) -> None:
    async def test(first: Any, second: Any) -> None:
        first.close()
        for call in (first.detach, first.to_sync, first.split, first.try_clone):
            with pytest.raises(ValueError, match="closed"):
                call()

    with_pair(world, test)


def test_conversion(world: World) -> None:
    first, second = sync_pair()
    with second:

        async def to_async() -> Any:
            async with world.local.Stream.from_sync(first) as stream:
                await stream.send_all(b"from async")
                return stream.to_sync()

        with world.run(to_async) as back:
            assert first.closed
            assert second.recv(100) == b"from async"
            second.send_all(b"sync again")
            assert back.recv(100) == b"sync again"


def test_adoption(world: World) -> None:
    one, other = sync_pair()
    with other:

        async def main() -> None:
            async with world.local.Stream(one.detach()) as stream:
                other.send_all(b"foreign")
                assert await stream.recv(100) == b"foreign"
                close_raw_handle(stream.detach())

        world.run(main)
    sender, recver = sync_pipe()
    with sender, recver:
        for wrong in (sender, recver):
            with pytest.raises(ValueError, match="adopted"):
                world.local.Stream(raw_handle(wrong))


def test_one_stream_in_two_loops(world: World) -> None:
    first, second = world.local.pair()

    async def once() -> None:
        receiving = world.start(first.recv, 10)
        await world.settle()
        await second.send(b"x")
        assert await receiving.result() == b"x"

    async def once_more() -> None:
        await first.send(b"x")

    world.run(once)
    if sys.platform == "win32":
        with pytest.raises(UnsupportedError, match="another event loop"):
            world.run(once_more)
    else:
        world.run(once)
    first.close()
    second.close()


def test_dropping_warns(any_world: World) -> None:
    first, second = any_world.local.pair()
    second.close()
    with pytest.warns(ResourceWarning, match="unclosed <Stream"):
        del first
        gc.collect()
