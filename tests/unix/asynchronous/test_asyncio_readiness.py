"""How asyncio's loop is used: registered once, and not touched where data is there."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
import weakref
from typing import Any

import pytest

import interprocess.local_socket
from interprocess.local_socket import pair as sync_pair
from interprocess.local_socket.asyncio import Stream, pair

#: More than any system buffers for a reader.
MUCH = 16 * 1024 * 1024


class CountingLoop(asyncio.SelectorEventLoop):
    """Counts how often readers are registered and taken off."""

    registered = 0
    taken_off = 0

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:  # type: ignore[override]  # typeshed's needs Python 3.11
        self.registered += 1
        super().add_reader(fd, callback, *args)

    def remove_reader(self, fd: Any) -> bool:
        self.taken_off += 1
        return super().remove_reader(fd)


def run(main: Any) -> CountingLoop:
    loop = CountingLoop()
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()
    return loop


async def echo(stream: Stream, count: int) -> None:
    for _ in range(count):
        await stream.send_all(await stream.recv(100))


def test_the_reader_stays_registered() -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second:
            echoing = asyncio.ensure_future(echo(second, 100))
            for _ in range(100):
                await first.send_all(b"x")
                assert await first.recv(100) == b"x"
            await echoing

    assert run(main).registered == 2


def test_a_receive_that_finds_data_does_not_touch_the_loop() -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second:
            await first.send_all(b"x" * 100)
            for _ in range(10):
                assert await second.recv(10) == b"x" * 10

    assert run(main).registered == 0


def test_a_reader_that_nobody_waits_for_is_taken_off() -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second:
            receiving = asyncio.ensure_future(second.recv(1))
            await asyncio.sleep(0)
            await first.send_all(b"xyz")
            assert await receiving == b"x"
            loop = asyncio.get_running_loop()
            assert isinstance(loop, CountingLoop)
            for _ in range(10):
                await asyncio.sleep(0)
            assert loop.taken_off == 1
            assert await second.recv(10) == b"yz"

    run(main)


def test_after_a_pause_what_came_is_found_at_once() -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second:
            receiving = asyncio.ensure_future(second.recv(100))
            await asyncio.sleep(0)
            await first.send_all(b"all that there was")
            await receiving
            await first.send_all(b"more")
            for _ in range(5):
                await asyncio.sleep(0)
            coroutine = second.recv(100)
            try:
                coroutine.send(None)
            except StopIteration as stop:
                assert stop.value == b"more"  # noqa: PT017  # how a coroutine returns
            else:
                raise AssertionError("it waited")

    run(main)


class Buffer(bytearray):
    """A buffer that allows weak references."""


def test_a_buffer_is_let_go_of() -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second:
            buffer = Buffer(10)
            kept = weakref.ref(buffer)
            receiving = asyncio.ensure_future(second.recv_into(buffer))
            await asyncio.sleep(0)
            await first.send_all(b"x")
            assert await receiving == 1
            del buffer, receiving
            gc.collect()
            assert kept() is None

    run(main)


def test_a_task_is_let_go_of() -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second:
            receiving = asyncio.ensure_future(second.recv(100))
            await asyncio.sleep(0)
            await first.send_all(b"x")
            await receiving
            kept = weakref.ref(receiving)
            del receiving
            await asyncio.sleep(0)  # The loop itself has it until then.
            gc.collect()
            assert kept() is None

    run(main)


def test_why_a_task_was_cancelled_is_said() -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second:
            for arguments in ((), ("no time",)):
                receiving = asyncio.ensure_future(second.recv(100))
                await asyncio.sleep(0)
                receiving.cancel(*arguments)
                with pytest.raises(asyncio.CancelledError) as caught:
                    await receiving
                if sys.version_info >= (3, 11):  # Earlier versions drop the message.
                    assert caught.value.args == arguments

    run(main)


def test_what_is_given_up_is_taken_off() -> None:
    async def main() -> None:
        first, second = pair()
        async with first:
            receiving = asyncio.ensure_future(second.recv(100))
            await asyncio.sleep(0)
            await first.send_all(b"x")
            await receiving
            number = second.detach()
            assert not asyncio.get_running_loop().remove_reader(number)
            os.close(number)

    run(main)


def test_a_call_that_is_thrown_away_takes_nothing() -> None:
    errors: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        first, second = pair()
        async with first, second:
            for call in (second.recv, lambda size: second.recv_into(bytearray(size))):
                coroutine = call(100)
                coroutine.send(None)
                coroutine.close()
                await first.send_all(b"for the next one")
                for _ in range(5):
                    await asyncio.sleep(0)
                assert await second.recv(100) == b"for the next one"
            coroutine = second.recv(100)
            coroutine.send(None)
            coroutine.close()

    run(main)
    assert not errors


def drain(stream: interprocess.local_socket.Stream) -> None:
    """Receive all that is there."""
    stream.set_recv_timeout(0)
    with contextlib.suppress(TimeoutError):
        while stream.recv(MUCH):
            pass


@pytest.mark.parametrize("room_first", [False, True])
def test_closing_just_when_there_is_room(room_first: bool) -> None:
    # The loop may report simultaneous events in either order.
    async def main() -> None:
        first, sync_first = sync_pair()
        other, sync_other = sync_pair()
        stream, trigger = Stream.from_sync(first), Stream.from_sync(other)

        async def close_when_told() -> None:
            await trigger.recv(1)
            stream.close()

        with sync_first, sync_other:
            sending = asyncio.ensure_future(stream.send_all(bytes(MUCH)))
            closing = asyncio.ensure_future(close_when_told())
            for _ in range(5):
                await asyncio.sleep(0)
            if room_first:
                drain(sync_first)
            sync_other.send_all(b"x")
            drain(sync_first)
            with pytest.raises(ValueError, match="closed"):
                await sending
            await closing
            trigger.close()

    run(main)
