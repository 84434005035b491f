"""A peer that leaves without receiving what was sent to it."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.portable.asynchronous.worlds import World

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux reports that sent data is lost"
)


def check_is_told(world: World, error: BaseException) -> None:
    """Check that the error is the one that the runtime's users expect."""
    if world.modules == "trio":
        import trio

        assert isinstance(error, trio.BrokenResourceError)


@pytest.mark.parametrize("waiting", [False, True])
def test_reset(world: World, waiting: bool) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            await first.send_all(b"never read")
            receiving = world.start(first.recv, 1)
            if waiting:
                await world.settle()
            second.close()
            with pytest.raises(ConnectionResetError) as caught:
                await receiving.result()
            check_is_told(world, caught.value)
            assert await first.recv(1) == b""
            sends: list[Any] = [first.send, first.send_all]
            for send in sends:
                with pytest.raises(BrokenPipeError) as broken:
                    await send(b"x")
                check_is_told(world, broken.value)

    world.run(main)


@pytest.mark.parametrize("verb", ["recv", "recv_exactly", "recv_into", "recv_vectored"])
@pytest.mark.parametrize("sending", ["before", "waiting", "not at all"])
def test_what_the_peer_said_before(world: World, verb: str, sending: str) -> None:
    """It comes before the reset, also when a send has failed."""
    buffer = bytearray(5)
    argument: Any = {"recv_into": buffer, "recv_vectored": [buffer]}.get(verb, 5)

    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            await first.send_all(b"never read")
            if sending == "waiting":
                filling = world.start(first.send_all, bytes(1 << 24))
                await world.settle()
            await second.send_all(b"reply")
            second.close()
            if sending == "waiting":
                with pytest.raises((BrokenPipeError, ConnectionResetError)):
                    await filling.result()
            if sending == "before":
                with pytest.raises(BrokenPipeError):
                    await first.send_all(b"x")
            received: Any = await getattr(first, verb)(argument)
            assert (bytes(buffer) if received == len(buffer) else received) == b"reply"
            try:
                assert await first.recv(1) == b""
            except ConnectionResetError:
                assert await first.recv(1) == b""

    world.run(main)


def test_a_pending_error_is_taken_once(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first:
            await first.send_all(b"never read")
            second.close()
            assert isinstance(first.take_error(), ConnectionResetError)
            assert first.take_error() is None
            assert await first.recv(1) == b""

    world.run(main)
