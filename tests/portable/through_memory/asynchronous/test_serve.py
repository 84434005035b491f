"""`serve` for asyncio, over memory."""

from __future__ import annotations

import asyncio

from interprocess.local_socket import Name
from interprocess.local_socket.asyncio import serve
from interprocess.shared_memory.local_socket.asyncio import Stream, connect, listen


def test_clients_are_served(name: Name) -> None:
    async def echo(stream: Stream) -> None:
        while data := await stream.recv(100):
            await stream.send_all(data)

    async def main() -> None:
        listener = listen(name)
        serving = asyncio.ensure_future(serve(listener, echo))
        for _ in range(3):
            async with await connect(name) as client:
                await client.send_all(b"hello")
                assert await client.recv(100) == b"hello"
        listener.close()
        await serving

    asyncio.run(main())
