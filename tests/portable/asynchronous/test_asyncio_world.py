"""asyncio's own streams, transports and protocols over local sockets, on asyncio and uvloop."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from interprocess.local_socket import ConnectOptions, ListenerOptions, Name
from interprocess.local_socket.asyncio import (
    create_connection,
    create_server,
    open_connection,
    start_server,
)
from tests.portable.asynchronous.test_local_socket import is_there
from tests.portable.asynchronous.worlds import AsyncioWorld, new_world


@pytest.fixture(params=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> AsyncioWorld:
    try:
        world = new_world(request.param)
    except ImportError as error:
        pytest.skip(f"{request.param} is not installed: {error}")
    assert isinstance(world, AsyncioWorld)
    return world


async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with capitals."""
    while line := await reader.readline():
        writer.write(line.upper())
    writer.close()
    await writer.wait_closed()


def test_streams(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        async with await start_server(shout, name) as server:
            assert server.is_serving()
            assert server.name == name
            for _ in range(3):
                reader, writer = await open_connection(name)
                writer.write(b"hello\n")
                assert await reader.readline() == b"HELLO\n"
                if writer.can_write_eof():
                    writer.write_eof()
                    assert await reader.read() == b""
                writer.close()
                await writer.wait_closed()
        assert not is_there(name)
        with pytest.raises((FileNotFoundError, ConnectionRefusedError)):
            await open_connection(name)

    loop.run(main)


class Shouting(asyncio.Protocol):
    """A server's protocol."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data.upper())

    def connection_lost(self, error: Exception | None) -> None:
        # Before Python 3.11, a transport over TLS that nobody closed warns, though it has ended.
        self.transport.close()


class Listening(asyncio.Protocol):
    """A client's protocol, which waits for one answer."""

    def __init__(self) -> None:
        self.answer = asyncio.get_running_loop().create_future()
        self.closed = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.answer.set_result(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed.set_result(None)


def test_protocols(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        async with await create_server(Shouting, name):
            transport, protocol = await create_connection(Listening, name)
            assert isinstance(protocol, Listening)
            transport.write(b"hello")
            assert await protocol.answer == b"HELLO"
            transport.close()
            await protocol.closed
            await loop.settle()

    loop.run(main)


def test_serve_forever_closes(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        server = await start_server(shout, name, start_serving=False)
        assert server.get_loop() is asyncio.get_running_loop()
        await server.start_serving()
        serving = loop.start(server.serve_forever)
        await loop.settle()
        await serving.cancel()
        assert not server.is_serving()

    loop.run(main)


def test_a_server_that_cannot_start_leaves_nothing(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        with pytest.raises(TypeError):
            await start_server(shout, name, nonsense=True)
        async with await start_server(shout, name):
            pass

    loop.run(main)


def test_much(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        async with await start_server(echo, name):
            reader, writer = await open_connection(name)
            data = bytes(range(256)) * 4096
            writer.write(data)
            assert await reader.readexactly(len(data)) == data
            writer.close()
            await writer.wait_closed()
        await loop.settle()

    loop.run(main)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back what comes."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


def test_options_instead_of_a_name(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        async with await create_server(Shouting, ListenerOptions(name)):
            transport, protocol = await create_connection(Listening, ConnectOptions(name))
            assert isinstance(protocol, Listening)
            transport.abort()
            await protocol.closed
            await loop.settle()

    loop.run(main)
