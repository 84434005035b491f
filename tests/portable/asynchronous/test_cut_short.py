"""A call that is cut short reports its progress, and loses no data that arrived."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import pytest

from tests.portable.asynchronous.worlds import World

#: More than any system buffers for a reader.
MUCH = 16 * 1024 * 1024


def said_in(error: BaseException) -> int:
    """Return the number of bytes sent, as reported by an exception."""
    return int(error.characters_written)  # type: ignore[attr-defined]  # that is the question


async def rest(end: Any) -> int:
    """Receive until the end, and return how many bytes that was."""
    received = 0
    while part := await end.recv(1 << 20):
        received += len(part)
    return received


@pytest.mark.parametrize("kind", ["stream", "half", "pipe"])
def test_closing(world: World, kind: str) -> None:
    async def main() -> None:
        end, peer = world.pipes.pipe() if kind == "pipe" else world.local.pair()
        if kind == "half":
            other, end = end.split()
            other.close()
        sending = world.start(end.send_all, bytes(MUCH))
        await world.settle()
        end.close()
        with pytest.raises(ValueError, match="closed") as caught:
            await sending.result()
        sent = said_in(caught.value)
        assert 0 < sent < MUCH
        assert await rest(peer) == sent
        peer.close()

    world.run(main)


def test_the_peer_leaves(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        sending = world.start(first.send_all, bytes(MUCH))
        await world.settle()
        await second.recv_exactly(1 << 20)
        second.close()
        with pytest.raises((BrokenPipeError, ConnectionResetError)) as caught:
            await sending.result()
        assert 1 << 20 <= said_in(caught.value) < MUCH
        first.close()

    world.run(main)


def test_a_cancelled_send_says_so_in_its_own_exception(world: World) -> None:
    said: list[int] = []

    async def main() -> None:
        first, second = world.local.pair()

        async def send() -> None:
            try:
                await first.send_all(bytes(MUCH))
            except BaseException as error:
                said.append(said_in(error))
                raise

        sending = world.start(send)
        await world.settle()
        await sending.cancel()
        with pytest.raises(BrokenPipeError) as caught:
            await first.send_all(b"more")
        first.close()
        assert said == [said_in(caught.value)] == [await rest(second)]
        second.close()

    world.run(main)


def test_many_cancelled_receives_cost_no_more_than_one(world: World) -> None:
    """What they bring back is not copied again and again, nor when it is received in the end."""
    size = 1 << 23

    async def main() -> float:
        first, second = world.local.pair()
        async with first, second:
            part = bytes(range(256)) * 64
            for _ in range(size // len(part)):
                receiving = world.start(second.recv_exactly, size + 1)
                await world.step()
                await first.send_all(part)
                await world.settle()
                await receiving.cancel()
            began = time.process_time()
            received = [await second.recv(64) for _ in range(size // 64)]
            seconds = time.process_time() - began
            assert b"".join(received) == bytes(range(256)) * (size // 256)
            return seconds

    world.debug = False
    assert world.run(main) < 4


@pytest.mark.parametrize("verb", ["recv_into", "recv_vectored", "recv_exactly"])
def test_what_was_brought_back_is_received_by_every_verb(world: World, verb: str) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            receiving = world.start(second.recv_exactly, 100)
            await world.step()
            await first.send_all(b"abcdef")
            await world.settle()
            await receiving.cancel()
            if verb == "recv_exactly":
                assert await second.recv_exactly(4) == b"abcd"
            else:
                buffers = [bytearray(4)] if verb == "recv_into" else [bytearray(1), bytearray(3)]
                argument = buffers[0] if verb == "recv_into" else buffers
                assert await getattr(second, verb)(argument) == 4
                assert b"".join(buffers) == b"abcd"
            receiving = world.start(second.recv_exactly, 100)
            await world.step()
            await first.send_all(b"gh")
            await world.settle()
            await receiving.cancel()
            assert await second.recv_exactly(4) == b"efgh"

    world.run(main)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout needs Python 3.11")
def test_a_timeout_of_asyncio() -> None:
    async def main() -> None:
        from interprocess.local_socket.asyncio import pair

        first, second = pair()
        async with first, second:
            timeout = asyncio.timeout  # type: ignore[attr-defined, unused-ignore]  # since 3.11
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    async with timeout(0.01):
                        await second.recv_exactly(100)
                await first.send_all(b"x")
            assert await second.recv_exactly(3) == b"xxx"

    asyncio.run(main())
