"""Descriptors that travel with bytes, in every runtime and with anyio."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import Name
from tests.portable.asynchronous.worlds import World
from tests.support import open_handles

pytestmark = pytest.mark.skipif(
    not capabilities.available("send_fds"), reason="no descriptors travel here"
)


def same(one: int, other: int) -> bool:
    return os.path.sameopenfile(one, other)


@pytest.fixture
def number() -> Any:
    """Return a descriptor, and see that nothing else is open afterwards."""
    before = open_handles()
    with open(os.devnull, "rb") as file:
        yield file.fileno()
    assert open_handles() == before


def test_descriptors_arrive_with_the_bytes(world: World, number: int) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            receiving = world.start(second.recv_fds, 100, 2)
            await world.settle()
            assert await first.send_fds(b"two", [number, second]) == 3
            await world.settle()
            data, received = await receiving.result()
            assert data == b"two"
            assert same(number, received[0])
            assert same(second.fileno(), received[1])
            for each in received:
                assert not os.get_inheritable(each)
                os.close(each)
            await first.send_all(b"x")
            assert await second.recv_fds(1, 1) == (b"x", [])

    # A stream that a task is inside a call on is refused.
    with pytest.raises(ValueError, match="inside a call"):
        world.run(main)

    async def again() -> None:
        first, second = world.local.pair()
        async with first, second:
            assert await first.send_fds(b"two", [number, first]) == 3
            data, received = await second.recv_fds(100, 2)
            assert data == b"two"
            assert same(first.fileno(), received[1])
            for each in received:
                os.close(each)
            await first.send_fds(b"x", [number] * 5)
            assert await second.recv(1) == b"x"
            await first.send_fds(b"xy", [number] * 5)
            with pytest.raises(OSError, match="max_fds=4") as raised:
                await second.recv_fds(1, 4)
            assert raised.value.partial == b"x"  # type: ignore[attr-defined]  # documented
            await second.aclose()
            with pytest.raises(BrokenPipeError):
                await first.send_fds(b"x", [number])

    world.run(again)


def test_a_cancelled_receive_loses_nothing(world: World, number: int) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            for come in range(6):
                receiving = world.start(second.recv_fds, 100, 1)
                for _ in range(come):
                    await world.step()
                await first.send_fds(b"x", [number])
                received = await receiving.cancel()
                if received is None:
                    received = await second.recv_fds(100, 1)
                assert received[0] == b"x"
                os.close(received[1][0])

    world.run(main)


def test_what_a_cancelled_receive_brought_back_comes_first(world: World, number: int) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            await first.send_all(b"ab")
            receiving = world.start(second.recv_exactly, 3)
            await world.settle()
            await receiving.cancel()
            await first.send_fds(b"c", [number])
            assert await second.recv_fds(100, 1) == (b"ab", [])
            data, received = await second.recv_fds(100, 1)
            assert data == b"c"
            os.close(received[0])

    world.run(main)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_anyio(backend: str, number: int) -> None:
    anyio = pytest.importorskip("anyio")
    pytest.importorskip(backend)
    from interprocess.local_socket.anyio import pair

    async def main() -> None:
        first, second = pair()
        async with first, second:
            await first.send_fds(b"message", [number])
            message, [received] = await second.receive_fds(100, 1)
            assert message == b"message"
            os.close(received)
            attribute = anyio.abc.SocketAttribute
            assert first.extra(attribute.family) == socket.AF_UNIX
            assert first.extra(attribute.local_address) == ""
            assert first.extra(attribute.remote_address) == ""
            raw = first.extra(attribute.raw_socket)
            assert raw is first.extra(attribute.raw_socket)
            assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM
            raw.send(b"through the raw socket")
            assert await second.receive() == b"through the raw socket"
            with pytest.raises(ValueError, match="descriptors travel with bytes"):
                await first.send_fds(b"", [number])
            await first.aclose()
            with pytest.raises(anyio.EndOfStream):
                await second.receive_fds(1, 1)
            with pytest.raises(anyio.BrokenResourceError):
                await second.send_fds(b"x", [number])
            with pytest.raises(anyio.ClosedResourceError):
                await first.send_fds(b"x", [number])

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_what_anyio_knows_of_the_sockets(backend: str, name: Name) -> None:
    anyio = pytest.importorskip("anyio")
    pytest.importorskip(backend)
    from interprocess.local_socket.anyio import connect, listen

    attribute = anyio.abc.SocketAttribute
    address = b"\0" + str(name)[1:].encode() if name.is_abstract() else str(name)

    async def main() -> None:
        async with listen(name) as listener:
            assert listener.extra(attribute.family) == socket.AF_UNIX
            assert listener.extra(attribute.local_address) == address
            with pytest.raises(anyio.TypedAttributeLookupError):
                listener.extra(attribute.remote_address)
            raw = listener.extra(attribute.raw_socket)
            assert raw is listener.extra(attribute.raw_socket)
            async with await connect(name) as client, await listener.accept() as server:
                assert client.extra(attribute.remote_address) == address
                assert server.extra(attribute.local_address) == address
                assert server.extra(attribute.remote_address) in ("", b"")
        assert raw.fileno() == -1

    anyio.run(main, backend=backend)
