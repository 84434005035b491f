"""O_NONBLOCK belongs to the open file: a process that clears it must not block an event loop."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from interprocess.local_socket import Name
from tests.portable.asynchronous.worlds import World

#: When a loop that is blocked is rescued, in seconds.
PATIENCE = 5.0


@contextmanager
def rescued_by(rescue: Callable[[], object]) -> Iterator[None]:
    """Check that the loop is not blocked. A timer ends the block if it is."""
    rescued = threading.Event()

    def end() -> None:
        rescued.set()
        rescue()

    timer = threading.Timer(PATIENCE, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
    assert not rescued.is_set(), "the loop was blocked"


def blocking_clone(stream: Any) -> Any:
    """Return a synchronous clone, in whose mode the open file is."""
    clone = stream.try_clone().to_sync()
    clone.set_nonblocking(False)
    return clone


RECEIVING: dict[str, Callable[[Any], Any]] = {
    "recv": lambda stream: stream.recv(1),
    "recv_exactly": lambda stream: stream.recv_exactly(1),
    "recv_into": lambda stream: stream.recv_into(bytearray(1)),
    "recv_vectored": lambda stream: stream.recv_vectored([bytearray(1)]),
}
MUCH = bytes(16 * 1024 * 1024)
SENDING: dict[str, Callable[[Any], Any]] = {
    "send_all": lambda stream: stream.send_all(MUCH),
    "send": lambda stream: stream.send(MUCH),
    "send_vectored": lambda stream: stream.send_vectored([MUCH, MUCH]),
}


@pytest.mark.parametrize("verb", RECEIVING)
@pytest.mark.parametrize("kind", ["stream", "half"])
def test_receiving(world: World, kind: str, verb: str) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        clone = blocking_clone(first)
        end, *rest = first.split() if kind == "half" else (first,)
        clone.set_nonblocking(False)
        assert os.get_blocking(clone.fileno())
        with rescued_by(lambda: os.write(second.fileno(), b"x")):
            receiving = world.start(RECEIVING[verb], end)
            await world.settle()
            assert await receiving.cancel() is None
        for each in (clone, end, second, *rest):
            each.close()

    world.run(main)


@pytest.mark.parametrize("verb", SENDING)
def test_sending(world: World, verb: str) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        clone = blocking_clone(first)
        with clone, rescued_by(lambda: os.close(second.detach())):
            sending = [world.start(SENDING[verb], first)]
            await world.settle()
            await sending[0].cancel()
            sending.append(world.start(SENDING[verb], first))
            await world.settle()
            try:
                await sending[1].cancel()
            except BrokenPipeError:
                pass  # The next call learns that one was cut short.
        first.close()
        second.close()

    world.run(main)


@pytest.mark.parametrize("verb", RECEIVING)
def test_receiving_from_a_pipe(world: World, verb: str) -> None:
    async def main() -> None:
        sender, recver = world.pipes.pipe()
        with blocking_clone(recver), rescued_by(lambda: os.write(sender.fileno(), b"x")):
            receiving = world.start(RECEIVING[verb], recver)
            await world.settle()
            assert await receiving.cancel() is None
        sender.close()
        recver.close()

    world.run(main)


@pytest.mark.parametrize("verb", SENDING)
def test_sending_to_a_pipe(world: World, verb: str) -> None:
    async def main() -> None:
        sender, recver = world.pipes.pipe()
        with blocking_clone(sender), rescued_by(lambda: os.close(recver.detach())):
            sending = world.start(SENDING[verb], sender)
            await world.settle()
            await sending.cancel()
        sender.close()
        recver.close()

    world.run(main)


def test_accepting(world: World, name: Name) -> None:
    """Another process has the listener too, and takes the client that both were told of."""

    async def main() -> None:
        async with world.local.listen(name) as listener:
            shared = world.local.Listener(os.dup(listener.fileno()))
            os.set_blocking(listener.fileno(), True)
            with rescued_by(lambda: socket.socket(socket.AF_UNIX).connect(name.address)):
                accepting = world.start(shared.accept)
                await world.settle()
                assert await accepting.cancel() is None
            shared.close()

    world.run(main)
