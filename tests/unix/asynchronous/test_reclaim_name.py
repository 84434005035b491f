"""Asynchronous listeners that were adopted, and their socket files."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from interprocess.local_socket import Listener
from interprocess.local_socket.asyncio import create_server
from tests.portable.asynchronous.worlds import World
from tests.unix.listening import listening


def test_the_file_is_removed_only_if_asked_for(world: World, path: Path) -> None:
    async def main() -> None:
        async with world.local.Listener(listening(path)):
            pass
        os.unlink(path)
        async with world.local.Listener(listening(path), reclaim_name=True) as listener:
            async with await world.local.connect(str(path)):
                await (await listener.accept()).aclose()
            assert os.listdir(path.parent) == [path.name]
        assert os.listdir(path.parent) == []

    world.run(main)


def test_a_server_of_asyncio(path: Path) -> None:
    async def main() -> None:
        for reclaim_name in (False, True):
            listener = Listener(listening(path), reclaim_name=reclaim_name)
            async with await create_server(asyncio.Protocol, listener):
                pass
            assert os.listdir(path.parent) == ([] if reclaim_name else [path.name])
            if not reclaim_name:
                os.unlink(path)

    asyncio.run(main())
