"""Helpers for tests of views: run with a pair of streams, and transfer in blocks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.portable.asynchronous.worlds import World

#: The smallest ring.
CAPACITY = 1 << 12


def run_with_pair(
    world: World, main: Callable[[Any, Any], Awaitable[None]], **options: int
) -> None:
    async def whole() -> None:
        first, second = world.local.pair(**options)
        async with first, second:
            await main(first, second)

    world.run(whole)


async def write(stream: Any, data: bytes) -> None:
    """Send DATA in blocks."""
    rest = memoryview(data)
    while rest:
        async with stream.reserve(len(rest)) as view:
            view[:] = rest[: len(view)]
            rest = rest[len(view) :]


async def read(stream: Any, size: int) -> bytes:
    """Receive SIZE bytes in blocks."""
    received = bytearray()
    while len(received) < size:
        async with stream.peek(size - len(received)) as view:
            assert view
            received += view
    return bytes(received)
