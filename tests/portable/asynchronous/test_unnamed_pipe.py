"""Asynchronous ends of pipes."""

from __future__ import annotations

from typing import Any

import pytest

from interprocess.unnamed_pipe import pipe as sync_pipe
from tests.portable.asynchronous.worlds import World
from tests.support import raw_handle

#: More than any system buffers for a reader.
MUCH = 1024 * 1024


def test_transfer(any_world: World) -> None:
    async def main() -> None:
        sender, recver = any_world.pipes.pipe()
        async with sender, recver:
            receiving = any_world.start(recver.recv, 100)
            await any_world.settle()
            assert await sender.send_vectored([b"ab", b"cd"]) == 4
            assert await receiving.result() == b"abcd"
            sending = any_world.start(sender.send_all, bytes(MUCH))
            assert await recver.recv_exactly(MUCH) == bytes(MUCH)
            await sending.result()
            async with sender.try_clone() as clone:
                sender.close()
                await clone.send_all(memoryview(b"from the clone"))
            buffers = [bytearray(4), bytearray(100)]
            assert await recver.recv_vectored(buffers) == 14
            assert await recver.recv(1) == b""

    any_world.run(main)


def test_sending_to_nobody(any_world: World) -> None:
    async def main() -> None:
        sender, recver = any_world.pipes.pipe()
        async with sender:
            sending = any_world.start(sender.send_all, bytes(MUCH))
            await any_world.settle()
            recver.close()
            with pytest.raises(BrokenPipeError) as caught:
                await sending.result()
            sent = caught.value.characters_written  # type: ignore[attr-defined]  # any OSError has it
            assert 0 < sent < MUCH

    any_world.run(main)


def test_closing_wakes(any_world: World) -> None:
    async def main() -> None:
        sender, recver = any_world.pipes.pipe()
        receiving = any_world.start(recver.recv, 1)
        await any_world.settle()
        recver.close()
        with pytest.raises(ValueError, match="closed"):
            await receiving.result()
        sender.close()

    any_world.run(main)


def test_a_send_cut_short(world: World) -> None:
    async def main() -> None:
        sender, recver = world.pipes.pipe()
        async with sender, recver:
            sending = world.start(sender.send_all, bytes(MUCH))
            await world.settle()
            await sending.cancel()
            for call in (sender.send, sender.send_all):
                with pytest.raises(BrokenPipeError, match=f"of {MUCH} bytes") as caught:
                    await call(b"x")
            with pytest.raises(BrokenPipeError):
                await sender.send_vectored([b"x"])
            sender.close()
            total = 0
            while part := await recver.recv(65536):
                total += len(part)
            assert caught.value.characters_written == total  # type: ignore[attr-defined]  # ditto

    world.run(main)


def test_conversion(world: World) -> None:
    sender, recver = sync_pipe()

    async def main() -> tuple[Any, Any]:
        async_sender = world.pipes.Sender.from_sync(sender)
        async_recver = world.pipes.Recver.from_sync(recver)
        await async_sender.send_all(b"x")
        assert await async_recver.recv(1) == b"x"
        return async_sender.to_sync(), async_recver.to_sync()

    sync_sender, sync_recver = world.run(main)
    with sync_sender, sync_recver:
        sync_sender.send_all(b"y")
        assert sync_recver.recv(1) == b"y"
        assert sender.closed
        assert recver.closed


def test_adoption(world: World) -> None:
    sender, recver = world.pipes.pipe()
    with pytest.raises(ValueError, match="cannot be written"):
        world.pipes.Sender(raw_handle(recver))
    sender = world.pipes.Sender(sender.detach())
    recver = world.pipes.Recver(recver.detach())
    sender.close()
    recver.close()
    with pytest.raises(TypeError, match="to_sync"):
        recver.__reduce_ex__(4)
