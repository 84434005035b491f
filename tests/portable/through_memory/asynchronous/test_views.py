"""Views of the streams of asyncio and trio, with memory and without."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess.shared_memory import local_socket
from tests.portable.asynchronous.worlds import World
from tests.portable.through_memory.asynchronous.blocks import CAPACITY, read, run_with_pair, write
from tests.support import finish, python

CHILD = """
import sys
from interprocess.shared_memory.local_socket import connect

with connect(sys.argv[1], send_buffer_size=4096, recv_buffer_size=8192) as stream:
    missing = int(sys.argv[2])
    while missing:
        with stream.peek(5000) as view:
            rest = bytes(view)
        missing -= len(rest)
        while rest:
            with stream.reserve(len(rest)) as view:
                view[:] = rest[: len(view)]
                rest = rest[len(view) :]
"""


def test_two_processes(world: World, path: str) -> None:
    data = random.Random(1).randbytes(1_000_000)

    async def main() -> None:
        async with world.local.listen() as listener:
            with python(CHILD, listener.name.as_text(), str(len(data))) as child:
                async with await listener.accept() as stream:
                    sending = world.start(write, stream, data)
                    assert await read(stream, len(data)) == data
                    await sending.result()
                    assert stream.through_memory == (path == "memory")
                    async with stream.peek(1) as view:
                        assert bytes(view) == b""
                finish(child)

    world.run(main)


def test_a_view_is_sent_and_received_at_the_end_of_its_block(world: World, path: str) -> None:
    async def main(first: Any, second: Any) -> None:
        async with first.reserve(10) as room:
            assert len(room) == 10
            room[:] = b"helloworld"
            receiving = world.start(second.recv, 100)
            await world.settle()
            receiving_early = await receiving.cancel()
            assert receiving_early is None
        async with second.peek(100) as view:
            assert bytes(view) == b"helloworld"
            assert view.readonly
        for released in room, view:
            with pytest.raises(ValueError, match="released"):
                released[0]
        reservation = first.reserve(10)
        assert type(reservation) is world.local.Reservation
        async with reservation as room:
            room[:3] = b"abc"
            reservation.commit(3)
            with pytest.raises(ValueError, match="at most 10"):
                reservation.commit(11)
        peek = second.peek(10)
        assert type(peek) is world.local.Peek
        async with peek as view:
            assert bytes(view) == b"abc"
            peek.consume(1)
            with pytest.raises(ValueError, match="at most 3"):
                peek.consume(4)
        for note in reservation.commit, peek.consume:
            with pytest.raises(ValueError, match="inside"):
                note(1)
        async with peek as view:  # Again, and the whole view.
            assert bytes(view) == b"bc"
        for refused in first.reserve, first.peek:
            with pytest.raises(ValueError, match="at least 1"):
                refused(0)
            with pytest.raises(TypeError):
                refused("1")
        first.close()
        async with second.peek(10) as view:
            assert bytes(view) == b""
        with pytest.raises(BrokenPipeError):
            await write(second, bytes(10))

    run_with_pair(world, main)


async def fail(block: Any, note: Callable[[int], None]) -> None:
    """Raise in a block, after noting how much of the view counts."""
    async with block:
        note(1)
        raise LookupError


def test_an_exception_sends_and_receives_nothing(world: World, path: str) -> None:
    async def main(first: Any, second: Any) -> None:
        reservation, peek = first.reserve(3), second.peek(3)
        with pytest.raises(LookupError):
            await fail(reservation, reservation.commit)
        await first.send_all(b"abc")
        assert await second.recv(100) == b"abc"
        await first.send_all(b"abc")
        with pytest.raises(LookupError):
            await fail(peek, peek.consume)
        assert await second.recv_exactly(3) == b"abc"

    run_with_pair(world, main)


def test_others_are_refused_while_a_block_runs(world: World, path: str) -> None:
    async def main(first: Any, second: Any) -> None:
        await second.send_all(b"x")
        async with first.reserve(1) as room, first.peek(1) as view:
            for call in (
                first.send(b"y"),
                first.send_all(b"y"),
                write(first, b"y"),
                first.recv(1),
                first.recv_exactly(1),
                read(first, 1),
            ):
                with pytest.raises(world.busy_error, match="another task"):
                    await call
            for conversion in first.split, first.to_sync:
                with pytest.raises(ValueError, match="another task"):
                    conversion()
            assert bytes(view) == b"x"
            room[:] = b"z"
        assert await second.recv(10) == b"z"
        recv_half, send_half = first.split()
        async with recv_half, send_half:
            await second.send_all(b"1")
            async with send_half.reserve(1) as room, recv_half.peek(1) as view:
                assert bytes(view) == b"1"
                room[:] = b"2"
                with pytest.raises(ValueError, match="another task"):
                    type(first).reunite(recv_half, send_half)
            assert await second.recv(10) == b"2"

    run_with_pair(world, main)


async def write_around(stream: Any, call: Callable[[], None]) -> None:
    """Make a call inside a block, and write before and after."""
    async with stream.reserve(10) as room:
        room[:] = bytes(10)
        call()
        room[:] = bytes(10)


def test_closing_inside_a_block(world: World, path: str) -> None:
    async def main(first: Any, second: Any) -> None:
        await second.send_all(b"abc")
        await first.send_all(b"1")
        async with first.peek(10) as view:
            with pytest.raises(ValueError, match="closed"):
                await write_around(first, first.close)
            assert bytes(view) == b"abc"
        assert await second.recv(10) == b"1"
        with pytest.raises(ValueError, match="closed"):
            await write(first, b"x")
        with pytest.raises(ValueError, match="closed"):
            await read(first, 1)

    run_with_pair(world, main)


def test_closing_inside_a_block_without_a_view_to_send(world: World, path: str) -> None:
    async def main(first: Any, second: Any) -> None:
        reservation = first.reserve(10)
        async with reservation:
            reservation.commit(0)
            first.close()
        async with second.peek(1) as view:
            assert not view
            second.close()

    run_with_pair(world, main)


def test_a_clone_receives_the_view_of_a_closed_stream(world: World, path: str) -> None:
    if path == "socket":
        pytest.skip("a view without memory is a copy of bytes that were received")

    async def main(first: Any, second: Any) -> None:
        await first.send_all(b"abc")
        async with second.try_clone() as clone:
            async with second.peek(10) as view:
                second.close()
                assert bytes(view) == b"abc"
            assert await clone.recv_exactly(3) == b"abc"

    run_with_pair(world, main)


def test_calls_of_a_clone_wait_for_the_block(world: World, path: str) -> None:
    if path == "socket":
        pytest.skip("streams over a socket take no turns")

    async def main(first: Any, second: Any) -> None:
        await second.send_all(b"abc")
        async with first.try_clone() as clone:
            peek = first.peek(10)
            async with peek:
                receiving = world.start(clone.recv, 10)
                await world.settle()
                peek.consume(1)
            assert await receiving.result() == b"bc"

    run_with_pair(world, main)


def test_shutting_down_inside_a_block(world: World, path: str) -> None:
    if path == "socket" and sys.platform == "win32":
        pytest.skip("a pipe has no half-close")

    async def main(first: Any, second: Any) -> None:
        await first.send_all(b"1")
        with pytest.raises(BrokenPipeError):
            await write_around(first, lambda: first.shutdown(1))
        assert await read(second, 1) == b"1"
        async with second.peek(1) as view:
            assert not view

    run_with_pair(world, main)


def test_kept_bytes_are_shown_first(world: World, path: str) -> None:
    async def main(first: Any, second: Any) -> None:
        receiving = world.start(second.recv_exactly, 10)
        await world.settle()
        await first.send_all(b"abc")
        await world.settle()
        await receiving.cancel()
        await first.send_all(b"def")
        peek = second.peek(2)
        async with peek as view:
            assert bytes(view) == b"ab"
            peek.consume(1)
        async with second.peek(10) as view:
            assert bytes(view) == b"bc"
        assert await second.recv_exactly(3) == b"def"

    run_with_pair(world, main)


def test_a_slice_that_outlives_its_block(world: World, path: str) -> None:
    async def main(first: Any, second: Any) -> None:
        async with first.reserve(3) as room:
            end_of_room = room[1:]
            room[:] = b"abc"
        async with second.peek(2) as view:
            end_of_view = view[1:]
        await first.send_all(b"d")
        assert await second.recv_exactly(2) == b"cd"
        del end_of_room, end_of_view

    run_with_pair(world, main)


def test_what_a_synchronous_view_left_is_received(world: World, path: str) -> None:
    async def main() -> None:
        first, sync_second = local_socket.pair()
        with first:
            first.send_all(b"abc")
            peek = sync_second.peek(3)
            with peek:
                peek.consume(1)
            async with world.local.Stream.from_sync(sync_second) as second:
                assert await second.recv_exactly(2) == b"bc"

    world.run(main)


blocks = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "peek"]),
        st.integers(1, CAPACITY + 100),  # the size of the view
        st.one_of(st.none(), st.integers(0, CAPACITY)),  # how much of it counts
    ),
    max_size=30,
)


@given(blocks=blocks, seed=st.integers(0, 1000))
def test_every_byte_goes_through_in_order(
    world: World, path: str, blocks: list[tuple[str, int, int | None]], seed: int
) -> None:
    data = random.Random(seed).randbytes(len(blocks) * (CAPACITY + 100))
    sent = received = 0

    async def main(first: Any, second: Any) -> None:
        nonlocal sent, received
        for verb, size, count in blocks:
            if verb == "reserve" and sent - received < CAPACITY:
                reservation = first.reserve(size)
                async with reservation as view:
                    assert 0 < len(view) <= size
                    view[:] = data[sent : sent + len(view)]
                    used = len(view)
                    if count is not None:
                        used = min(count, used)
                        reservation.commit(used)
                    sent += used
            elif verb == "peek" and received < sent:
                peek = second.peek(size)
                async with peek as view:
                    assert 0 < len(view) <= min(size, sent - received)
                    assert bytes(view) == data[received : received + len(view)]
                    used = len(view)
                    if count is not None:
                        used = min(count, used)
                        peek.consume(used)
                    received += used
        assert await read(second, sent - received) == data[received:sent]

    run_with_pair(world, main, buffer_size=CAPACITY if path == "memory" else 1 << 18)


def test_a_peer_that_scribbles_during_a_block(world: World, path: str) -> None:
    if path == "socket":
        pytest.skip("there is no memory")

    async def main(first: Any, second: Any) -> None:
        await first.send_all(b"abc")
        assert await second.recv(1) == b"a"
        words = first._channel.writer.words
        for number in (0, 1, 4095, 1 << 31, (1 << 64) - 2):
            before = list(words)
            async with first.reserve(2) as room, second.peek(1):
                room[:] = b"xy"
                for place in range(len(words)):
                    words[place] = number
            # Own indices are private; the peer's own words are the peer's to repair.
            head, tail = words[0], words[16]
            assert (head, tail) == (before[0] + 2, before[16] + 1)
            words[1], words[2], words[17] = before[1], before[2], before[17]
        for place in (0, 16):
            right = words[place]
            words[place] = right + 10_000_000
            stream, call = (second, read) if place == 0 else (first, write)
            argument: Any = 1 if place == 0 else b"x"
            for _ in range(2):  # The error ends the turn.
                with pytest.raises(ConnectionAbortedError, match="broken"):
                    await call(stream, argument)
            words[place] = right
        assert await second.recv(100) == b"yxyxyxy"

    run_with_pair(world, main, buffer_size=CAPACITY)


def test_errors_are_those_of_trio(path: str) -> None:
    trio = pytest.importorskip("trio")
    from interprocess.shared_memory.local_socket.trio import pair

    async def main() -> None:
        first, second = pair()
        async with first, second:
            if path == "memory" or sys.platform != "win32":  # A pipe has no half-close.
                await first.send_eof()
                with pytest.raises(trio.ClosedResourceError):
                    await write(first, b"x")
            await first.aclose()
            with pytest.raises(trio.BrokenResourceError):
                await write(second, b"x")
            second.close()
            for call in read(second, 1), write(second, b"x"):
                with pytest.raises(trio.ClosedResourceError):
                    await call

    trio.run(main)
