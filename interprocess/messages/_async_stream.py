"""Messages over an asynchronous stream, for any runtime."""

from __future__ import annotations

from interprocess._interface.async_byte_stream import (
    AsyncByteReceiver,
    AsyncByteSender,
)
from interprocess.errors import UnsupportedError
from interprocess.messages._authentication import AsyncAuthenticating
from interprocess.messages._framing import MessagesInFlight, took, went_out
from interprocess.messages._iterating import AsyncMessageIterator
from interprocess.messages._stream import BATCH, MOST_AT_ONCE, PIECE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from interprocess._interface.byte_stream import Buffer
    from interprocess.messages._framing import Framing


class AsyncMessageStream(MessagesInFlight, AsyncAuthenticating, AsyncMessageIterator):
    """A stream of messages over a byte stream of this library: a stream, a half, an end of a pipe.

    FRAMING defines how messages are delimited. The byte stream is `stream`; do not use it directly,
    since a part of the next message may already have been received. One task may receive while
    another sends.

    `aclose()` closes the byte stream, and so does the end of an `async with`.
    """

    def __init__(self, stream: Any, framing: Framing) -> None:
        if not isinstance(stream, (AsyncByteReceiver, AsyncByteSender)):
            raise TypeError(
                f"stream must be an asynchronous byte stream of this library, not {stream!r}"
            )
        super().__init__(framing)
        self.stream: Any = stream

    async def recv(self) -> bytes | None:
        """Return the next message, which may be empty; `None` is the end of the stream.

        Receives only if no whole message has arrived with an earlier one. Cancelling loses nothing:
        the next call continues. After all valid messages, raises `MessageTooLongError` or
        `FramingError` for invalid data, in every call, and `IncompleteReadError` (an `EOFError`) if
        the stream ends within a message; its `partial` has the part that had arrived.
        """
        number = self._next
        if number < len(self._messages):
            self._next = number + 1
            return self._messages[number]
        return await self._receive()

    async def _receive(self) -> bytes | None:
        stream = self.stream
        if not isinstance(stream, AsyncByteReceiver):
            raise UnsupportedError(f"{stream!r} only sends")
        while True:
            message = self._take()
            if message is not None:
                return message
            # At most as much of a long message as has already arrived, or one piece.
            room = max(PIECE, min(self._missing(), len(self._data), MOST_AT_ONCE))
            piece = await stream.recv(room)
            if not piece:
                self._check_complete()
                return None
            self._data += piece

    async def send(self, message: Buffer, /) -> None:
        """Send a message.

        A cancelled call sent either nothing or a part of the message. After a part, the stream is
        closed for sending, and the next call raises `BrokenPipeError`. The exception's attribute
        `messages_taken` is 0 or 1 accordingly.

        Raises `ValueError` for a message that the framing cannot carry.
        """
        frame = self._encode(message)
        sender = self._sending()
        earlier = sender._cut_short
        taken = 0
        try:
            if self._unsent:
                await self.flush()
            await sender.send_all(frame)
        except BaseException as error:
            if not self._unsent and earlier is None:
                taken = int(went_out(error) > 0)
            took(error, taken)
            raise

    async def send_many(self, messages: Iterable[Buffer], /) -> None:
        """Send the messages, as many as fit with one system call.

        Every exception, including those of the iterable, has the number of messages that the stream
        has taken in its attribute `messages_taken`. These were sent or kept: `flush` and the next
        send first send the rest. But if the call is cancelled after a part of a message was sent,
        the stream is closed for sending, as by `send`.
        """
        taken = 0
        try:
            if self._unsent or self._sending()._cut_short is not None:
                await self.flush()  # This raises because the stream is closed for sending.
            encode, unsent = self._encode, self._unsent
            for message in messages:
                if len(unsent) >= BATCH:
                    await self.flush()
                unsent += encode(message)
                taken += 1
            await self.flush()
        except BaseException as error:
            took(error, taken)
            raise

    async def flush(self) -> None:
        """Send the rest of the messages that an interrupted call has left; otherwise do nothing.

        Raises what a send does. If cancelled before anything was sent, the next call continues.
        """
        data = bytes(self._unsent)
        sender = self._sending()
        earlier = sender._cut_short
        try:
            await sender.send_all(data)
        except BaseException as error:
            if earlier is None:
                del self._unsent[: went_out(error)]
            raise
        del self._unsent[: len(data)]

    def _sending(self) -> AsyncByteSender:
        if not isinstance(self.stream, AsyncByteSender):
            raise UnsupportedError(f"{self.stream!r} only receives")
        return self.stream

    @property
    def closed(self) -> bool:
        """True if the byte stream is closed."""
        closed: bool = self.stream.closed
        return closed

    def close(self) -> None:
        """Close the byte stream at once; closing again does nothing.

        Calls in progress in other tasks raise `ValueError`.
        """
        self.stream.close()
        self._discard()

    async def aclose(self) -> None:
        """Close the byte stream as its own `aclose()` does.

        The rest of the messages that an interrupted call has left is not sent.
        """
        try:
            await self.stream.aclose()
        finally:
            self._discard()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.framing!r} over {self.stream!r}>"
