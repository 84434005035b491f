"""Asynchronous streams of messages: whole and once, wherever a call is cancelled."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess.errors import IncompleteReadError, UnsupportedError
from interprocess.messages import (
    AuthenticationError,
    Delimiter,
    Framing,
    LengthPrefix,
    MessageTooLongError,
    MultiprocessingFraming,
)
from tests.portable.asynchronous.worlds import World

FRAMINGS = [
    LengthPrefix(2),
    LengthPrefix(8, "little"),
    Delimiter(b"\r\n"),
    MultiprocessingFraming(),
]
MESSAGES = [b"", b"one", b"", b"two" * 50, b"\r"]
#: More than any system buffers for a reader.
MUCH = 4 * 1024 * 1024


def streams(world: World, framing: Framing) -> tuple[Any, Any]:
    first, second = world.local.pair()
    module = importlib.import_module(f"interprocess.messages.{world.modules}")
    return module.MessageStream(first, framing), module.MessageStream(second, framing)


async def steps(world: World, count: int) -> None:
    for _ in range(count):
        await world.step()


async def received(stream: Any, into: list[bytes | None]) -> None:
    """Receive, and note the message at the very end of the call."""
    into.append(await stream.recv())


async def all_of(stream: Any) -> list[bytes]:
    return [message async for message in stream]


@pytest.mark.parametrize("framing", FRAMINGS, ids=repr)
def test_messages_arrive_as_they_were_sent(world: World, framing: Framing) -> None:
    async def main() -> None:
        sender, receiver = streams(world, framing)
        async with receiver:
            async with sender:
                for message in MESSAGES:
                    await sender.send(message)
                await sender.send_many(MESSAGES)
            assert await all_of(receiver) == MESSAGES * 2
            assert await receiver.recv() is None

    world.run(main)


def test_long_messages(world: World) -> None:
    messages = [b"x" * 100_000, b"", b"y" * MUCH, b"z", b"w" * 33_000]

    async def main() -> None:
        sender, receiver = streams(world, LengthPrefix())
        async with sender, receiver:
            sending = world.start(sender.send_many, messages)
            for message in messages:
                assert await receiver.recv() == message
            await sending.result()

    world.run(main)


@given(
    pieces=st.lists(st.integers(1, 60), max_size=30),
    moments=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30),
    framing=st.sampled_from(FRAMINGS),
)
def test_receives_that_are_cancelled_lose_nothing(
    world: World, pieces: list[int], moments: list[tuple[int, int]], framing: Framing
) -> None:
    data = b"".join(map(framing.encode, MESSAGES))
    got: list[bytes | None] = []

    async def main() -> None:
        rest = data
        sender, receiver = streams(world, framing)
        async with receiver:
            async with sender:
                for size, (before, after) in zip(pieces, moments):
                    receiving = world.start(received, receiver, got)
                    await steps(world, before)
                    await sender.stream.send_all(rest[:size])
                    rest = rest[size:]
                    await steps(world, after)
                    await receiving.cancel()
                await sender.stream.send_all(rest)
            got.extend(await all_of(receiver))

    world.run(main)
    if None in got:  # Received by a call that was not cancelled, at the end.
        got.remove(None)
    assert got == MESSAGES


@given(size=st.integers(0, MUCH), before=st.integers(0, 4), many=st.booleans())
def test_a_cancelled_send_is_whole_or_the_last(
    world: World, size: int, before: int, many: bool
) -> None:
    async def main() -> None:
        sender, receiver = streams(world, LengthPrefix())
        async with receiver:
            async with sender:
                message = bytes(size)
                if many:
                    sending = world.start(sender.send_many, [message])
                else:
                    sending = world.start(sender.send, message)
                await steps(world, before)
                await sending.cancel()
                receiving = world.start(all_that_come, receiver)
                try:
                    await sender.send(b"next")
                except BrokenPipeError:
                    refused = True
                else:
                    refused = False
            got, cut_short = await receiving.result()
        if refused:
            assert got in ([], [message])
        else:
            assert not cut_short
            assert got in ([b"next"], [message, b"next"])

    world.run(main)


async def all_that_come(stream: Any) -> tuple[list[bytes], bool]:
    """Receive until the end; return whether that was within a message, too."""
    got = []
    try:
        async for message in stream:
            got.append(message)
    except IncompleteReadError:
        return got, True
    return got, False


def test_limits_and_the_end(world: World) -> None:
    async def main() -> None:
        sender, receiver = streams(world, LengthPrefix(8, max_size=10))
        async with receiver:
            async with sender:
                await sender.send_many([b"fine", b"x" * 11])
            assert await receiver.recv() == b"fine"
            for _ in range(2):
                with pytest.raises(MessageTooLongError, match="11 bytes"):
                    await receiver.recv()
        sender, receiver = streams(world, LengthPrefix())
        async with receiver:
            async with sender:
                await sender.stream.send_all(b"\0\0\0\5two")
            with pytest.raises(IncompleteReadError, match="7 of 9") as raised:
                await receiver.recv()
            assert raised.value.partial == b"\0\0\0\5two"

    world.run(main)


def test_an_error_of_the_iterable_keeps_what_it_gave(world: World) -> None:
    def messages() -> Any:
        yield b"one"
        raise LookupError

    async def main() -> None:
        sender, receiver = streams(world, LengthPrefix())
        async with sender, receiver:
            with pytest.raises(LookupError) as raised:
                await sender.send_many(messages())
            assert raised.value.messages_taken == 1  # type: ignore[attr-defined]
            await sender.send(b"two")
            assert [await receiver.recv(), await receiver.recv()] == [b"one", b"two"]

    world.run(main)


@pytest.mark.parametrize("verb", ["send", "send_many"])
def test_a_stream_that_a_cancelled_send_has_closed_takes_nothing(world: World, verb: str) -> None:
    async def main() -> None:
        sender, receiver = streams(world, LengthPrefix())
        async with sender, receiver:
            sending = world.start(sender.send, bytes(10_000_000))
            await world.settle()
            await sending.cancel()
            with pytest.raises(BrokenPipeError) as raised:
                await (sender.send(b"one") if verb == "send" else sender.send_many([b"a", b"b"]))
            assert raised.value.messages_taken == 0  # type: ignore[attr-defined]

    world.run(main)


def test_authentication(world: World) -> None:
    async def main() -> None:
        listener, client = streams(world, MultiprocessingFraming())
        async with listener, client:

            async def answer(authkey: bytes) -> None:
                await client.answer_challenge(authkey)
                await client.deliver_challenge(authkey)

            answering = world.start(answer, b"key")
            await listener.deliver_challenge(b"key")
            await listener.answer_challenge(b"key")
            await answering.result()
            await client.send(b"x" * 1000)
            assert await listener.recv() == b"x" * 1000
            answering = world.start(answer, b"wrong")
            with pytest.raises(AuthenticationError, match="does not have the key"):
                await listener.deliver_challenge(b"key")
            with pytest.raises(AuthenticationError, match="another key"):
                await answering.result()

    world.run(main)


def test_ends_that_have_one_direction(world: World) -> None:
    async def main() -> None:
        module = importlib.import_module(f"interprocess.messages.{world.modules}")
        sender, recver = (module.MessageStream(end, LengthPrefix()) for end in world.pipes.pipe())
        async with sender, recver:
            await sender.send(b"x")
            assert await recver.recv() == b"x"
            with pytest.raises(UnsupportedError, match="only sends"):
                await sender.recv()
            for call in (recver.send(b"x"), recver.send_many([b"x"]), recver.flush()):
                with pytest.raises(UnsupportedError, match="only receives"):
                    await call
        for wrong in (3, None):
            with pytest.raises(TypeError, match="stream"):
                module.MessageStream(wrong, LengthPrefix())

    world.run(main)


def test_closing(world: World) -> None:
    async def main() -> None:
        sender, receiver = streams(world, LengthPrefix())
        async with sender, receiver:
            receiving = world.start(receiver.recv)
            await world.settle()
            receiver.close()
            with pytest.raises(ValueError, match="closed"):
                await receiving.result()
            assert receiver.closed
            assert receiver.stream.closed
            with pytest.raises(ValueError, match="closed"):
                await receiver.recv()
            with pytest.raises(ValueError, match="closed"):
                await receiver.send(b"x")
            await receiver.aclose()

    world.run(main)


def test_two_tasks_that_send_at_once(world: World) -> None:
    async def main() -> None:
        sender, receiver = streams(world, LengthPrefix())
        async with sender, receiver:
            sending = world.start(sender.send, bytes(MUCH))
            await world.settle()
            with pytest.raises(world.busy_error):
                await sender.send(b"in the way")
            assert await receiver.recv() == bytes(MUCH)
            await sending.result()

    world.run(main)
