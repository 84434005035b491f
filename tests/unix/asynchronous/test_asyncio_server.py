"""Servers over asyncio's own streams on Unix have a file with a mode."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from typing import NoReturn

from interprocess.local_socket import Name, connect
from interprocess.local_socket.asyncio import create_server, start_server
from interprocess.os.unix.local_socket import ListenerOptions
from tests.portable.asynchronous.test_asyncio_world import loop
from tests.portable.asynchronous.test_fairness import LONGEST_GAP, Ticker
from tests.portable.asynchronous.test_local_socket import is_there
from tests.portable.asynchronous.worlds import AsyncioWorld
from tests.support import finish, python, unique_name

__all__ = ["loop"]


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


def test_options_reach_the_listener() -> None:
    name = unique_name("path")

    async def main() -> None:
        options = ListenerOptions(name, mode=0o640, reclaim_name=False)
        async with await start_server(hang_up, options) as server:
            assert stat.S_IMODE(os.stat(name.address).st_mode) == 0o640
            assert name.address.decode() in repr(server)
            address = server.sockets[0].getsockname()  # The loop's own.
            assert Name.of_address(os.fsencode(address)) == name
        os.unlink(name.address)

    AsyncioWorld("asyncio").run(main)


def test_the_file_may_stay(loop: AsyncioWorld) -> None:
    name = unique_name("path")

    async def main(stays: bool) -> None:
        async with await create_server(asyncio.Protocol, name, cleanup_socket=not stays):
            assert is_there(name)

    loop.run(lambda: main(True))
    os.unlink(name.address)  # It was there.
    loop.run(lambda: main(False))
    assert not is_there(name)


NO_DESCRIPTORS_LEFT = """
import asyncio, os, resource
from interprocess.local_socket import Name, connect
from interprocess.local_socket.asyncio import start_server

served = []
reported = []

async def serve(reader, writer):
    served.append(writer)
    await reader.read()
    writer.close()

async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: reported.append(context))
    name = Name.unique()
    async with await start_server(serve, name):
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        sender, recver = os.pipe()
        others = os.fork()
        if not others:
            clients = [connect(name) for _ in range(60)]
            os.read(sender, 1)
            for client in clients[:40]:
                client.close()
            os.read(sender, 1)
            os._exit(0)
        resource.setrlimit(resource.RLIMIT_NOFILE, (30, limits[1]))
        await asyncio.sleep(0.5)
        at_limit = len(served)
        os.write(recver, b"x")
        while len(served) < 60:
            await asyncio.sleep(0.05)
        os.write(recver, b"x")
        os.waitpid(others, 0)
        print(at_limit, len(reported), {str(each["exception"]) for each in reported})

asyncio.run(main())
"""


def test_no_descriptors_left() -> None:
    """The server pauses, logs each pause once, and accepts the waiting clients afterwards."""
    with python(NO_DESCRIPTORS_LEFT) as process:
        at_limit, reports, errors = finish(process).split(maxsplit=2)
    assert 5 < int(at_limit) < 30
    assert 1 <= int(reports) < 10
    assert errors.strip() == "{'[Errno 24] Too many open files'}"


def test_clients_that_connect_as_fast_as_they_can(loop: AsyncioWorld) -> None:
    """Other tasks run too, and those that serve the clients."""
    name = unique_name("path")
    loop.debug = False

    async def main() -> None:
        served = 0
        enough, all_gone = asyncio.Event(), asyncio.Event()
        inside: set[object] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal served
            inside.add(writer)
            await reader.read()
            writer.close()
            await writer.wait_closed()
            inside.remove(writer)
            served += 1
            if served >= 2000:
                enough.set()
            if not inside:
                all_gone.set()

        async with await start_server(serve, name):
            pid = os.fork()
            if not pid:
                connect_for_ever(name)
            ticker = Ticker()
            ticking = loop.start(ticker.tick, loop)
            await enough.wait()
            await ticking.cancel()
            kill(pid)
            await loop.settle()
            all_gone.clear()
            if inside:
                await all_gone.wait()
        assert sorted(ticker.gaps)[-2] < 2 * LONGEST_GAP
        await loop.settle()

    loop.run(main)


def connect_for_ever(name: Name) -> NoReturn:
    """Connect as fast as possible, until killed."""
    try:
        while True:
            connect(name).close()
    finally:
        os._exit(0)


def kill(pid: int) -> None:
    """End a child process."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
