"""Views of the streams for anyio, with memory and without."""

from __future__ import annotations

import sys
from typing import Any

import pytest

pytest.importorskip("anyio", reason="anyio is not installed")

import anyio
from anyio.lowlevel import checkpoint

from interprocess.shared_memory.local_socket.anyio import (
    Peek,
    Reservation,
    Stream,
    connect,
    listen,
    pair,
)
from tests.portable.asynchronous.test_anyio import Run, run, settle
from tests.portable.through_memory.asynchronous.blocks import read, write

__all__ = ["run"]


def run_with_pair(run: Run, main: Any) -> None:
    async def whole() -> None:
        first, second = pair()
        async with first, second:
            await main(first, second)

    run(whole)


def test_views(run: Run, path: str) -> None:
    async def main(first: Stream, second: Stream) -> None:
        reservation, peek = first.reserve(10), second.peek(10)
        assert (type(reservation), type(peek)) == (Reservation, Peek)
        async with reservation as room:
            room[:5] = b"hello"
            reservation.commit(5)
        async with peek as view:
            assert bytes(view) == b"hello"
            peek.consume(1)
        assert await second.receive() == b"ello"
        assert first.through_memory == (path == "memory")
        await first.aclose()
        async with second.peek(1) as view:
            assert not view

    run_with_pair(run, main)


def test_errors_are_those_of_anyio(run: Run, path: str) -> None:
    async def main(first: Stream, second: Stream) -> None:
        await first.send(b"x")
        async with first.reserve(1), second.peek(1):
            for call in first.send(b"x"), write(first, b"x"), second.receive(), read(second, 1):
                with pytest.raises(anyio.BusyResourceError, match="already"):
                    await call
        with pytest.raises(anyio.ClosedResourceError):
            await write_and_close(second)
        with pytest.raises(anyio.BrokenResourceError):
            await write(first, b"x")
        for call in read(second, 1), write(second, b"x"):
            with pytest.raises(anyio.ClosedResourceError):
                await call

    run_with_pair(run, main)


async def write_and_close(stream: Stream) -> None:
    """Close a stream inside a block."""
    async with stream.reserve(1) as room:
        room[:] = b"x"
        await stream.aclose()


@pytest.mark.usefixtures("path")
def test_an_error_of_the_block_is_not_translated(run: Run) -> None:
    async def main(first: Stream, second: Stream) -> None:
        with pytest.raises(ValueError, match="of the user") as caught:
            await close_and_raise(first)
        assert type(caught.value) is ValueError
        with pytest.raises(ConnectionResetError):
            await fail(second)

    run_with_pair(run, main)


async def close_and_raise(stream: Stream) -> None:
    """Close a stream inside a block, and raise."""
    async with stream.reserve(1):
        await stream.aclose()
        raise ValueError("of the user")


async def fail(stream: Stream) -> None:
    """Raise an error of a system inside a block."""
    async with stream.peek(1):
        raise ConnectionResetError


@pytest.mark.usefixtures("path")
def test_a_cancelled_block_loses_nothing(run: Run) -> None:
    async def main(first: Stream, second: Stream) -> None:
        got = bytearray()

        async def peek(inside: int) -> None:
            async with second.peek(1) as view:
                data = bytes(view)
                for _ in range(inside):
                    await checkpoint()
            got.extend(data)

        for number in range(20):
            async with anyio.create_task_group() as group:
                group.start_soon(peek, number % 3)
                await settle()
                await write(first, bytes([number]))
                for _ in range(number % 7):
                    await checkpoint()
                group.cancel_scope.cancel()
        await first.aclose()
        async for data in second:
            got += data
        assert got == bytes(range(20))

    run_with_pair(run, main)


def test_the_end_before_any_transfer(run: Run, path: str) -> None:
    if path == "socket" and sys.platform == "win32":
        pytest.skip("a pipe has no half-close")

    async def main() -> None:
        async with listen() as listener, await connect(listener.name) as client:
            async with await listener.accept() as stream:
                await client.send_eof()
                with pytest.raises(anyio.EndOfStream):
                    await stream.receive()

    run(main)
