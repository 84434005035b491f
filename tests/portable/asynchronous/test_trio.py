"""Run trio's own checks of streams and listeners on ours."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

pytest.importorskip("trio", reason="trio is not installed")

import trio
import trio.testing

from interprocess.local_socket import Name
from interprocess.local_socket.trio import RecvHalf, SendHalf, Stream, connect, listen, pair
from interprocess.unnamed_pipe.trio import Recver, Sender, pipe

#: Raised by connecting to a name without a listener: there is no file, or no socket.
UNREACHABLE = (FileNotFoundError, ConnectionRefusedError)

#: Whether streams can be closed in one direction. Named pipes cannot.
HALF_CLOSE = issubclass(Stream, trio.abc.HalfCloseableStream)


async def clog(stream: Any) -> None:
    """Send until there is no room."""
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:

            async def fill() -> None:
                while True:
                    await stream.send(bytes(65536))

            nursery.start_soon(fill)
            await trio.testing.wait_all_tasks_blocked()
            scope.cancel()


async def new_pair() -> tuple[Stream, Stream]:
    return pair()


async def clogged_pair() -> tuple[Stream, Stream]:
    first, second = pair()
    await clog(first)
    await clog(second)
    return first, second


async def new_pipe() -> tuple[Sender, Recver]:
    return pipe()


async def clogged_pipe() -> tuple[Sender, Recver]:
    sender, recver = pipe()
    await clog(sender)
    return sender, recver


async def new_halves() -> tuple[SendHalf, RecvHalf]:
    first, second = pair()
    unused_recv, send_half = first.split()
    recv_half, unused_send = second.split()
    unused_recv.close()
    unused_send.close()
    return send_half, recv_half


#: Windows does not tell whether there is room, so nothing waits; trio's own pipes do the same.
ROOM_IS_TOLD = sys.platform != "win32"


def test_streams() -> None:
    # Typed for `HalfCloseableStream` alone, and for both.
    check: Any = trio.testing.check_two_way_stream
    if HALF_CLOSE:
        check = trio.testing.check_half_closeable_stream
    trio.run(check, new_pair, clogged_pair if ROOM_IS_TOLD else None)


def test_pipes() -> None:
    clogged = clogged_pipe if ROOM_IS_TOLD else None
    trio.run(trio.testing.check_one_way_stream, new_pipe, clogged)


def test_halves() -> None:
    trio.run(trio.testing.check_one_way_stream, new_halves, None)


def test_serve_listeners(name: Name) -> None:
    async def shout(stream: Stream) -> None:
        async with stream:
            async for data in stream:
                await stream.send_all(data.upper())

    async def main() -> None:
        async with listen(name) as listener:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.serve_listeners, shout, [listener])
                async with await connect(name) as client:
                    await client.send_all(b"hello")
                    assert await client.receive_some() == b"HELLO"
                    if isinstance(client, trio.abc.HalfCloseableStream):
                        await client.send_eof()
                        assert await client.receive_some() == b""
                nursery.cancel_scope.cancel()

    trio.run(main)


def test_stapled_and_typed() -> None:
    assert issubclass(Stream, trio.abc.Stream)
    assert (sys.platform != "win32") == HALF_CLOSE
    assert issubclass(RecvHalf, trio.abc.ReceiveStream)
    assert issubclass(SendHalf, trio.abc.SendStream)


def test_timeouts_are_those_of_trio() -> None:
    async def main() -> None:
        first, second = pair()
        async with first, second:
            with pytest.raises(trio.TooSlowError):
                with trio.fail_after(0.01):
                    await first.recv(1)
            await second.send_all(b"x")
            assert await first.recv(1) == b"x"

    trio.run(main)


def test_every_call_is_a_checkpoint(name: Name) -> None:
    async def main() -> None:
        first, second = pair()
        works: list[Any] = [
            lambda: first.send(b"123"),
            lambda: first.send_all(b"4"),
            lambda: first.send_vectored([b"5", b"6"]),
            lambda: second.recv(1),
            lambda: second.recv_into(bytearray(1)),
            lambda: second.recv_vectored([bytearray(4)]),
            second.aclose,
        ]
        for call in works:
            with trio.testing.assert_checkpoints():
                await call()
        broken: list[Any] = [
            lambda: first.send(b"x"),
            lambda: first.send_all(b"x"),
            lambda: first.send_vectored([b"x"]),
        ]
        for call in broken:
            with trio.testing.assert_checkpoints(), pytest.raises(trio.BrokenResourceError):
                await call()
        first.close()
        for call in (*broken, lambda: first.recv(1), lambda: first.recv_into(bytearray(1))):
            with trio.testing.assert_checkpoints(), pytest.raises(trio.ClosedResourceError):
                await call()
        with trio.testing.assert_checkpoints(), pytest.raises(UNREACHABLE):
            await connect(name)

    trio.run(main)


@pytest.mark.parametrize("module", ["local_socket", "unnamed_pipe"])
def test_without_trio(module: str) -> None:
    code = f"""
import sys
import interprocess.{module}
assert not {{"asyncio", "trio"}} & set(sys.modules)
sys.modules["trio"] = None
try:
    import interprocess.{module}.trio
except ImportError as error:
    assert 'pip install "pyinterprocess[trio]"' in str(error), error
else:
    raise AssertionError
import interprocess.{module}.asyncio
"""
    subprocess.run([sys.executable, "-c", code], check=True)
