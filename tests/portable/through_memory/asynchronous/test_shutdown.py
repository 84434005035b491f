"""Shutting down a direction of an asynchronous connection through memory wakes its own tasks."""

from __future__ import annotations

from typing import Any

import pytest

from interprocess.local_socket import Shutdown
from tests.portable.asynchronous.worlds import World

MUCH = 16 * 1024 * 1024


def failing(world: World) -> type[Exception]:
    """Return the error of sending after a shutdown."""
    if world.name == "trio":
        import trio

        return trio.BrokenResourceError
    return BrokenPipeError


def test_a_task_that_receives(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            receiving = world.start(first.recv, 1)
            await world.settle()
            first.shutdown(Shutdown.RECV)
            assert await receiving.result() == b""
            assert await first.recv(1) == b""
            with pytest.raises(failing(world)):
                await second.send_all(bytes(MUCH))

    world.run(main)


def test_a_task_that_sends(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            sending = world.start(first.send_all, bytes(MUCH))
            await world.settle()
            first.shutdown(Shutdown.SEND)
            with pytest.raises(failing(world)) as caught:
                await sending.result()
            error: Any = caught.value
            sent = getattr(error, "characters_written", None)
            received = len(await everything(second))
            assert sent in (None, received)

    world.run(main)


def test_a_half_that_sends(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        recv_half, send_half = first.split()
        async with recv_half, send_half, second:
            sending = world.start(send_half.send_all, bytes(MUCH))
            receiving = world.start(recv_half.recv, 1)
            await world.settle()
            send_half.shutdown()
            with pytest.raises(failing(world)):
                await sending.result()
            await second.send_all(b"x")
            assert await receiving.result() == b"x"

    world.run(main)


async def everything(stream: Any) -> bytes:
    """Receive until the end of the stream."""
    received = bytearray()
    while data := await stream.recv(1 << 20):
        received += data
    return bytes(received)
