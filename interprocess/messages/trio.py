"""Streams of messages for trio: `interprocess.messages`, `async` where it waits.

    from interprocess.local_socket.trio import connect
    from interprocess.messages import LengthPrefix
    from interprocess.messages.trio import MessageStream

    async def main():
        async with MessageStream(await connect("example"), LengthPrefix()) as messages:
            await messages.send(b"Hello")
            async for message in messages:
                print(message)

Timeouts are trio's, and every call is a checkpoint.
"""

from __future__ import annotations

import sys

import trio.abc
import trio.lowlevel

from interprocess.capabilities import gate
from interprocess.messages._async_stream import AsyncMessageStream

__all__ = ["MessageStream"]


class MessageStream(AsyncMessageStream, trio.abc.AsyncResource):
    """A stream of messages over a byte stream, a half or an end of a pipe, for trio."""

    async def recv(self) -> bytes | None:  # noqa: D102  # below
        if self.pending:
            await trio.lowlevel.checkpoint()
        return await super().recv()

    recv.__doc__ = AsyncMessageStream.recv.__doc__


if sys.platform == "win32":
    from interprocess.messages._async_pipe import AsyncPipeMessageStream

    class PipeMessageStream(AsyncPipeMessageStream, trio.abc.AsyncResource):
        """A stream of messages over an end of a pipe in message mode, for trio."""

    __all__ += ["PipeMessageStream"]

TYPE_CHECKING = False
if not TYPE_CHECKING:
    __getattr__ = gate(__name__)
