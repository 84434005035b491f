"""Completion ports: news that are not for us, and operations whose errors are those of others."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from interprocess._bindings.kernel32 import kernel32
from interprocess.local_socket import Name
from interprocess.local_socket.asyncio import Stream, listen, open_connection, pair
from interprocess.local_socket.asyncio import connect as asyncio_connect
from interprocess.os.windows._calls import pipes
from interprocess.os.windows.local_socket import _async_transports
from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeMode
from tests.portable.asynchronous.worlds import AsyncioWorld, World
from tests.support import PATIENCE
from tests.windows.asynchronous.pipes import with_pair
from tests.windows.layers import fail, lay_over_kernel32
from tests.windows.pipes import unique_path

assert sys.platform == "win32"


@pytest.fixture
def loop() -> AsyncioWorld:
    return AsyncioWorld("asyncio")


def test_an_operation_whose_error_was_replaced_keeps_its_memory(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something that makes system calls came between the call and reading its error."""
    happened: list[bool] = []

    def read(real: Callable[..., int], *arguments: Any) -> int:
        result = real(*arguments)
        happened.append(True)
        return fail(6, result)

    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            with monkeypatch.context() as patched:
                lay_over_kernel32(patched, ReadFile=read)
                # It is ended, and its end awaited.
                with pytest.raises(OSError, match="995"):
                    await first.recv(10)
                assert happened
            await second.send(b"arrives")
            assert await first.recv(10) == b"arrives"

    world.run(main)


