"""Asynchronous receives of messages whose senders give up in the midst of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from interprocess.os.windows._calls import pipes
from interprocess.os.windows.named_pipe import MessageTooLongError
from tests.portable.asynchronous.worlds import World
from tests.support import Running
from tests.windows.asynchronous.pipes import with_pair

assert sys.platform == "win32"

#: A message that no buffer takes.
LONG = 300_000


def at_the_next_look(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Run an action before the next query for the rest of a message."""
    look = pipes.peek_named_pipe

    def looked(handle: int) -> tuple[int, int]:
        monkeypatch.setattr(pipes, "peek_named_pipe", look)
        happens()
        return look(handle)

    monkeypatch.setattr(pipes, "peek_named_pipe", looked)


def begin_to_send(stream: Any) -> Running[int]:
    """Make a thread send a message that is longer than the buffer, and give up after a while."""
    stream.set_send_timeout(0.3)
    return Running(lambda: stream.send(b"x" * LONG))


def has_arrived(stream: Any) -> None:
    """Return when the thread that sends has begun, which the event loop must not notice."""
    stream.peer_process_id()
    time.sleep(0.1)


def test_what_is_left_of_a_message_is_an_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(client: Any, server: Any) -> None:
        with client.to_sync() as sync:
            receiving = world.start(server.recv_msg)
            await world.settle()
            senders: list[Running[int]] = []

            def give_up() -> None:
                with pytest.raises(TimeoutError):
                    senders[0].result()

            at_the_next_look(monkeypatch, give_up)
            senders.append(begin_to_send(sync))
            with pytest.raises(OSError, match="gave up"):
                await receiving.result()
            sync.set_send_timeout(None)
            sync.send(b"next")
            assert await server.recv_msg() == b"next"

    with_pair(world, test)


def test_a_cancelled_receive_keeps_all_of_a_message(world: World) -> None:
    """Its sender would take the rest back before the next call came."""

    async def test(client: Any, server: Any) -> None:
        with client.to_sync() as sync:
            receiving = world.start(server.recv_msg)
            await world.settle()
            sending = begin_to_send(sync)
            has_arrived(sync)  # The receive has ended, and the event loop does not know it yet.
            message = await receiving.cancel()
            assert sending.result() == LONG
            assert (message or await server.recv_msg()) == b"x" * LONG

    with_pair(world, test)


def test_a_cancelled_receive_keeps_its_error(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        receiving = world.start(lambda: server.recv_msg(quota=10))
        await world.settle()
        with client.to_sync() as sync:
            sync.send(b"x" * 1000)
            try:
                assert await receiving.cancel() is None
                with pytest.raises(ValueError, match="message is left"):
                    server.to_sync()
                with pytest.raises(MessageTooLongError):
                    await server.recv_msg()
            except MessageTooLongError:
                pass  # trio does not cancel what has ended.
            sync.send(b"next")
            assert await server.recv_msg() == b"next"

    with_pair(world, test)
