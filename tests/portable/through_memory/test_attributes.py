"""What connections through memory tell of themselves, and what they refuse."""

from __future__ import annotations

import asyncio

import pytest

from interprocess import capabilities
from interprocess.errors import UnsupportedError
from interprocess.shared_memory.local_socket import asyncio as asynchronous
from interprocess.shared_memory.local_socket import pair


def test_a_stream_cannot_be_detached_from_its_memory() -> None:
    first, second = pair()
    with first, second:
        with pytest.raises(UnsupportedError, match="detached"):
            first.detach()
        first.send_all(b"x")
        assert second.recv(1) == b"x"
    with pytest.raises(ValueError, match="closed"):
        first.detach()


def test_an_asynchronous_stream() -> None:
    async def main() -> None:
        first, second = asynchronous.pair()
        async with first, second:
            with pytest.raises(UnsupportedError, match="detached"):
                first.detach()
            await first.send_all(b"x")
            assert await second.recv(1) == b"x"
            for stream in (first, second):
                assert stream.through_memory is capabilities.available("shared_memory_rings")
                assert stream.send_buffer_size > 0
                assert stream.recv_buffer_size > 0
        with pytest.raises(ValueError, match="closed"):
            assert first.send_buffer_size

    asyncio.run(main())


def test_an_asynchronous_listener() -> None:
    async def main() -> None:
        async with asynchronous.listen() as listener:
            assert repr(listener).startswith("<Listener of <Listener ")
            client = await asynchronous.connect(listener.name)
            async with client, await listener.accept() as server:
                await client.send_all(b"x")
                assert await server.recv(1) == b"x"
        assert listener.closed

    asyncio.run(main())
