"""What asynchronous streams of messages say of themselves, and what they are not made of."""

from __future__ import annotations

import asyncio

import pytest

from interprocess.errors import UnsupportedError
from interprocess.local_socket import asyncio as sockets
from interprocess.local_socket import pair
from interprocess.messages import Delimiter
from interprocess.messages.asyncio import MessageStream


def test_a_stream_names_its_framing_and_what_it_is_over() -> None:
    async def main() -> None:
        first, second = sockets.pair()
        async with MessageStream(first, Delimiter(b";")) as messages, second:
            assert repr(messages) == f"<MessageStream {messages.framing!r} over {first!r}>"

    asyncio.run(main())


def test_anyios_is_made_over_its_byte_stream_alone() -> None:
    pytest.importorskip("anyio")
    from interprocess.messages.anyio import MessageStream

    first, second = pair()
    with first, second:
        with pytest.raises(UnsupportedError, match="no synchronous counterpart"):
            MessageStream.from_sync(first)
        with pytest.raises(TypeError, match="anyio"):
            MessageStream(first, Delimiter(b";"))
        second.send_all(b"x")
        assert first.recv(1) == b"x"
