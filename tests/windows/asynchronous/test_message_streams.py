"""Asynchronous streams of messages over pipes in message mode."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest

from interprocess.messages import AuthenticationError, MessageTooLongError
from tests.portable.asynchronous.worlds import World
from tests.windows.asynchronous.pipes import with_pair
from tests.windows.pipes import BYTES

assert sys.platform == "win32"


def over(world: World, stream: Any, **options: Any) -> Any:
    module = importlib.import_module(f"interprocess.messages.{world.modules}")
    return module.PipeMessageStream(stream, **options)


def test_messages_arrive_as_they_were_sent(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        sender, receiver = over(world, client), over(world, server, max_size=10)
        await sender.send(b"")
        await sender.send_many([b"x" * 10, b"y" * 11, b"z"])
        await sender.flush()
        assert await receiver.recv() == b""
        assert await receiver.recv() == b"x" * 10
        with pytest.raises(MessageTooLongError, match="11 bytes"):
            await receiver.recv()
        assert await receiver.recv() == b"z"
        await sender.aclose()
        assert sender.closed
        assert [message async for message in receiver] == []

    with_pair(world, test)


def test_a_cancelled_receive_loses_nothing(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        sender, receiver = over(world, client), over(world, server)
        for count in range(6):
            receiving = world.start(receiver.recv)
            for _ in range(count):
                await world.step()
            await sender.send(b"message")
            got = await receiving.cancel()
            assert (got or await receiver.recv()) == b"message"

    with_pair(world, test)


def test_authentication(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        one, other = over(world, client), over(world, server)
        answering = world.start(one.answer_challenge, b"key")
        await other.deliver_challenge(b"key")
        await answering.result()
        answering = world.start(one.answer_challenge, b"wrong")
        with pytest.raises(AuthenticationError, match="does not have the key"):
            await other.deliver_challenge(b"key")
        with pytest.raises(AuthenticationError, match="another key"):
            await answering.result()

    with_pair(world, test)


def test_what_has_no_messages(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        for stream in (client, server):
            with pytest.raises(ValueError, match="message mode"):
                over(world, stream)

    with_pair(world, test, mode=BYTES)
