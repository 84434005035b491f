"""Streams of messages for anyio: its object streams, on asyncio and on trio.

    from interprocess.local_socket.anyio import connect
    from interprocess.messages import LengthPrefix
    from interprocess.messages.anyio import MessageStream

    async def main():
        async with MessageStream(await connect("example"), LengthPrefix()) as messages:
            await messages.send(b"Hello")
            async for message in messages:
                print(message)

Timeouts are anyio's: `with anyio.fail_after(seconds)`.
"""

from __future__ import annotations

from interprocess.messages._anyio_stream import AnyioMessageStream

__all__ = ["MessageStream"]


class MessageStream(AnyioMessageStream):
    """A stream of messages over a byte stream or an end of a pipe, an `anyio.abc.ObjectStream`."""
