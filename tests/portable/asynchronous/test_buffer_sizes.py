"""The sizes of buffers, which asynchronous streams and listeners have as synchronous ones do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import ListenerOptions, Name, pair
from interprocess.local_socket.asyncio import start_server
from tests.portable.asynchronous.worlds import World

SIZE = 120_000

#: Whether the sizes can be set for a single connection.
own_sizes = capabilities.available("connect_buffer_sizes")


def ordinary() -> tuple[int, int]:
    first, second = pair()
    with first, second:
        return first.send_buffer_size, first.recv_buffer_size


def test_listeners_and_pairs(world: World, name: Name) -> None:
    async def main() -> None:
        listener = world.local.listen(name, send_buffer_size=SIZE, recv_buffer_size=SIZE)
        async with listener, await world.local.connect(name) as client:
            async with await listener.accept() as server:
                check(server)
                if not own_sizes:
                    check(client)
        first, second = world.local.pair(buffer_size=SIZE)
        async with first, second:
            check(first)
            check(second)

    world.run(main)


def check(stream: Any) -> None:
    """Check that the stream has a size that was asked for, which the system may double."""
    sizes = (stream.send_buffer_size, stream.recv_buffer_size)
    assert sizes in ((SIZE, SIZE), (2 * SIZE, 2 * SIZE))
    assert sizes != ordinary()


@pytest.mark.skipif(not own_sizes, reason="a pipe's client cannot set sizes")
def test_clients(world: World, name: Name) -> None:
    async def main() -> None:
        async with world.local.listen(name) as listener:
            sizes = {"send_buffer_size": SIZE, "recv_buffer_size": SIZE}
            async with await world.local.connect(name, **sizes) as client:
                check(client)
                async with await listener.accept() as server:
                    assert (server.send_buffer_size, server.recv_buffer_size) == ordinary()

    world.run(main)


def test_they_stay_when_a_listener_changes_hands(world: World, name: Name) -> None:
    async def main() -> None:
        options = ListenerOptions(name, send_buffer_size=SIZE, recv_buffer_size=SIZE)
        listener = world.local.Listener.from_sync(options.create_sync())
        again = world.local.Listener.from_sync(listener.to_sync())
        async with again, await world.local.connect(name), await again.accept() as server:
            check(server)

    world.run(main)


@pytest.mark.skipif(not own_sizes, reason="a transport has no socket")
@pytest.mark.parametrize("world", ["asyncio", "uvloop"], indirect=True)
def test_the_servers_of_asyncio(world: World, name: Name) -> None:
    import socket

    async def main() -> None:
        served: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            sock = writer.get_extra_info("socket")
            options = (socket.SO_SNDBUF, socket.SO_RCVBUF)
            served.set_result(tuple(sock.getsockopt(socket.SOL_SOCKET, one) for one in options))
            writer.close()

        options = ListenerOptions(name, send_buffer_size=SIZE, recv_buffer_size=SIZE)
        async with await start_server(serve, options), await world.local.connect(name) as client:
            sizes = await served
            assert sizes in ((SIZE, SIZE), (2 * SIZE, 2 * SIZE))
            assert await client.recv(1) == b""

    world.run(main)


def test_anyio(world: World, name: Name) -> None:
    import interprocess.local_socket.anyio as local

    async def main() -> None:
        attributes = (
            local.StreamAttribute.send_buffer_size,
            local.StreamAttribute.recv_buffer_size,
        )
        async with local.listen(name, send_buffer_size=SIZE, recv_buffer_size=SIZE) as listener:
            async with await local.connect(name), await listener.accept() as server:
                sizes = tuple(map(server.extra, attributes))
                assert sizes in ((SIZE, SIZE), (2 * SIZE, 2 * SIZE))
        first, second = local.pair(buffer_size=SIZE)
        async with first, second:
            assert first.extra(attributes[0]) in (SIZE, 2 * SIZE)

    world.run(main)