def test_waiting_for_a_client_whose_error_was_replaced_keeps_its_memory(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[int] = []

    def connect(real: Callable[..., int], *arguments: Any) -> int:
        result = real(*arguments)
        happened.append(result)
        return fail(6, result) if len(happened) == 1 else result

    async def main() -> None:
        name = Name.unique()
        async with world.local.listen(name) as listener:
            lay_over_kernel32(monkeypatch, ConnectNamedPipe=connect)
            accepting = world.start(listener.accept)
            await world.settle()
            async with (
                await world.local.connect(name) as client,
                await accepting.result() as server,
            ):
                await client.send(b"arrives")
                assert await server.recv(10) == b"arrives"
        assert happened[0] == 0

    world.run(main)


def test_packets_of_others_on_trios_port() -> None:
    trio = pytest.importorskip("trio")
    from interprocess._runtimes.trio_completion import RUNTIME
    from interprocess.local_socket.trio import pair as trio_pair

    async def main() -> None:
        first, second = trio_pair()
        async with first, second:
            await first.send(b"x")
            assert await second.recv(1) == b"x"
            _, port, key = RUNTIME.port()
            import ctypes

            post = ctypes.windll.kernel32.PostQueuedCompletionStatus
            assert post(ctypes.c_void_p(port), 0, ctypes.c_void_p(key), ctypes.c_void_p(0x1000))
            await trio.sleep(0.05)
            await first.send(b"y")
            assert await second.recv(1) == b"y"

    trio.run(main)


def test_what_we_use_of_asyncio_and_trio_is_there() -> None:
    """Both call it private, or say that it may change."""
    transport: Any = _async_transports._Transport
    for name in ("_loop_reading", "_force_close", "abort", "pause_reading"):
        assert hasattr(transport, name)
    event_loop: Any = asyncio.ProactorEventLoop()
    try:
        proactor: Any = event_loop._proactor
        for name in ("_register", "_iocp", "_registered"):
            assert hasattr(proactor, name)
    finally:
        event_loop.close()
    trio = pytest.importorskip("trio")
    for name in ("monitor_completion_key", "current_iocp"):
        assert hasattr(trio.lowlevel, name)


def test_a_stream_of_another_loop_has_no_transport_here(loop: AsyncioWorld) -> None:
    """It would wait forever: another port gets its completions."""
    kept: list[Stream] = []

    async def use() -> None:
        first, second = pair()
        await first.send(b"x")
        assert await second.recv(1) == b"x"
        second.close()
        kept.append(first)

    async def misuse() -> None:
        from interprocess.local_socket import UnsupportedError

        with pytest.raises(UnsupportedError, match="another event loop"):
            await asyncio.wait_for(open_connection(kept[0], limit=1000), PATIENCE)

    loop.run(use)
    loop.run(misuse)
    kept[0].close()


@pytest.mark.parametrize("reading", ["already", "later", "paused"])
def test_a_server_that_disconnects_is_an_end_for_asyncio(
    loop: AsyncioWorld, reading: str, caplog: pytest.LogCaptureFixture
) -> None:
    """DisconnectNamedPipe, by which Microsoft's own servers end their connections."""

    async def main() -> None:
        options = PipeListenerOptions(unique_path())
        with options.create_duplex() as listener:
            stream = await asyncio_connect(options.path)
            with listener.accept(PATIENCE) as server:
                server.send(b"line\n")
                reader, writer = await open_connection(stream, limit=1000)
                assert await reader.readline() == b"line\n"
                if reading == "paused":
                    writer.transport.pause_reading()  # type: ignore[attr-defined]
                receiving = asyncio.ensure_future(reader.read())
                if reading == "already":
                    await asyncio.sleep(0.05)
                pipes.disconnect_named_pipe(server.handle)
                if reading == "paused":
                    writer.transport.resume_reading()  # type: ignore[attr-defined]
                assert await asyncio.wait_for(receiving, PATIENCE) == b""
                writer.close()
                server.assume_flushed()

    loop.run(main)
    assert not caplog.records


def test_a_flush_that_cannot_be_cancelled_keeps_no_loop_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(client: Any, server: Any) -> None:
        with monkeypatch.context() as patched:
            lay_over_kernel32(patched, CancelSynchronousIo=lambda *_: fail(1168))
            await client.send(b"unread")
            flushing = world.start(client.flush)
            await world.settle()
            began = time.monotonic()
            await flushing.cancel()
            assert time.monotonic() - began < 5
            assert await server.recv(100) == b"unread"
            await client.flush()

    with_pair(world, test, PipeMode.BYTES)


def test_listening_at_the_limit_waits_for_those_that_are_closed(world: World) -> None:
    """Until its client has left, one that is closed may be an instance still."""
    from tests.windows.asynchronous.pipes import create, module

    async def main() -> None:
        options = PipeListenerOptions(unique_path(), instance_limit=1)
        async with create(world, options, PipeMode.BYTES, PipeMode.BYTES) as listener:
            connect = module(world).PipeStream.connect_by_path
            client = await connect(options.path)
            server = await listener.accept()
            await server.send(b"unread")
            server.close()
            accepting = world.start(listener.accept)
            await world.settle()
            assert await client.recv(100) == b"unread"
            other = world.start(connected_when_there, connect, options.path)
            server = await accepting.result()
            for stream in (client, server, await other.result()):
                stream.close()

    async def connected_when_there(connect: Any, path: str) -> Any:
        while True:
            try:
                return await connect(path)
            except FileNotFoundError:
                await world.step()

    world.run(main)


def test_a_listener_that_is_closed_while_it_waits_for_an_instance(world: World) -> None:
    from tests.windows.asynchronous.pipes import create, module

    async def main() -> None:
        options = PipeListenerOptions(unique_path(), instance_limit=1)
        listener = create(world, options, PipeMode.BYTES, PipeMode.BYTES)
        async with await module(world).PipeStream.connect_by_path(options.path) as client:
            server = await listener.accept()
            await server.send(b"unread")
            server.close()
            accepting = world.start(listener.accept)
            await world.settle()
            listener.close()
            with pytest.raises(ValueError, match="closed"):
                await accepting.result()
            assert await client.recv(100) == b"unread"

    world.run(main)


def test_listeners_of_event_loops_are_not_pickled(loop: AsyncioWorld) -> None:
    import pickle

    async def main() -> None:
        async with listen(Name.unique()) as listener:
            with pytest.raises(TypeError, match="event loop"):
                pickle.dumps(listener)

    loop.run(main)


def test_the_last_error_is_kept() -> None:
    kernel32.SetLastError(997)
    assert kernel32.GetLastError() == 997
