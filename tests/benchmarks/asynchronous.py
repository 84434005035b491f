"""Round trips within one event loop: the overhead of the libraries and loops."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from time import perf_counter, process_time
from typing import Any

from tests.benchmarks import payload, placement, runtimes
from tests.benchmarks.model import OURS, Case, Contest, Plan
from tests.benchmarks.processes import Tell, address, alone

MEASURE = "round trip on one loop"
MESSAGE = payload.message_of(64)
ROOM = 65536
#: Windows counts processor time in steps of 15 ms, and Wine works in another process.
clock = perf_counter if sys.platform == "win32" else process_time
#: Round trips in a turn.
COUNT = 5000

#: The client's end: the sender and the receiver.
Send = Callable[[bytes], Awaitable[object]]
Receive = Callable[[], Awaitable[bytes]]
Client = tuple[Send, Receive]


def contests(plan: Plan) -> list[Contest]:
    """Return a contest for each event loop."""
    return [_contest(runtime, plan.count(COUNT)) for runtime in CONTESTANTS]


def _contest(runtime: str, count: int) -> Contest:
    where = placement.one_core()
    case = Case(MEASURE, runtime, where.name)
    contestants = {
        name: partial(_turn, runtime, name, case, count, where) for name in CONTESTANTS[runtime]
    }
    return Contest(f"{MEASURE}, {runtime}", [case], {**contestants})


def _turn(
    runtime: str, name: str, case: Case, count: int, where: placement.Placement
) -> dict[Case, float]:
    with address() as path:
        arguments = {"runtime": runtime, "name": name, "address": path, "count": count}
        return {case: alone(f"{__name__}:measure", arguments, where.server)}


def measure(arguments: Mapping[str, Any], tell: Tell) -> float:
    """Return the seconds for one round trip, in processor time except on Windows."""
    runtime: str = arguments["runtime"]
    count: int = arguments["count"]
    connected = CONTESTANTS[runtime][arguments["name"]]

    async def main() -> float:
        async with connected(arguments["address"]) as (send, receive):
            await _exchange(send, receive, payload.WARM_UP)
            began = clock()
            await _exchange(send, receive, count)
            return (clock() - began) / count

    return float(runtimes.run(runtime, main))


async def _exchange(send: Send, receive: Receive, count: int) -> None:
    for _ in range(count):
        await send(MESSAGE)
        payload.check(await receive(), MESSAGE)


async def _echo(receive: Receive, send: Send) -> None:
    """Echo all data until the end."""
    while data := await receive():
        await send(data)


@asynccontextmanager
async def _ours_on_asyncio(path: str) -> AsyncIterator[Client]:
    from interprocess.local_socket.asyncio import pair

    client, server = pair()
    async with server:
        task = asyncio.ensure_future(_echo(lambda: server.recv(ROOM), server.send_all))
        async with client:
            yield client.send_all, lambda: client.recv(ROOM)
        await task


@asynccontextmanager
async def _asyncio_streams(path: str) -> AsyncIterator[Client]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _echo(lambda: reader.read(ROOM), _drained(writer))
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    reader, writer = await asyncio.open_unix_connection(path)
    yield _drained(writer), lambda: reader.read(ROOM)
    writer.close()
    await writer.wait_closed()
    server.close()
    await asyncio.sleep(0.01)


@asynccontextmanager
async def _asyncio_pipes(path: str) -> AsyncIterator[Client]:
    """Named pipes of the proactor, as asyncio's own streams."""
    loop: Any = asyncio.get_running_loop()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _echo(lambda: reader.read(ROOM), _drained(writer))
        writer.close()

    def server_protocol() -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), serve)

    (server,) = await loop.start_serving_pipe(server_protocol, path)
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.create_pipe_connection(lambda: protocol, path)
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    yield _drained(writer), lambda: reader.read(ROOM)
    writer.close()
    server.close()
    await asyncio.sleep(0.1)


def _drained(writer: asyncio.StreamWriter) -> Send:
    async def send(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    return send


@asynccontextmanager
async def _anyio_streams(path: str) -> AsyncIterator[Client]:
    anyio = importlib.import_module("anyio")

    async def serve(stream: Any) -> None:
        async with stream:
            with contextlib.suppress(anyio.EndOfStream):
                await _echo(stream.receive, stream.send)

    listener = await anyio.create_unix_listener(path)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        async with await anyio.connect_unix(path) as client:
            yield client.send, client.receive
        group.cancel_scope.cancel()


@asynccontextmanager
async def _ours_on_trio(path: str) -> AsyncIterator[Client]:
    from interprocess.local_socket.trio import pair

    async with _between(*pair()) as client:
        yield client


@asynccontextmanager
async def _trio_streams(path: str) -> AsyncIterator[Client]:
    trio = importlib.import_module("trio")
    first, second = trio.socket.socketpair()
    async with _between(trio.SocketStream(first), trio.SocketStream(second)) as client:
        yield client


@asynccontextmanager
async def _between(client: Any, server: Any) -> AsyncIterator[Client]:
    trio = importlib.import_module("trio")
    async with server, trio.open_nursery() as nursery:
        nursery.start_soon(_echo, lambda: server.receive_some(ROOM), server.send_all)
        async with client:
            yield client.send_all, lambda: client.receive_some(ROOM)


#: By event loop.
Connected = Callable[[str], contextlib.AbstractAsyncContextManager[Client]]
CONTESTANTS: dict[str, dict[str, Connected]]
if sys.platform == "win32":
    CONTESTANTS = {
        "asyncio": {OURS: _ours_on_asyncio, "proactor": _asyncio_pipes},
        "trio": {OURS: _ours_on_trio},
    }
else:
    CONTESTANTS = {
        "asyncio": {
            OURS: _ours_on_asyncio,
            "asyncio streams": _asyncio_streams,
            "anyio": _anyio_streams,
        },
        "uvloop": {
            OURS: _ours_on_asyncio,
            "uvloop streams": _asyncio_streams,
            "anyio": _anyio_streams,
        },
        "trio": {
            OURS: _ours_on_trio,
            "trio.SocketStream": _trio_streams,
            "anyio": _anyio_streams,
        },
    }
