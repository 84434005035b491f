"""Helpers for asynchronous tests of named pipes: our modules for a runtime, connected pairs."""

from __future__ import annotations

import importlib
from typing import Any

from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeMode
from tests.portable.asynchronous.worlds import World
from tests.windows.pipes import MESSAGES, unique_path


def module(world: World) -> Any:
    """Return our named pipes for a runtime."""
    return importlib.import_module(f"interprocess.os.windows.named_pipe.{world.modules}")


def create(world: World, options: PipeListenerOptions, *modes: PipeMode | None) -> Any:
    return getattr(options, f"create_{world.modules}")(*modes)


def with_pair(world: World, test: Any, mode: PipeMode = MESSAGES, **more: Any) -> None:
    """Run a test on a client and a server that are connected with each other."""

    async def main() -> None:
        options = PipeListenerOptions(unique_path(), mode=mode, **more)
        async with create(world, options, mode, mode) as listener:
            client = await module(world).PipeStream.connect_by_path(
                options.path, recv_mode=mode, send_mode=mode
            )
            async with client, await listener.accept() as server:
                await test(client, server)
                for end in (client, server):
                    if not end.closed:
                        end.assume_flushed()

    world.run(main)
