"""Clients that `wait` has seen already, of a listener that is then converted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from interprocess import capabilities, wait
from interprocess.local_socket import Listener, Name, Stream, connect, listen
from interprocess.local_socket import asyncio as local_asyncio
from tests.portable.asynchronous.test_asyncio_world import loop, shout
from tests.portable.asynchronous.worlds import AsyncioWorld, World
from tests.portable.tls import HOST, client_context, server_context
from tests.support import PATIENCE

__all__ = ["loop"]

#: `wait` accepts clients only of a listener that may reject them.
ONLY = True if capabilities.available("current_user_only") else None


@pytest.fixture
def waited_for(name: Name) -> Iterator[tuple[Listener, Stream]]:
    """Return a listener for which `wait` was called, and its client."""
    with listen(name, current_user_only=ONLY) as listener, connect(name) as client:
        client.set_recv_timeout(PATIENCE)
        assert wait([listener], PATIENCE) == [listener]
        yield listener, client


def has_ended(client: Stream) -> bool:
    """Return true if the connection has ended, however the system says so."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:  # It was never accepted.
        return True


def test_the_client_goes_along_to_an_event_loop_and_back(
    world: World, waited_for: tuple[Listener, Stream]
) -> None:
    listener, client = waited_for

    async def main() -> None:
        asynchronous = world.local.Listener.from_sync(listener)
        with asynchronous.to_sync() as back:
            async with world.local.Listener.from_sync(back) as again:
                async with await world.start(again.accept).result() as stream:
                    await stream.send_all(b"hello")
                    assert client.recv(10) == b"hello"
                    client.send_all(b"and back")
                    assert await stream.recv(10) == b"and back"

    world.run(main)


def test_a_cancelled_accept_leaves_the_client(
    world: World, waited_for: tuple[Listener, Stream]
) -> None:
    listener, client = waited_for

    async def main() -> None:
        async with world.local.Listener.from_sync(listener) as asynchronous:
            for steps in range(4):
                accepting = world.start(asynchronous.accept)
                for _ in range(steps):
                    await world.step()
                stream = await accepting.cancel()
                if stream is not None:
                    break
            else:
                stream = await asynchronous.accept()
            async with stream:
                await stream.send_all(b"hello")
                assert client.recv(10) == b"hello"

    world.run(main)


def test_the_client_ends_with_the_converted_listener(
    world: World, waited_for: tuple[Listener, Stream]
) -> None:
    listener, client = waited_for

    async def main() -> None:
        async with world.local.Listener.from_sync(listener) as asynchronous:
            pass
        with pytest.raises(ValueError, match="closed"):
            await asynchronous.accept()

    world.run(main)
    assert has_ended(client)


@pytest.mark.parametrize("start", [True, False])
def test_the_client_goes_along_to_a_server(
    loop: AsyncioWorld, waited_for: tuple[Listener, Stream], start: bool
) -> None:
    listener, client = waited_for

    async def main() -> None:
        server = await local_asyncio.start_server(shout, listener, start_serving=start)
        async with server:
            if not start:
                await server.start_serving()
            for waiting in (client, connect(server.name)):
                reader, writer = await local_asyncio.open_connection(waiting)
                writer.write(b"hello\n")
                assert await asyncio.wait_for(reader.readline(), PATIENCE) == b"HELLO\n"
                writer.close()
                await writer.wait_closed()
            await loop.settle()

    loop.run(main)


def test_the_client_goes_along_to_a_server_with_tls(
    loop: AsyncioWorld, waited_for: tuple[Listener, Stream]
) -> None:
    listener, client = waited_for

    async def main() -> None:
        async with await local_asyncio.start_server(shout, listener, ssl=server_context()):
            reader, writer = await local_asyncio.open_connection(
                client, ssl=client_context(), server_hostname=HOST
            )
            writer.write(b"hello\n")
            assert await asyncio.wait_for(reader.readline(), PATIENCE) == b"HELLO\n"
            writer.close()
            await loop.settle()

    loop.run(main)


def test_the_client_ends_with_a_server_that_never_served(
    loop: AsyncioWorld, waited_for: tuple[Listener, Stream]
) -> None:
    listener, client = waited_for

    async def main() -> None:
        server = await local_asyncio.start_server(shout, listener, start_serving=False)
        server.close()
        await server.wait_closed()

    loop.run(main)
    assert has_ended(client)
