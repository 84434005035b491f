"""Cancelling at points that Hypothesis chooses: every byte is accounted for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.portable.asynchronous.worlds import World

#: More than any system buffers for a reader.
MUCH = 4 * 1024 * 1024

VERBS = ["recv", "recv_into", "recv_vectored", "recv_exactly"]


async def received(stream: Any, verb: str, size: int, into: list[bytes]) -> None:
    """Receive with one of the verbs, and note what came at the very end of the call."""
    if verb == "recv_into":
        buffer = bytearray(size)
        into.append(bytes(buffer[: await stream.recv_into(buffer)]))
    elif verb == "recv_vectored":
        buffers = [bytearray(size // 2), bytearray(size - size // 2)]
        count = await stream.recv_vectored(buffers)
        into.append(b"".join(map(bytes, buffers))[:count])
    else:
        into.append(await getattr(stream, verb)(size))


actions = st.lists(
    st.tuples(
        st.sampled_from(VERBS),
        st.integers(1, 30),  # how much the call wants
        st.integers(0, 4),  # steps before something is sent
        st.binary(max_size=20),  # what is sent
        st.integers(0, 4),  # steps before cancelling
    ),
    max_size=8,
)


@given(actions=actions)
def test_a_cancelled_receive_loses_nothing(
    world: World, actions: list[tuple[str, int, int, bytes, int]]
) -> None:
    sent: list[bytes] = []
    got: list[bytes] = []

    async def main() -> None:
        first, second = world.local.pair()
        async with second:
            async with first:
                for verb, size, before, data, after in actions:
                    receiving = world.start(received, second, verb, size, got)
                    await steps(world, before)
                    await first.send_all(data)
                    sent.append(data)
                    await steps(world, after)
                    await receiving.cancel()
            while rest := await second.recv(100):
                got.append(rest)

    world.run(main)
    assert b"".join(got) == b"".join(sent)


@given(size=st.integers(0, MUCH), before=st.integers(0, 6), room=st.integers(0, MUCH))
def test_a_cancelled_send_says_how_much_went(
    world: World, size: int, before: int, room: int
) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            sending = world.start(first.send_all, bytes(size))
            await steps(world, before)
            early = await second.recv_exactly(min(room, size))
            await sending.cancel()
            receiving = world.start(everything, second)
            error = await error_of(first.send_all(b"x"))
            first.close()
            total = len(early) + len(await receiving.result())
            if error is None:
                assert total in (1, size + 1)
            else:
                assert 0 < error.characters_written == total <= size
                assert f"{total} of {size}" in str(error)

    world.run(main)


async def error_of(call: Any) -> Any:
    try:
        await call
    except BrokenPipeError as error:
        return error
    return None


async def steps(world: World, count: int) -> None:
    for _ in range(count):
        await world.step()


async def everything(stream: Any) -> bytes:
    """Receive until the end."""
    parts = []
    while part := await stream.recv(1 << 20):
        parts.append(part)
    return b"".join(parts)


def test_a_send_that_sent_nothing_leaves_the_stream_usable(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            filling = world.start(fill, first)
            await world.settle()
            await filling.cancel()
            sending = world.start(first.send_all, b"never")
            await world.settle()
            await sending.cancel()
            receiving = world.start(everything, second)
            await first.send_all(b"the end")
            first.close()
            assert (await receiving.result()).strip(b"\0") == b"the end"

    world.run(main)


async def fill(stream: Any) -> None:
    """Send until cancelled, in calls that send what there is room for."""
    while True:
        await stream.send(bytes(1 << 16))


def test_what_is_kept_hinders_giving_up_the_descriptor(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            receiving = world.start(second.recv_exactly, 10)
            await world.settle()
            await first.send_all(b"abc")
            await world.settle()
            await receiving.cancel()
            for call in (second.detach, second.to_sync):
                with pytest.raises(ValueError, match="3 bytes"):
                    call()
            recv_half, send_half = second.split()
            again = type(first).reunite(recv_half, send_half)
            assert await again.recv_exactly(3) == b"abc"
            again.close()

    world.run(main)
