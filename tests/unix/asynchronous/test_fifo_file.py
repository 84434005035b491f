"""The ends of FIFO files, on every runtime."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.os.unix import fifo_file
from tests.portable.asynchronous.worlds import World
from tests.support import Running


@pytest.fixture
def fifo(world: World, tmp_path: Path) -> tuple[Any, Path]:
    """The runtime's module, and a fresh FIFO file."""
    module = importlib.import_module(f"interprocess.os.unix.fifo_file.{world.modules}")
    path = tmp_path / "fifo"
    module.create_fifo(path)
    return module, path


def test_receiver_first(world: World, fifo: tuple[Any, Path]) -> None:
    module, path = fifo

    async def main() -> None:
        async with await module.open_recver(path) as recver:
            receiving = world.start(recver.recv, 100)
            await world.settle()
            async with await module.open_sender(path) as sender:
                await world.settle()
                await sender.send_all(b"hello")
                assert await receiving.result() == b"hello"
            assert await recver.recv(1) == b""

    world.run(main)


def test_sender_first(world: World, fifo: tuple[Any, Path]) -> None:
    module, path = fifo

    async def main() -> None:
        opening = world.start(module.open_sender, path)
        await world.settle()
        async with await module.open_recver(path) as recver:
            async with await opening.result() as sender:
                await sender.send_all(b"ab")
                buffers = [bytearray(1), bytearray(9)]
                assert await recver.recv_vectored(buffers) == 2
                assert buffers[0] + buffers[1][:1] == b"ab"
            assert await recver.recv_into(bytearray(1)) == 0

    world.run(main)


@pytest.mark.skipif(
    not capabilities.available("fifo_silent_senders"), reason="this system does not report it"
)
def test_a_sender_that_leaves_without_a_word(world: World, fifo: tuple[Any, Path]) -> None:
    module, path = fifo

    async def main() -> None:
        async with await module.open_recver(path) as recver:
            receiving = world.start(recver.recv_exactly, 3)
            await world.settle()
            (await module.open_sender(path)).close()
            with pytest.raises(EOFError):
                await receiving.result()

    world.run(main)


def test_one_sender_after_another(world: World, fifo: tuple[Any, Path]) -> None:
    module, path = fifo

    async def main() -> None:
        async with await module.open_recver(path) as recver:
            for number in range(5):
                async with await module.open_sender(path) as sender:
                    await sender.send_all(b"%d" % number)
                    assert await recver.recv(10) == b"%d" % number
                assert await recver.recv(10) == b""

    world.run(main)


def test_the_other_end_is_synchronous(world: World, fifo: tuple[Any, Path]) -> None:
    module, path = fifo

    async def main() -> None:
        receiving = Running(lambda: fifo_file.open_recver(path))
        async with await module.open_sender(path) as sender:
            with receiving.result() as recver:
                await sender.send_all(b"to sync")
                assert recver.recv(100) == b"to sync"
                with module.Recver.from_sync(recver).to_sync() as again:
                    assert isinstance(again, fifo_file.Recver)

    world.run(main)


def test_cancelling(world: World, fifo: tuple[Any, Path]) -> None:
    module, path = fifo

    async def main() -> None:
        opening = world.start(module.open_sender, path)
        await world.settle()
        assert await opening.cancel() is None
        async with await module.open_recver(path) as recver:
            receiving = world.start(recver.recv, 1)
            await world.settle()
            assert await receiving.cancel() is None
            async with await module.open_sender(path) as sender:
                await sender.send_all(b"x")
                assert await recver.recv(1) == b"x"

    world.run(main)


def test_closing_wakes(world: World, fifo: tuple[Any, Path]) -> None:
    module, path = fifo

    async def main() -> None:
        recver = await module.open_recver(path)
        receiving = world.start(recver.recv, 1)
        await world.settle()
        with pytest.raises(world.busy_error):
            await recver.recv(1)
        recver.close()
        with pytest.raises(ValueError, match="closed"):
            await receiving.result()

    world.run(main)


def test_wrong_files(world: World, fifo: tuple[Any, Path], tmp_path: Path) -> None:
    module, _ = fifo
    plain = tmp_path / "plain"
    plain.write_bytes(b"x")

    async def main() -> None:
        for opening in (module.open_recver, module.open_sender):
            with pytest.raises(ValueError, match="is not a FIFO"):
                await opening(plain)
            with pytest.raises(FileNotFoundError) as caught:
                await opening(tmp_path / "missing")
            assert caught.value.filename == str(tmp_path / "missing")

    world.run(main)
    assert plain.read_bytes() == b"x"
