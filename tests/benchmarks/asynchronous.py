"""Round trips of 64 bytes on one event loop, ours beside others', in one run.

    python tests/benchmarks/asynchronous.py [ROUND_TRIPS]

Both ends are in one loop, so that a round trip is two sends, two receives, and what the runtime
does between. Each figure is the best of several turns, taken in turns, in microseconds of processor
time: a busy machine disturbs that least.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

MESSAGE = bytes(64)
ROOM = 65536
TURNS = 5

Exchange = Callable[[], Awaitable[object]]
Runner = Callable[[Callable[[], Any]], Any]


async def time_of(count: int, exchange: Exchange) -> float:
    """Return the microseconds of processor time that an exchange takes."""
    began = time.process_time()
    for _ in range(count):
        await exchange()
    return (time.process_time() - began) / count * 1e6


async def echo(receive: Callable[[], Awaitable[bytes]], send: Callable[[bytes], Any]) -> None:
    """Send back what comes, until the end."""
    while data := await receive():
        await send(data)


async def ours_on_asyncio(count: int) -> float:
    from interprocess.local_socket.asyncio import pair

    first, second = pair()
    async with second:
        task = asyncio.ensure_future(echo(lambda: second.recv(ROOM), second.send_all))
        async with first:

            async def exchange() -> None:
                await first.send_all(MESSAGE)
                await first.recv(ROOM)

            result = await time_of(count, exchange)
        await task
    return result


async def asyncio_streams(count: int) -> float:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        await echo(lambda: reader.read(ROOM), send)
        writer.close()

    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "s")
        server = await asyncio.start_unix_server(serve, path)
        reader, writer = await asyncio.open_unix_connection(path)

        async def exchange() -> None:
            writer.write(MESSAGE)
            await writer.drain()
            await reader.read(ROOM)

        result = await time_of(count, exchange)
        writer.close()
        await writer.wait_closed()
        server.close()
        await asyncio.sleep(0.01)
    return result


async def ours_on_trio(count: int) -> float:
    from interprocess.local_socket.trio import pair

    return await _on_trio(count, *pair())


async def trio_streams(count: int) -> float:
    import trio

    first, second = trio.socket.socketpair()
    return await _on_trio(count, trio.SocketStream(first), trio.SocketStream(second))


async def _on_trio(count: int, first: Any, second: Any) -> float:
    import trio

    async with second, trio.open_nursery() as nursery:
        nursery.start_soon(echo, lambda: second.receive_some(ROOM), second.send_all)
        async with first:

            async def exchange() -> None:
                await first.send_all(MESSAGE)
                await first.receive_some(ROOM)

            return await time_of(count, exchange)


async def anyio_streams(count: int) -> float:
    import anyio

    async def serve(stream: Any) -> None:
        async with stream:
            with contextlib.suppress(anyio.EndOfStream):
                await echo(stream.receive, stream.send)

    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "s")
        listener = await anyio.create_unix_listener(path)
        async with listener, anyio.create_task_group() as group:
            group.start_soon(listener.serve, serve)
            async with await anyio.connect_unix(path) as client:

                async def exchange() -> None:
                    await client.send(MESSAGE)
                    await client.receive()

                result = await time_of(count, exchange)
            group.cancel_scope.cancel()
    return result


def runners() -> dict[str, Runner]:
    """Return how each installed runtime runs a coroutine function."""
    found: dict[str, Runner] = {"asyncio": lambda main: asyncio.run(main())}
    with contextlib.suppress(ImportError):
        import uvloop

        def on_uvloop(main: Callable[[], Any]) -> Any:
            loop = uvloop.new_event_loop()
            try:
                return loop.run_until_complete(main())
            finally:
                loop.close()

        found["uvloop"] = on_uvloop
    with contextlib.suppress(ImportError):
        import trio

        found["trio"] = trio.run
    return found


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    contests: list[tuple[str, str, Callable[[int], Any]]] = [
        ("asyncio", "interprocess", ours_on_asyncio),
        ("asyncio", "asyncio streams", asyncio_streams),
        ("asyncio", "anyio", anyio_streams),
        ("uvloop", "interprocess", ours_on_asyncio),
        ("uvloop", "uvloop streams", asyncio_streams),
        ("trio", "interprocess", ours_on_trio),
        ("trio", "trio.SocketStream", trio_streams),
    ]
    best: dict[tuple[str, str], float] = {}
    installed = runners()
    for _ in range(TURNS):
        for runtime, who, function in contests:
            if runtime not in installed:
                continue
            try:
                took = installed[runtime](functools.partial(function, count))
            except ImportError:
                continue
            best[runtime, who] = min(took, best.get((runtime, who), took))
    for (runtime, who), microseconds in best.items():
        ratio = microseconds / best[runtime, "interprocess"]
        print(f"{runtime:8} {who:18} {microseconds:6.1f} µs {ratio:5.2f}")


if __name__ == "__main__":
    main()
