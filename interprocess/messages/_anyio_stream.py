"""Messages over an anyio stream, on asyncio or trio."""

from __future__ import annotations

from interprocess._runtimes.anyio import Adapter, ByteReceiver, ByteSender
from interprocess.errors import UnsupportedError
from interprocess.messages._async_stream import AsyncMessageStream

# The module above explains how to install anyio if it is missing.
# isort: split
import anyio
from anyio import abc
from anyio.lowlevel import checkpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from interprocess._interface.byte_stream import Buffer
    from interprocess.messages._framing import Framing


class AnyioMessageStream(Adapter, abc.ObjectStream[bytes]):
    """A stream of messages over one of our byte streams for anyio: a stream or an end of a pipe.

    FRAMING defines how messages are delimited. The attribute `stream` is the byte stream; do not
    use it directly, since part of the next message may already have been received. One task may
    receive while another sends.

    Methods raise anyio's errors, as the byte stream does, and the errors of
    `interprocess.messages` for invalid data. `aclose()` and the end of an `async with` block close
    the byte stream.
    """

    def __init__(self, stream: Any, framing: Framing) -> None:
        if not isinstance(stream, (ByteReceiver, ByteSender)):
            raise TypeError(f"stream must be a byte stream of ours for anyio, not {stream!r}")
        super().__init__(stream._raw)
        self.stream: Any = stream
        self._messages = AsyncMessageStream(stream._raw, framing)
        self._receiving = anyio.ResourceGuard("receiving from")
        self._sending = anyio.ResourceGuard("sending to")

    @property
    def framing(self) -> Framing:
        """How messages are delimited."""
        return self._messages.framing

    @property
    def pending(self) -> bool:
        """True if `receive` can return a message, or raise an error, without receiving."""
        return self._messages.pending

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        """The attributes of the byte stream, for `extra`."""
        attributes: Mapping[Any, Callable[[], Any]] = self.stream.extra_attributes
        return attributes

    async def receive(self) -> bytes:
        """Return the next message, which may be empty.

        A cancelled call loses nothing. Raises `EndOfStream`; `MessageTooLongError` or
        `FramingError` for invalid data, in every call; and `IncompleteReadError` if the stream ends
        within a message.
        """
        await checkpoint()
        with self._receiving, self._translated():
            message = await self._messages.recv()
        if message is None:
            raise anyio.EndOfStream
        return message

    async def send(self, item: Buffer) -> None:
        """Send a message.

        If a call is cancelled after it has sent part of a message, the stream can send no more.
        Raises `ValueError` for a message that the framing cannot carry.
        """
        await checkpoint()
        with self._sending, self._translated():
            await self._messages.send(item)

    async def send_many(self, messages: Iterable[Buffer]) -> None:
        """Send several messages with as few system calls as possible; otherwise like `send`."""
        await checkpoint()
        with self._sending, self._translated():
            await self._messages.send_many(messages)

    async def flush(self) -> None:
        """Send the unsent rest of messages from an interrupted call, if there is any."""
        await checkpoint()
        with self._sending, self._translated():
            await self._messages.flush()

    async def send_eof(self) -> None:
        """Signal the end of the stream to the peer, after a `flush`.

        Raises `UnsupportedError` on Windows, and for an end of a pipe, which is closed instead.
        """
        if not isinstance(self.stream, abc.ByteStream):
            raise UnsupportedError(f"{self.stream!r} has no half-close")
        await self.flush()
        await self.stream.send_eof()

    async def deliver_challenge(self, authkey: bytes, *, digest: str = "sha256") -> None:
        await checkpoint()
        with self._receiving, self._sending, self._translated():
            await self._messages.deliver_challenge(authkey, digest=digest)

    async def answer_challenge(self, authkey: bytes) -> None:
        await checkpoint()
        with self._receiving, self._sending, self._translated():
            await self._messages.answer_challenge(authkey)

    deliver_challenge.__doc__ = AsyncMessageStream.deliver_challenge.__doc__
    answer_challenge.__doc__ = AsyncMessageStream.answer_challenge.__doc__

    async def aclose(self) -> None:
        """Close the byte stream and let other tasks run.

        Unsent data from an interrupted call is dropped.
        """
        self._messages.close()
        await self.stream.aclose()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.framing!r} over {self.stream!r}>"
