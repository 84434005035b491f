"""Our streams, listeners and pipes as anyio wants them, on asyncio and on trio."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest

pytest.importorskip("anyio", reason="anyio is not installed")

import anyio
from anyio.lowlevel import checkpoint
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.text import TextReceiveStream

from interprocess.local_socket import Name, UnsupportedError
from interprocess.local_socket.anyio import (
    Listener,
    Stream,
    StreamAttribute,
    connect,
    listen,
    pair,
)
from interprocess.unnamed_pipe.anyio import Recver, Sender, pipe

Run = Callable[[Callable[[], Awaitable[None]]], None]

#: More than any system keeps for a reader that does not read.
MUCH = 4 * 1024 * 1024


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a test on one backend of anyio."""
    if request.param == "trio":
        pytest.importorskip("trio")
    return lambda main: anyio.run(main, backend=request.param)


async def shout(stream: Stream) -> None:
    """Answer with capitals, until the end."""
    async with stream:
        async for data in stream:
            await stream.send(data.upper())


def test_serve(run: Run, name: Name) -> None:
    async def main() -> None:
        async with listen(name) as listener, anyio.create_task_group() as group:
            assert isinstance(listener, anyio.abc.Listener)
            assert listener.name == name
            group.start_soon(listener.serve, shout)
            for _ in range(3):
                async with await connect(name) as client:
                    await client.send(b"hello")
                    assert await client.receive() == b"HELLO"
            group.cancel_scope.cancel()

    run(main)


def test_serve_in_a_group_of_ones_own(run: Run, name: Name) -> None:
    async def main() -> None:
        async with listen(name) as listener, anyio.create_task_group() as group:
            group.start_soon(listener.serve, shout, group)
            async with await connect(name) as client:
                await client.send(b"x")
                assert await client.receive(1) == b"X"
            group.cancel_scope.cancel()

    run(main)


def test_streams_are_what_anyio_wants(run: Run) -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second:
            assert isinstance(first, anyio.abc.ByteStream)
            raw = first.extra(StreamAttribute.raw_stream)
            assert repr(raw) in repr(first)
            await first.send("grüße\n".encode())
            buffered = BufferedByteReceiveStream(second)
            assert (await buffered.receive_until(b"\n", 100)).decode() == "grüße"
            await first.send("é".encode()[:1])
            await first.send("é".encode()[1:])
            assert await TextReceiveStream(second).receive() == "é"

    run(main)


def test_end_of_stream(run: Run) -> None:
    async def main() -> None:
        first, second = pair()
        async with second:
            async with first:
                await first.send(b"abc")
            assert await second.receive() == b"abc"
            with pytest.raises(anyio.EndOfStream):
                await second.receive()
            with pytest.raises(anyio.BrokenResourceError):
                await second.send(b"x")
        for call in (second.receive, lambda: second.send(b"x")):
            with pytest.raises(anyio.ClosedResourceError):
                await call()

    run(main)


def test_half_close(run: Run) -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second:
            try:
                await first.send_eof()
            except UnsupportedError:
                return
            with pytest.raises(anyio.EndOfStream):
                await second.receive()
            await second.send(b"still open")
            assert await first.receive() == b"still open"

    run(main)


def test_two_tasks_at_once(run: Run) -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second, anyio.create_task_group() as group:
            group.start_soon(first.receive)
            for _ in range(5):
                await checkpoint()
            with pytest.raises(anyio.BusyResourceError):
                await first.receive()
            await second.send(b"x")

    run(main)


def test_a_cancelled_receive_loses_nothing(run: Run) -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second:
            with anyio.move_on_after(0.01) as scope:
                await second.receive()
            assert scope.cancelled_caught
            await first.send(b"x")
            with anyio.CancelScope() as scope:
                scope.cancel()
                await second.receive()
            assert await second.receive() == b"x"

    run(main)


def test_pipes(run: Run) -> None:
    async def main() -> None:
        sender, recver = pipe()
        assert isinstance(sender, anyio.abc.ByteSendStream)
        assert isinstance(recver, anyio.abc.ByteReceiveStream)
        assert (Sender, Recver) == (type(sender), type(recver))
        async with recver:
            async with sender, anyio.create_task_group() as group:
                group.start_soon(sender.send, bytes(MUCH))
                received = 0
                while received < MUCH:
                    received += len(await recver.receive())
            with pytest.raises(anyio.EndOfStream):
                await recver.receive()

    run(main)


def test_closing_ends_accepting(run: Run, name: Name) -> None:
    async def main() -> None:
        listener = listen(name)
        assert type(listener) is Listener

        async def accept() -> None:
            with pytest.raises(anyio.ClosedResourceError):
                await listener.accept()

        async with anyio.create_task_group() as group:
            group.start_soon(accept)
            for _ in range(5):
                await checkpoint()
            await listener.aclose()

    run(main)


@pytest.mark.parametrize("module", ["local_socket", "unnamed_pipe"])
def test_without_anyio(module: str) -> None:
    code = f"""
import sys
import interprocess.{module}
sys.modules["anyio"] = None
try:
    import interprocess.{module}.anyio
except ImportError as error:
    assert 'pip install "pyinterprocess[anyio]"' in str(error), error
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True)
