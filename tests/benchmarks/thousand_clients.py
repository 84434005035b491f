"""A thousand clients in a second process send requests to one event loop and wait for answers."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import selectors
import socket
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import perf_counter, process_time
from typing import Any

from tests.benchmarks import limits, payload, placement, runtimes
from tests.benchmarks.model import OURS, Case, Contest, Plan
from tests.benchmarks.processes import Tell, pair

MEASURE = "1,000 clients"
CLIENTS = 1000
SIZE = 64
ROOM = 65536
#: Requests of each client in a turn.
REQUESTS = 20
WARM_UP = 2
#: Descriptors for everything else.
RESERVE = 50


def contests(plan: Plan) -> list[Contest]:
    """Return a contest for each event loop; the clients have a core of their own, if possible."""
    where = placement.available()[-1]
    return [_contest(runtime, plan.count(REQUESTS, least=10), where) for runtime in SERVERS]


def _contest(runtime: str, requests: int, where: placement.Placement) -> Contest:
    measure = f"{MEASURE}, {runtime}"
    cases = [
        Case(measure, "requests", where.name, "1/s", larger_is_better=True),
        Case(measure, "half within", where.name),
        Case(measure, "99% within", where.name),
        Case(measure, "server's processor", where.name),
    ]
    contestants = {
        name: partial(_turn, runtime, name, cases, requests, where) for name in SERVERS[runtime]
    }
    return Contest(measure, cases, {**contestants})


def _turn(
    runtime: str, name: str, cases: list[Case], requests: int, where: placement.Placement
) -> dict[Case, float]:
    arguments = {"runtime": runtime, "name": name, "requests": requests}
    busy, figures = pair(
        f"{__name__}:serve", f"{__name__}:ask", arguments, where.server, where.client
    )
    return dict(zip(cases, [*figures, busy]))


# The clients


def ask(arguments: Mapping[str, Any], tell: Tell) -> list[float]:
    """Return requests in a second, and the times within which half and 99% were answered."""
    limits.raise_open_files(CLIENTS + RESERVE)
    clients = [_connect(arguments["address"]) for _ in range(CLIENTS)]
    messages = {
        client: number.to_bytes(8, "little") + payload.message_of(SIZE - 8)
        for number, client in enumerate(clients)
    }
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client, selectors.EVENT_READ)
        _ask_all(selector, messages, WARM_UP)
        began = perf_counter()
        times = _ask_all(selector, messages, arguments["requests"])
        took = perf_counter() - began
    for client in clients:
        client.close()
    times.sort()
    return [len(times) / took, times[len(times) // 2], times[len(times) * 99 // 100]]


def _connect(path: str) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    return client


def _ask_all(
    selector: selectors.BaseSelector, messages: Mapping[Any, bytes], requests: int
) -> list[float]:
    """Make every client send its requests, each as soon as it has an answer; return the times."""
    times = []
    asked = {}
    left = dict.fromkeys(messages, requests - 1)
    client: Any
    for client, message in messages.items():
        asked[client] = perf_counter()
        client.send(message)
    while asked:
        for key, _ in selector.select():
            client = key.fileobj
            payload.check(client.recv(ROOM), messages[client])
            now = perf_counter()
            times.append(now - asked[client])
            if left[client]:
                left[client] -= 1
                asked[client] = now
                client.send(messages[client])
            else:
                del asked[client]
    return times


# The servers


def serve(arguments: Mapping[str, Any], tell: Tell) -> float:
    """Echo all data until all clients have left.

    Returns the seconds of processor time for each request, accepting the clients included.
    """
    limits.raise_open_files(CLIENTS + RESERVE)
    runtime = arguments["runtime"]
    server = SERVERS[runtime][arguments["name"]]
    began = process_time()
    listening = partial(tell, "listening")
    runtimes.run(runtime, lambda: server(arguments["address"], listening))
    requests: int = CLIENTS * (arguments["requests"] + WARM_UP)
    return (process_time() - began) / requests


class Visitors:
    """Counts the clients that have left."""

    def __init__(self) -> None:
        self._left = 0
        self.all_gone = asyncio.Event()

    def one_left(self) -> None:
        self._left += 1
        if self._left == CLIENTS:
            self.all_gone.set()


async def _echo(
    receive: Callable[[], Awaitable[bytes]], send: Callable[[bytes], Awaitable[object]]
) -> None:
    while data := await receive():
        await send(data)


async def _serve_ours(path: str, listening: Callable[[], object]) -> None:
    from interprocess.local_socket.asyncio import Stream, listen

    visitors = Visitors()

    async def visit(stream: Stream) -> None:
        async with stream:
            await _echo(lambda: stream.recv(ROOM), stream.send_all)
        visitors.one_left()

    tasks = []
    async with listen(path) as listener:
        listening()
        for _ in range(CLIENTS):
            tasks.append(asyncio.ensure_future(visit(await listener.accept())))
        await visitors.all_gone.wait()


async def _serve_asyncio(path: str, listening: Callable[[], object]) -> None:
    visitors = Visitors()

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        await _echo(lambda: reader.read(ROOM), send)
        writer.close()
        visitors.one_left()

    server = await asyncio.start_unix_server(visit, path)
    listening()
    await visitors.all_gone.wait()
    server.close()


async def _serve_anyio(path: str, listening: Callable[[], object]) -> None:
    anyio = importlib.import_module("anyio")
    visitors = Visitors()

    async def visit(stream: Any) -> None:
        async with stream:
            with contextlib.suppress(anyio.EndOfStream):
                await _echo(stream.receive, stream.send)
        visitors.one_left()

    listener = await anyio.create_unix_listener(path)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, visit)
        listening()
        await visitors.all_gone.wait()
        group.cancel_scope.cancel()


SERVERS = {
    "asyncio": {OURS: _serve_ours, "asyncio streams": _serve_asyncio, "anyio": _serve_anyio},
    "uvloop": {OURS: _serve_ours, "uvloop streams": _serve_asyncio, "anyio": _serve_anyio},
}
