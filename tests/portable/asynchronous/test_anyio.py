"""Our streams, listeners and pipes as anyio wants them, on asyncio and on trio."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytest.importorskip("anyio", reason="anyio is not installed")

import anyio
from anyio.lowlevel import checkpoint
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.text import TextReceiveStream, TextStream

from interprocess import capabilities
from interprocess.local_socket import Name, UnsupportedError
from interprocess.local_socket.anyio import Listener, Stream, StreamAttribute, connect, listen, pair
from interprocess.unnamed_pipe.anyio import Recver, Sender, pipe

Run = Callable[[Callable[[], Awaitable[None]]], None]

#: More than any system buffers for a reader.
MUCH = 4 * 1024 * 1024


@pytest.fixture(params=["asyncio", "uvloop", "trio"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a test on one backend of anyio."""
    if request.param != "asyncio":
        pytest.importorskip(request.param)
    backend = "trio" if request.param == "trio" else "asyncio"
    options = {"use_uvloop": True} if request.param == "uvloop" else {}
    return lambda main: anyio.run(main, backend=backend, backend_options=options)


async def settle() -> None:
    """Let the other tasks run until they wait, where they have little to do."""
    for _ in range(10):
        await checkpoint()


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


def test_listen_without_a_name(run: Run) -> None:
    async def main() -> None:
        async with listen() as listener, await connect(listener.name.as_text()) as client:
            async with await listener.accept() as stream:
                await client.send(b"hello")
                assert await stream.receive() == b"hello"

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
            await settle()
            with pytest.raises(anyio.BusyResourceError, match="receiving from"):
                await first.receive()
            await second.send(b"x")

    run(main)


def test_sending_is_for_one_task(run: Run) -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second, anyio.create_task_group() as group:
            group.start_soon(first.send, bytes(MUCH))
            await settle()
            # The end of the stream would cut the other task's data short.
            with pytest.raises(anyio.BusyResourceError, match="sending to"):
                await first.send_eof()
            with pytest.raises(anyio.BusyResourceError, match="sending to"):
                await first.send(b"x")
            received = 0
            while received < MUCH:
                received += len(await second.receive())

    run(main)


def test_accepting_is_for_one_task(run: Run, name: Name) -> None:
    async def main() -> None:
        async with listen(name) as listener, anyio.create_task_group() as group:
            group.start_soon(listener.accept)
            await settle()
            with pytest.raises(anyio.BusyResourceError, match="accepting from"):
                await listener.accept()
            group.cancel_scope.cancel()

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


def test_cancelled_at_any_moment_a_receive_loses_nothing(run: Run) -> None:
    async def main() -> None:
        first, second = pair()
        received = b""

        async def receive() -> None:
            nonlocal received
            received += await second.receive()

        async with first, second:
            for steps in range(8):
                async with anyio.create_task_group() as group:
                    group.start_soon(receive)
                    await settle()
                    await first.send(b"%d" % steps)
                    for _ in range(steps):
                        await checkpoint()
                    group.cancel_scope.cancel()
            if len(received) < 8:
                received += await second.receive()
        assert received == b"01234567"

    run(main)


def test_a_send_that_was_cut_short(run: Run) -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second:
            with anyio.move_on_after(0.05) as scope:
                await first.send(bytes(MUCH))
            assert scope.cancelled_caught
            with pytest.raises(anyio.BrokenResourceError) as caught:
                await first.send(b"x")
            cause: Any = caught.value.__cause__
            assert issubclass(type(cause), BrokenPipeError)
            assert 0 < cause.characters_written <= MUCH

    run(main)


def test_closing_ends_a_receive(run: Run) -> None:
    async def main() -> None:
        first, second = pair()

        async def receive() -> None:
            with pytest.raises(anyio.ClosedResourceError) as caught:
                await first.receive()
            assert isinstance(caught.value.__cause__, ValueError)

        async with second:
            async with anyio.create_task_group() as group:
                group.start_soon(receive)
                await settle()
                await first.aclose()
            for call in (first.receive, lambda: first.send(b"x"), first.send_eof):
                with pytest.raises(anyio.ClosedResourceError):
                    await call()
            await first.aclose()

    run(main)


def test_text(run: Run) -> None:
    async def main() -> None:
        first, second = pair()
        async with TextStream(first) as one, TextStream(second) as other:
            await one.send("grüße")
            assert await other.receive() == "grüße"
            await other.send("zurück")
            assert await one.receive() == "zurück"

    run(main)


@pytest.mark.skipif(
    not capabilities.available("peer_creds_pid"),
    reason="this system does not report the peer's process",
)
def test_attributes(run: Run, name: Name) -> None:
    async def main() -> None:
        async with listen(name) as listener, await connect(name) as client:
            async with await listener.accept() as stream:
                for each in (client, stream):
                    raw = each.extra(StreamAttribute.raw_stream)
                    assert each.extra(StreamAttribute.peer_creds) == raw.peer_creds()
                    assert each.extra(StreamAttribute.peer_creds).pid == os.getpid()
        sender, recver = pipe()
        async with sender, recver:
            assert sender.extra(StreamAttribute.raw_stream) is not None
            with pytest.raises(anyio.TypedAttributeLookupError):
                sender.extra(StreamAttribute.peer_creds)

    run(main)


@pytest.mark.parametrize(("runs", "made_for"), [("asyncio", "trio"), ("trio", "asyncio")])
def test_a_stream_of_the_other_runtime(runs: str, made_for: str) -> None:
    pytest.importorskip("trio")

    def pair_there() -> tuple[Any, Any]:
        if made_for == "trio":
            from interprocess.local_socket import trio as there
        else:
            from interprocess.local_socket import asyncio as there  # type: ignore[no-redef]
        return there.pair()

    async def main() -> None:
        first, second = map(Stream, pair_there())
        async with first, second:
            # Not that another task is at it, which would be looked for in vain.
            with pytest.raises((RuntimeError, UnsupportedError)):
                await first.receive()

    anyio.run(main, backend=runs)


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
            await settle()
            await listener.aclose()

    run(main)


def test_others_wait_until_all_tasks_are_blocked(run: Run) -> None:
    async def main() -> None:
        one, other = pair()
        sender, recver = pipe()
        async with one, other, sender, recver, anyio.create_task_group() as group:
            received: list[bytes] = []

            async def receive(end: Stream | Recver) -> None:
                received.append(await end.receive())

            group.start_soon(receive, one)
            group.start_soon(receive, recver)
            await anyio.wait_all_tasks_blocked()
            assert not received
            await other.send(b"to the stream")
            await sender.send(b"to the pipe")
        assert sorted(received) == [b"to the pipe", b"to the stream"]

    run(main)
