"""Streams of messages for asyncio: `interprocess.messages`, `async` where it waits.

    from interprocess.local_socket.asyncio import connect
    from interprocess.messages import LengthPrefix
    from interprocess.messages.asyncio import MessageStream

    async def main():
        async with MessageStream(await connect("example"), LengthPrefix()) as messages:
            await messages.send(b"Hello")
            async for message in messages:
                print(message)

Timeouts are asyncio's.
"""

from __future__ import annotations

import sys

from interprocess.capabilities import gate
from interprocess.messages._async_stream import AsyncMessageStream

__all__ = ["MessageStream"]


class MessageStream(AsyncMessageStream):
    """A stream of messages over a byte stream, a half or an end of a pipe, for asyncio."""


if sys.platform == "win32":
    from interprocess.messages._async_pipe import AsyncPipeMessageStream

    class PipeMessageStream(AsyncPipeMessageStream):
        """A stream of messages over an end of a pipe in message mode, for asyncio."""

    __all__ += ["PipeMessageStream"]

TYPE_CHECKING = False
if not TYPE_CHECKING:
    __getattr__ = gate(__name__)
