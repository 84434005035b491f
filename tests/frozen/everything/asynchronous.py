"""The parts for asyncio, trio and anyio. Those that are not installed are absent."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import interprocess.local_socket.asyncio as asyncio_sockets
import interprocess.messages.asyncio as asyncio_messages
import interprocess.unnamed_pipe.asyncio as asyncio_pipes
from interprocess import capabilities
from interprocess.local_socket import pair
from interprocess.local_socket.asyncio import open_connection, serve, start_server
from interprocess.messages import LengthPrefix

from .support import AbsentError, expect, fresh_name

#: A program may be frozen without trio and anyio; but a tool that finds them must find ours.
try:
    import trio
except ImportError as error:
    _TRIO_IS_ABSENT = str(error)
else:
    _TRIO_IS_ABSENT = ""
    import interprocess.local_socket.trio as trio_sockets
    import interprocess.messages.trio as trio_messages
    import interprocess.unnamed_pipe.trio as trio_pipes

try:
    import anyio
except ImportError as error:
    _ANYIO_IS_ABSENT = str(error)
else:
    _ANYIO_IS_ABSENT = ""
    import interprocess.local_socket.anyio as anyio_sockets
    import interprocess.messages.anyio as anyio_messages
    import interprocess.unnamed_pipe.anyio as anyio_pipes


async def _use(sockets: Any, pipes: Any, messages: Any) -> None:
    """Use everything that asyncio's and trio's modules have alike."""
    async with sockets.listen(fresh_name()) as listener:
        connecting, accepting = sockets.connect(listener.name), listener.accept()
        async with await connecting as client, await accepting as server:
            await client.send_all(b"stream")
            expect(await server.recv(10), b"stream")
        if sys.platform == "win32" or capabilities.available("send_fds"):
            await _hand_over(sockets)
    first, second = sockets.pair()
    async with messages.MessageStream(first, LengthPrefix()) as ours:
        async with messages.MessageStream(second, LengthPrefix()) as theirs:
            await ours.send(b"message")
            expect(await theirs.recv(), b"message")
    sender, recver = pipes.pipe()
    async with sender, recver:
        await sender.send_all(b"pipe")
        expect(await recver.recv(10), b"pipe")


async def _hand_over(sockets: Any) -> None:
    """Hand a stream over; it ends, since nobody has the other end any more."""
    first, second = sockets.pair()
    ours, theirs = pair()
    async with first, second:
        with ours, theirs:
            await sockets.send_object(first, theirs)
        async with await sockets.recv_object(second, sockets.Stream) as arrived:
            expect(await arrived.recv(10), b"")


async def _use_asyncio_streams() -> None:
    """Use asyncio's own streams, and serve."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    name = fresh_name()
    server = await start_server(answer, name)
    async with server:
        reader, writer = await open_connection(name)
        writer.write(b"line\n")
        expect(await reader.read(), b"line\n")
        writer.close()
        await writer.wait_closed()
    listener = asyncio_sockets.listen(fresh_name())

    async def double(stream: Any) -> None:
        await stream.send_all(await stream.recv(10) * 2)

    serving = asyncio.ensure_future(serve(listener, double))
    async with await asyncio_sockets.connect(listener.name) as client:
        await client.send_all(b"x")
        expect(await client.recv(10), b"xx")
    listener.close()
    await serving


async def _use_anyio() -> None:
    async with anyio_sockets.listen(fresh_name()) as listener, anyio.create_task_group() as group:

        async def answer(stream: Any) -> None:
            async with stream:
                await stream.send(await stream.receive())

        group.start_soon(listener.serve, answer)
        name = listener.extra(anyio_sockets.StreamAttribute.raw_stream).name
        async with await anyio_sockets.connect(name) as client:
            await client.send(b"anyio")
            expect(await client.receive(), b"anyio")
        client = await anyio_sockets.connect(name)
        async with anyio_messages.MessageStream(client, LengthPrefix()) as stream:
            await stream.send(b"message")
            expect(await stream.receive(), b"message")
        group.cancel_scope.cancel()
    sender, recver = anyio_pipes.pipe()
    async with sender, recver:
        await sender.send(b"pipe")
        expect(await recver.receive(), b"pipe")


def with_asyncio() -> None:
    """Use everything with asyncio."""
    asyncio.run(_use(asyncio_sockets, asyncio_pipes, asyncio_messages))
    asyncio.run(_use_asyncio_streams())


def with_trio() -> None:
    """Use everything with trio."""
    if _TRIO_IS_ABSENT:
        raise AbsentError(_TRIO_IS_ABSENT)
    trio.run(_use, trio_sockets, trio_pipes, trio_messages)


def with_anyio() -> None:
    """Use everything with anyio, on asyncio and on trio."""
    if _ANYIO_IS_ABSENT:
        raise AbsentError(_ANYIO_IS_ABSENT)
    for backend in ("asyncio", "trio")[: 1 if _TRIO_IS_ABSENT else 2]:
        anyio.run(_use_anyio, backend=backend)
