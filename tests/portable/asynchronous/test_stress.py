"""Many at once, many in a row, and event loops that end with streams open."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import Name
from tests.portable.asynchronous.test_local_socket import serve
from tests.portable.asynchronous.worlds import World
from tests.support import ROOT, finish, python, raw_handle, repetitions

CLIENTS = 1000


@pytest.fixture
def many_descriptors() -> Any:
    """Room for two ends of every client."""
    if sys.platform == "win32":
        yield
        return
    import resource

    wanted = 2 * CLIENTS + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"needs {wanted} descriptors, and {hard} is the limit")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(
    not capabilities.available("connect_wait"), reason="this system refuses instead of waiting"
)
def test_a_thousand_clients_at_once(world: World, name: Name, many_descriptors: None) -> None:
    async def client(number: int) -> None:
        stream = await world.local.connect(name)
        streams.append(stream)
        for turn in range(5):
            message = b"%d of client %d" % (turn, number)
            await stream.send_all(message)
            assert await stream.recv_exactly(len(message)) == message

    streams: list[Any] = []

    async def main() -> None:
        async with world.local.listen(name) as listener:
            serving = world.start(serve, world, listener)
            clients = [world.start(client, number) for number in range(CLIENTS)]
            for running in clients:
                await running.result()
            assert len(streams) == CLIENTS
            for stream in streams:
                stream.close()
        await serving.result()

    world.debug = False
    world.run(main)


def test_ten_thousand_in_a_row(any_world: World, name: Name) -> None:
    async def main() -> None:
        async with any_world.local.listen(name) as listener:
            for _ in range(repetitions(10_000)):
                async with await any_world.local.connect(name) as client:
                    async with await listener.accept() as stream:
                        assert raw_handle(stream) != raw_handle(client)

    any_world.debug = False
    any_world.run(main)


def test_the_interpreter_ends_with_streams_open(world: World, name: Name) -> None:
    code = """
import sys, warnings
warnings.simplefilter("ignore", ResourceWarning)  # What is left open is meant to be.
from tests.portable.asynchronous.worlds import new_world
world = new_world(sys.argv[1])
streams = []
async def main():
    listener = world.local.listen(sys.argv[2])
    client = await world.local.connect(sys.argv[2])
    stream = await listener.accept()
    waiting = [world.start(call) for call in (listener.accept, lambda: stream.recv(1))]
    await world.settle()
    for one in waiting:
        await one.cancel()
    streams.extend([listener, client, stream])
world.run(main)
print("ended")
"""
    import subprocess

    with python(
        code,
        world.name,
        str(name) if name.is_path() else "end-" + re.sub(r"[\\/]", "-", str(name))[-60:],
        cwd=str(ROOT),
        stderr=subprocess.STDOUT,
    ) as process:
        assert finish(process).strip() == "ended"
    if name.is_path() and sys.implementation.name == "pypy":
        # PyPy runs no finalizers when it exits, so the listener's file is still there.
        Path(str(name)).unlink(missing_ok=True)
