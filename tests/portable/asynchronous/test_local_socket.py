"""Asynchronous listeners and their clients."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import (
    ConnectOptions,
    ConnectWaitMode,
    ListenerNonblockingMode,
    ListenerOptions,
    Name,
)
from interprocess.local_socket import connect as sync_connect
from interprocess.local_socket import listen as sync_listen
from tests.portable.asynchronous.worlds import World


async def echo(stream: Any) -> None:
    """Send back what comes, until the end."""
    async with stream:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while data := await stream.recv(65536):
                await stream.send_all(data)


async def serve(world: World, listener: Any) -> None:
    """Echo to every client until the listener is closed."""
    clients = [world.start(echo, stream) async for stream in listener]
    for client in clients:
        await client.result()


def is_there(name: Name) -> bool:
    """Return whether a name has a file. A pipe's name disappears with its last handle."""
    return sys.platform != "win32" and name.is_path() and os.path.exists(name.address)


def remove(name: Name) -> None:
    """Remove the file of a name, where there are files."""
    if sys.platform != "win32":
        os.unlink(name.address)


def test_listen_without_a_name(any_world: World) -> None:
    async def main() -> None:
        async with any_world.local.listen() as listener:
            text = listener.name.as_text()
            async with await any_world.local.connect(text) as client:
                async with await listener.accept() as stream:
                    await client.send_all(b"hello")
                    assert await stream.recv(100) == b"hello"

    any_world.run(main)


def test_listen_and_connect(any_world: World, name: Name) -> None:
    async def main() -> None:
        async with any_world.local.listen(name) as listener:
            assert listener.name == name
            serving = any_world.start(serve, any_world, listener)
            for number in range(3):
                async with await any_world.local.connect(name) as client:
                    await client.send_all(b"hello %d" % number)
                    assert await client.recv(100) == b"hello %d" % number
                    if capabilities.available("peer_creds"):
                        assert client.peer_creds().pid in (os.getpid(), None)
            await any_world.settle()
        await serving.result()
        with pytest.raises(OSError, match=r"refused|No such file|not found") as caught:
            await any_world.local.connect(name)
        assert caught.value.filename == str(name)

    any_world.run(main)
    assert not is_there(name)


def test_options(world: World, name: Name) -> None:
    async def main() -> None:
        create = f"create_{'trio' if world.name == 'trio' else 'asyncio'}"
        connect = f"connect_{'trio' if world.name == 'trio' else 'asyncio'}"
        with pytest.raises(ValueError, match="nonblocking"):
            getattr(ListenerOptions(name, nonblocking=ListenerNonblockingMode.BOTH), create)()
        async with getattr(ListenerOptions(name), create)() as listener:
            with pytest.raises(ValueError, match="nonblocking"):
                await getattr(ConnectOptions(name, nonblocking_stream=True), connect)()
            modes = ConnectWaitMode.deferred(), ConnectWaitMode.timeout(10)
            for mode in modes:
                options = ConnectOptions(name, wait_mode=mode)
                async with await getattr(options, connect)() as client:
                    async with await listener.accept() as stream:
                        await stream.send_all(b"x")
                        assert await client.recv(1) == b"x"

    world.run(main)


def test_closing_ends_accepting(world: World, name: Name) -> None:
    async def main() -> None:
        listener = world.local.listen(name)
        accepting = world.start(listener.accept)
        await world.settle()
        with pytest.raises(world.busy_error, match="another task"):
            await listener.accept()
        with pytest.raises(ValueError, match="another task"):
            listener.detach()
        listener.close()
        with pytest.raises(ValueError, match="closed"):
            await accepting.result()
        with pytest.raises(ValueError, match="closed"):
            await listener.accept()
        assert [stream async for stream in listener.incoming()] == []
        await listener.aclose()

    world.run(main)


def test_conversion(world: World, name: Name) -> None:
    listener = sync_listen(name)

    async def to_async_and_back() -> Any:
        converted = world.local.Listener.from_sync(listener)
        accepting = world.start(converted.accept)
        await world.settle()
        async with await world.local.connect(name), await accepting.result():
            return converted.to_sync()

    with world.run(to_async_and_back) as back:
        assert listener.closed
        assert back.name == name
        with sync_connect(name) as client, back.accept() as stream:
            client.send_all(b"sync")
            assert stream.recv(10) == b"sync"
    assert not is_there(name)


def test_adoption(world: World, name: Name) -> None:
    handle = sync_listen(name).detach()

    async def main() -> None:
        async with world.local.Listener(handle) as listener:
            assert str(listener.name) == str(name)
            accepting = world.start(listener.accept)
            client = await world.local.connect(name)
            async with client, await accepting.result() as served:
                await client.send_all(b"x")
                assert await served.recv(1) == b"x"

    world.run(main)
    if is_there(name):  # It stays with its creator.
        remove(name)


def test_keeping_the_file(any_world: World) -> None:
    from tests.support import unique_name

    name = unique_name("path")

    async def main() -> None:
        async with any_world.local.listen(name) as listener:
            listener.keep_name()
        remove(name)
        async with any_world.local.listen(name, reclaim_name=False):
            pass
        async with any_world.local.listen(name, try_overwrite=True, reclaim_name=False) as listener:
            listener.reclaim_name_on_drop()

    any_world.run(main)
    assert not is_there(name)


def test_a_cancelled_accept_loses_no_client(world: World, name: Name) -> None:
    async def main() -> None:
        async with world.local.listen(name) as listener:
            for steps in range(6):
                accepting = world.start(listener.accept)
                await world.settle()
                with sync_connect(name) as client:
                    for _ in range(steps):
                        await world.step()
                    stream = await accepting.cancel() or await listener.accept()
                    async with stream:
                        client.send_all(b"%d" % steps)
                        assert await stream.recv(10) == b"%d" % steps

    world.run(main)


def test_a_kept_client_is_turned_away_by_closing(world: World, name: Name) -> None:
    async def main() -> None:
        listener = world.local.listen(name)
        accepting = world.start(listener.accept)
        await world.settle()
        with sync_connect(name) as client:
            await world.step()
            stream = await accepting.cancel()
            if stream is not None:
                stream.close()
            listener.close()
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(1) == b""

    world.run(main)
