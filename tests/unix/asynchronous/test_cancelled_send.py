"""After a send that was cut short, the peer sees the end and can still send."""

from __future__ import annotations

from tests.portable.asynchronous.worlds import World

#: More than any system buffers for a reader.
MUCH = 16 * 1024 * 1024


def test_the_peer_sees_the_end(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            sending = world.start(first.send_all, bytes(MUCH))
            await world.settle()
            await sending.cancel()
            received = 0
            while part := await second.recv(MUCH):
                received += len(part)
            assert 0 < received < MUCH
            await second.send_all(b"still open")
            assert await first.recv(100) == b"still open"

    world.run(main)
