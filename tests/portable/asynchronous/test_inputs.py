"""Invalid sizes and data are refused before a call waits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portable.asynchronous.worlds import World

READ_ONLY = (TypeError, BufferError)
REFUSED: list[tuple[str, Any, Any]] = [
    ("recv", -1, ValueError),
    ("recv", b"ab", TypeError),
    ("recv", "1", TypeError),
    ("recv", 1.5, TypeError),
    ("recv", None, TypeError),
    ("recv_exactly", -1, ValueError),
    ("recv_exactly", b"ab", TypeError),
    ("recv_into", b"read-only", READ_ONLY),
    ("recv_into", "text", TypeError),
    ("recv_into", 5, TypeError),
    ("recv_vectored", [b"read-only"], READ_ONLY),
    ("recv_vectored", ["text"], TypeError),
    ("send", "text", TypeError),
    ("send", 5, TypeError),
    ("send_all", "text", TypeError),
    ("send_all", None, TypeError),
    ("send_vectored", ["text"], TypeError),
]


@pytest.mark.parametrize(("verb", "argument", "error"), REFUSED)
@pytest.mark.parametrize("kind", ["stream", "half", "pipe"])
def test_refused(world: World, kind: str, verb: str, argument: Any, error: Any) -> None:
    async def main() -> None:
        ends = list(world.pipes.pipe() if kind == "pipe" else world.local.pair())
        if kind == "half":
            ends = [*ends.pop().split(), *ends]
        for end in ends:
            if hasattr(end, verb):
                with pytest.raises(error) as caught:
                    await getattr(end, verb)(argument)
                assert str(caught.value)
                if verb == "recv":
                    assert "size" in str(caught.value)
                if verb == "send_all":
                    assert vars(caught.value)["characters_written"] == 0
        for end in ends:
            end.close()

    world.run(main)


class Three:
    def __index__(self) -> int:
        return 3


def test_sizes_that_are_numbers(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with first, second:
            await first.send_all(b"abcdefghij")
            assert await second.recv(Three()) == b"abc"
            assert await second.recv_exactly(Three()) == b"def"
            assert await second.recv(True) == b"g"
            assert await second.recv(1 << 62) == b"hij"
            await first.send_all(b"x" * 10)
            first.close()
            with pytest.raises(EOFError):
                await second.recv_exactly(1 << 62)

    world.run(main)


def test_no_room(any_world: World) -> None:
    """There is nothing to wait for, and nothing is lost."""

    async def main() -> None:
        first, second = any_world.local.pair()
        async with first, second:
            for _ in range(2):
                assert await second.recv(0) == b""
                assert await second.recv_exactly(0) == b""
                assert await second.recv_into(bytearray()) == 0
                assert await second.recv_vectored([]) == 0
                assert await second.recv_vectored([bytearray(), bytearray()]) == 0
                await first.send_all(b"abc")
            assert await second.recv_exactly(6) == b"abcabc"

    any_world.run(main)
