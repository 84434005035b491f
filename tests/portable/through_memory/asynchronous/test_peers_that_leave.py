"""A peer that receives the bytes and leaves before a task can wake it."""

from __future__ import annotations

from typing import Any

import pytest

from interprocess import wait
from interprocess.shared_memory import local_socket
from tests.portable.asynchronous.test_cancellation import error_of
from tests.portable.asynchronous.worlds import World
from tests.portable.through_memory.asynchronous.blocks import write


@pytest.mark.parametrize("count", [2, 3])
def test_a_peer_that_leaves_before_it_is_woken(
    world: World, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A send fails only if the peer has not received all bytes."""

    async def main() -> None:
        sync_first, second = local_socket.pair()
        first: Any = world.local.Stream.from_sync(sync_first)
        with second:
            async with first:
                if not first.through_memory:
                    pytest.skip("the bytes go over the socket here")
                real = first._wake

                def wake(*arguments: Any) -> bool:
                    monkeypatch.undo()
                    assert len(second.recv(count)) == count
                    second.close()
                    return bool(real(*arguments))

                monkeypatch.setattr(first, "_wake", wake)
                assert not wait([second], 0)  # For the sender, it sleeps.
                error = await error_of(write(first, b"abc"))
                assert (error is None) == (count == 3)

    world.run(main)
