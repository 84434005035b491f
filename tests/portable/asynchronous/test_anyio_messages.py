"""Streams of messages for anyio."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("anyio", reason="anyio is not installed")

import anyio

from interprocess.errors import IncompleteReadError, UnsupportedError
from interprocess.local_socket import pair as pair_sync
from interprocess.local_socket.anyio import StreamAttribute, pair
from interprocess.messages import Delimiter, LengthPrefix, MessageTooLongError
from interprocess.messages.anyio import MessageStream
from interprocess.unnamed_pipe.anyio import pipe
from tests.portable.asynchronous.test_anyio import MUCH, Run, run, settle

__all__ = ["run"]


def streams(framing: Any = LengthPrefix()) -> tuple[MessageStream, MessageStream]:  # noqa: B008  # a value
    first, second = pair()
    return MessageStream(first, framing), MessageStream(second, framing)


def test_messages(run: Run) -> None:
    async def main() -> None:
        first, second = streams()
        async with first, second:
            assert isinstance(first, anyio.abc.ObjectStream)
            await first.send(b"one")
            await first.send_many([b"two", b"", b"three"])
            received = [await second.receive()]
            assert second.pending
            await first.send_eof()
            received += [message async for message in second]
            assert received == [b"one", b"two", b"", b"three"]
            assert not second.pending
            for _ in range(2):
                with pytest.raises(anyio.EndOfStream):
                    await second.receive()
            await second.send(b"back")
            assert await first.receive() == b"back"

    try:
        run(main)
    except UnsupportedError:
        pytest.skip("pipes of Windows have no half-close")


def test_the_ends_of_a_pipe(run: Run) -> None:
    async def main() -> None:
        sender, recver = pipe()
        sending = MessageStream(sender, Delimiter(b"\n"))
        receiving = MessageStream(recver, Delimiter(b"\n"))
        async with receiving:
            async with sending:
                await sending.send(b"one")
                assert await receiving.receive() == b"one"
                with pytest.raises(UnsupportedError):
                    await sending.receive()
                with pytest.raises(UnsupportedError):
                    await receiving.send(b"x")
                with pytest.raises(UnsupportedError):
                    await receiving.send_eof()
            with pytest.raises(anyio.EndOfStream):
                await receiving.receive()

    run(main)


def test_sending_and_receiving_meet(run: Run) -> None:
    async def main() -> None:
        first, second = streams()
        async with first, second, anyio.create_task_group() as group:
            group.start_soon(first.send, bytes(MUCH))
            assert await second.receive() == bytes(MUCH)

    run(main)


def test_a_cancelled_receive_loses_nothing(run: Run) -> None:
    async def main() -> None:
        first, second = streams(Delimiter(b"\n"))
        async with first, second:
            await first.stream.send(b"begun ")
            with anyio.move_on_after(0.02):
                await second.receive()
            await first.stream.send(b"and ended\n")
            assert await second.receive() == b"begun and ended"

    run(main)


def test_errors(run: Run) -> None:
    async def main() -> None:
        first, second = streams(LengthPrefix(max_size=10))
        async with first, second:
            async with anyio.create_task_group() as group:
                group.start_soon(second.receive)
                await settle()
                with pytest.raises(anyio.BusyResourceError):
                    await second.receive()
                group.cancel_scope.cancel()
            await first.stream.send(b"\0\0\0\xff")
            with pytest.raises(MessageTooLongError):
                await second.receive()
        for call in (first.receive(), first.send(b"x"), first.send_many([b"x"]), first.flush()):
            with pytest.raises(anyio.ClosedResourceError):
                await call
        first, second = streams()
        async with second:
            async with first:
                await first.stream.send(b"\0\0\0\5abc")
            with pytest.raises(IncompleteReadError):
                await second.receive()
            with pytest.raises(anyio.BrokenResourceError):
                await second.send_many([bytes(65536)] * 100)

    run(main)


def test_authentication(run: Run) -> None:
    async def main() -> None:
        first, second = streams()
        async with first, second, anyio.create_task_group() as group:
            group.start_soon(first.deliver_challenge, b"key")
            await second.answer_challenge(b"key")

    run(main)


def test_what_is_no_stream_of_anyios(run: Run) -> None:
    async def main() -> None:
        one, other = pair_sync()
        first, second = pair()
        async with first, second:
            with one, other:
                for thing in (one, 3, first.extra(StreamAttribute.raw_stream)):
                    with pytest.raises(TypeError, match="stream must be"):
                        MessageStream(thing, LengthPrefix())
            with pytest.raises(TypeError, match="framing must be"):
                MessageStream(first, 3)  # type: ignore[arg-type]
            messages = MessageStream(first, LengthPrefix())
            assert messages.framing == LengthPrefix()
            assert messages.extra(StreamAttribute.raw_stream) is first.extra(
                StreamAttribute.raw_stream
            )
            assert repr(messages).startswith("<MessageStream LengthPrefix(")

    run(main)
