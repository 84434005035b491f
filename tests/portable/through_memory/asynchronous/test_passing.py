"""Objects that are handed over beside the bytes of an asynchronous connection through memory."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from interprocess import local_socket
from interprocess.errors import IncompleteReadError
from interprocess.shared_memory import Memory
from tests.portable.asynchronous.worlds import World


def plain(world: World) -> Any:
    """Return the functions of plain local sockets for a world."""
    return importlib.import_module(f"interprocess.local_socket.{world.modules}")


def test_objects_and_bytes(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            for number in range(3):
                receiving = world.start(second.recv, 10)
                await world.settle()
                with Memory(100) as memory:
                    memory.map()[0] = number
                    await plain(world).send_object(first, memory)
                await first.send_all(b"bytes")
                assert await receiving.result() == b"bytes"
                with await plain(world).recv_object(second, Memory) as received:
                    assert received.map()[0] == number
            one, other = local_socket.pair()
            with other:
                with one:
                    await plain(world).send_object(second, one)
                stream = await plain(world).recv_object(first)
                async with stream:
                    await stream.send_all(b"x")
                assert other.readall() == b"x"

    world.run(main)


def test_the_end(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            receiving = world.start(plain(world).recv_object, second)
            await world.settle()
            first.close()
            with pytest.raises(IncompleteReadError):
                await receiving.result()

    world.run(main)


def test_a_cancelled_receive_loses_nothing(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            receiving = world.start(plain(world).recv_object, second)
            await world.settle()
            await receiving.cancel()
            with Memory(100) as memory:
                await plain(world).send_object(first, memory)
            (await plain(world).recv_object(second)).close()

    world.run(main)
