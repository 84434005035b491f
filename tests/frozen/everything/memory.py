"""The parts for shared memory: passing it, and streams whose bytes go through it."""

from __future__ import annotations

import asyncio
from typing import Any

import interprocess.shared_memory.local_socket.asyncio as asyncio_sockets
from interprocess import capabilities
from interprocess.local_socket import pair
from interprocess.shared_memory import Memory, recv_memory, send_memory
from interprocess.shared_memory.local_socket import connect, listen

from .support import AbsentError, concurrently, expect, fresh_name

#: A program may be frozen without trio; but a tool that finds it must find ours.
try:
    import trio
except ImportError as error:
    _TRIO_IS_ABSENT = str(error)
else:
    _TRIO_IS_ABSENT = ""
    import interprocess.shared_memory.local_socket.trio as trio_sockets


def shared_memory() -> None:
    """Hand memory over, and see in it what was written."""
    first, second = pair()
    with first, second, Memory(1000) as memory:
        memory.map()[:6] = b"shared"
        send_memory(first, memory)
        with recv_memory(second, min_size=6) as arrived:
            expect(bytes(arrived.map(read_only=True)[:6]), b"shared")


def streams_through_memory() -> None:
    """Connect, and send through the memory that both sides agree on."""
    with listen(fresh_name()) as listener:

        def answer() -> None:
            with listener.accept(timeout=5) as server:
                server.send_all(server.recv_exactly(6)[::-1])

        def ask() -> None:
            with connect(listener.name) as client:
                client.send_all(b"memory")
                expect(client.recv_exactly(6), b"yromem")
                expect(client.through_memory, capabilities.available("shared_memory_rings"))

        concurrently(answer, ask)


def streams_through_memory_with_asyncio() -> None:
    """Do the same with asyncio."""
    asyncio.run(_use(asyncio_sockets))


def streams_through_memory_with_trio() -> None:
    """Do the same with trio."""
    if _TRIO_IS_ABSENT:
        raise AbsentError(_TRIO_IS_ABSENT)
    trio.run(_use, trio_sockets)


async def _use(sockets: Any) -> None:
    """Use what asyncio's and trio's modules have alike."""
    first, second = sockets.pair()
    async with first, second:
        await first.send_all(b"memory")
        expect(await second.recv(10), b"memory")
