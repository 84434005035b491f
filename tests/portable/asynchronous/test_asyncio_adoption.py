"""Streams and listeners that exist already go into asyncio's own world."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from interprocess import local_socket
from interprocess.local_socket import Name, as_socket
from interprocess.local_socket.asyncio import (
    Listener,
    Stream,
    create_connection,
    create_server,
    open_connection,
    start_server,
)
from interprocess.local_socket.asyncio import listen as listen_async
from interprocess.local_socket.asyncio import pair as pair_async
from tests.portable.asynchronous.test_asyncio_world import Listening, Shouting, loop, shout
from tests.portable.asynchronous.test_local_socket import is_there
from tests.portable.asynchronous.worlds import AsyncioWorld
from tests.support import Running

__all__ = ["loop"]

both = pytest.mark.parametrize("kind", ["sync", "async"])


def a_listener(kind: str, name: Name) -> Listener | local_socket.Listener:
    return listen_async(name) if kind == "async" else local_socket.listen(name)


def a_pair(kind: str) -> tuple[Stream, Stream] | tuple[local_socket.Stream, local_socket.Stream]:
    return pair_async() if kind == "async" else local_socket.pair()


@both
def test_a_listener_becomes_a_server(loop: AsyncioWorld, name: Name, kind: str) -> None:
    async def main() -> None:
        listener = a_listener(kind, name)
        waiting = local_socket.connect(name)  # Before there is a server.
        async with await start_server(shout, listener) as server:
            assert listener.closed
            assert server.name == name
            for where in (waiting, name):
                reader, writer = await open_connection(where)
                writer.write(b"hello\n")
                assert await reader.readline() == b"HELLO\n"
                writer.close()
                await writer.wait_closed()
            await loop.settle()
        assert waiting.closed
        assert not is_there(name)

    loop.run(main)


@both
def test_a_listener_becomes_a_server_of_protocols(
    loop: AsyncioWorld, name: Name, kind: str
) -> None:
    async def main() -> None:
        async with await create_server(Shouting, a_listener(kind, name)):
            stream = local_socket.connect(name)
            transport, protocol = await create_connection(Listening, stream)
            assert isinstance(protocol, Listening)
            transport.write(b"hello")
            assert await protocol.answer == b"HELLO"
            transport.close()
            await protocol.closed
            await loop.settle()
        assert not is_there(name)

    loop.run(main)


@both
def test_streams_become_streams(loop: AsyncioWorld, kind: str) -> None:
    async def main() -> None:
        first, second = a_pair(kind)
        reader, writer = await open_connection(first)
        other_reader, other_writer = await open_connection(second)
        assert first.closed
        assert second.closed
        data = bytes(range(256)) * 4096
        writer.write(data)
        assert await other_reader.readexactly(len(data)) == data
        other_writer.write(b"answer\n")
        assert await reader.readline() == b"answer\n"
        for each in (writer, other_writer):
            each.close()
            await each.wait_closed()

    loop.run(main)


@both
def test_wrong_options_leave_it_alone(loop: AsyncioWorld, name: Name, kind: str) -> None:
    async def main() -> None:
        first, second = a_pair(kind)
        listener = a_listener(kind, name)
        for options in ({"nonsense": 1}, {"ssl": "yes"}, {"limit": "much"}):
            wrong: Any = options
            with pytest.raises(TypeError):
                await open_connection(first, **wrong)
            with pytest.raises(TypeError):
                await start_server(shout, listener, **wrong)
        assert not first.closed
        assert not listener.closed
        for each in (first, second, listener):
            each.close()

    loop.run(main)


def test_what_another_thread_uses_stays_as_it_was(loop: AsyncioWorld) -> None:
    async def main() -> None:
        first, second = local_socket.pair()
        receiving = Running(lambda: first.recv(1))
        assert receiving.is_waiting()
        with pytest.raises(ValueError, match="another thread"):
            await open_connection(first)
        second.send_all(b"x")
        assert receiving.result() == b"x"
        first.close()
        second.close()

    loop.run(main)


def test_what_is_closed_is_refused(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        first, second = local_socket.pair()
        listener = local_socket.listen(name)
        for each in (first, second, listener):
            each.close()
        with pytest.raises(ValueError, match="closed"):
            await open_connection(first)
        with pytest.raises(ValueError, match="closed"):
            await start_server(shout, listener)

    loop.run(main)


def test_one_is_not_the_other(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        first, second = local_socket.pair()
        with first, second, local_socket.listen(name) as listener:
            stream: Any = first
            with pytest.raises(TypeError, match="name"):
                await open_connection(listener)  # type: ignore[arg-type]  # deliberately wrong
            with pytest.raises(TypeError, match="name"):
                await start_server(shout, stream)
            with pytest.raises(TypeError, match="name"):
                await open_connection(as_socket(stream))  # type: ignore[arg-type]  # deliberately wrong

    loop.run(main)


@pytest.mark.skipif(sys.platform == "win32", reason="the name of a pipe disappears with it")
def test_the_socket_file_can_be_left(loop: AsyncioWorld) -> None:
    from tests.support import unique_name

    name = unique_name("path")

    async def main() -> None:
        listener = local_socket.listen(name)
        async with await start_server(shout, listener, cleanup_socket=False):
            pass
        assert is_there(name)
        local_socket.listen(name, try_overwrite="if_dead").close()
        listener = local_socket.listen(name)
        listener.do_not_reclaim_name_on_drop()
        server = await start_server(shout, listener)
        server.close()
        await server.wait_closed()
        assert is_there(name)
        local_socket.listen(name, try_overwrite="if_dead").close()
        await asyncio.sleep(0)

    loop.run(main)
