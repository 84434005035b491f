"""asyncio's own streams, transports and protocols over local sockets, on asyncio and uvloop."""

from __future__ import annotations

import asyncio
import copy
import pickle
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from interprocess.local_socket import (
    ConnectOptions,
    ListenerOptions,
    Name,
    UnsupportedError,
    listen,
)
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
        # Before Python 3.11, an unclosed transport over TLS warns, even if its connection has
        # ended.
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


# The peer's last words

REPLY = b"line 1\nreply"


async def in_pieces(reader: asyncio.StreamReader, verb: str) -> AsyncIterator[bytes]:
    """Read again and again."""
    while True:
        if verb == "readexactly":
            try:
                yield await reader.readexactly(5)
            except asyncio.IncompleteReadError as error:
                yield error.partial
        elif verb == "read some":
            yield await reader.read(5)
        else:
            yield await getattr(reader, verb)()


@pytest.mark.parametrize("verb", ["read", "read some", "readline", "readexactly"])
@pytest.mark.parametrize("noticed", [False, True])
def test_what_arrived_before_the_connection_broke(
    loop: AsyncioWorld, name: Name, verb: str, noticed: bool
) -> None:
    """The peer replies and leaves, without having read all that it was sent."""

    async def main() -> None:
        with listen(name) as listener:
            reader, writer = await open_connection(name)
            writer.write(b"request")
            await writer.drain()
            with listener.accept() as stream:
                stream.send_all(REPLY)
            if noticed:
                await loop.settle()
            try:
                writer.write(b"more")
            except RuntimeError:
                pass  # uvloop reports a transport that it has closed like this.
            if noticed:
                await loop.settle()
            received = b""
            try:
                async for part in in_pieces(reader, verb):
                    received += part
                    if not part:
                        break
            except ConnectionError:
                for call in (reader.read, writer.drain):
                    with pytest.raises(ConnectionError):
                        await call()
            assert received == REPLY
            writer.close()
            try:
                await writer.wait_closed()
            except ConnectionError:
                pass

    loop.run(main)


def test_a_reader_that_waits_is_told_that_the_connection_broke(
    loop: AsyncioWorld, name: Name
) -> None:
    async def main() -> None:
        with listen(name) as listener:
            reader, writer = await open_connection(name)
            writer.write(b"request")
            await writer.drain()
            stream = listener.accept()
            reading = loop.start(reader.readexactly, 5)
            await loop.settle()
            stream.send_all(b"abc")
            await loop.settle()
            stream.close()
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)) as caught:
                await reading.result()
            assert isinstance(caught.value, asyncio.IncompleteReadError)
            assert caught.value.partial == b"abc"
            writer.close()
            try:
                await writer.wait_closed()
            except ConnectionError:
                pass

    loop.run(main)


# Servers


@pytest.mark.parametrize("what", ["close_clients", "abort_clients"])
def test_clients_are_closed(loop: AsyncioWorld, name: Name, what: str) -> None:
    known = sys.platform == "win32" or (loop.name == "asyncio" and sys.version_info >= (3, 13))

    async def main() -> None:
        async with await start_server(shout, name) as server:
            reader, writer = await open_connection(name)
            writer.write(b"hello\n")
            assert await reader.readline() == b"HELLO\n"
            server.close()
            if known:
                getattr(server, what)()
                assert await reader.read() == b""
            else:
                with pytest.raises(UnsupportedError, match="keep no list of their clients"):
                    getattr(server, what)()
            writer.close()
            await writer.wait_closed()
            await loop.settle()

    loop.run(main)


def test_servers_are_not_copied(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        async with await start_server(shout, name) as server:
            for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
                with pytest.raises(TypeError, match="belongs to an event loop"):
                    duplicate(server)
            with pytest.raises(AttributeError):
                getattr(type(server).__new__(type(server)), "non" + "sense")
            with pytest.raises(AttributeError, match="nonsense"):
                getattr(server, "non" + "sense")

    loop.run(main)
