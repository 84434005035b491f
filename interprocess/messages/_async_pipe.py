"""Messages over an asynchronous named pipe in message mode, for any runtime."""

from __future__ import annotations

from interprocess.messages._authentication import AsyncAuthenticating
from interprocess.messages._framing import took, went_out
from interprocess.messages._iterating import AsyncMessageIterator
from interprocess.messages._pipe import PipeMessages
from interprocess.os.windows import named_pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from interprocess._interface.byte_stream import Buffer


class AsyncPipeMessageStream(PipeMessages, AsyncAuthenticating, AsyncMessageIterator):
    """A stream of messages over an end of a named pipe in message mode, without any framing.

    The interface is that of `MessageStream`. MAX_SIZE is the limit for the peer's messages. The
    pipe's end is `stream`. `aclose()` closes it.
    """

    async def recv(self) -> bytes | None:
        """Return the next message, which may be empty; `None` is the end of the stream.

        Calls ReadFile. Cancelling loses nothing. Raises `MessageTooLongError` once for a message
        over the limit: the message is discarded, and the next call returns the next message.
        """
        try:
            message: bytes | None = await self.stream.recv_msg(quota=self._limit)
            return message
        except named_pipe.MessageTooLongError as error:
            raise self._too_long(error) from None

    async def send(self, message: Buffer, /) -> None:
        """Send a message with WriteFile. Cancellation works as for the pipe's own `send`."""
        try:
            await self.stream.send(message)
        except BaseException as error:
            took(error, bool(went_out(error)))
            raise

    async def send_many(self, messages: Iterable[Buffer], /) -> None:
        """Send the messages, each with a call of its own.

        Every exception, including those of the iterable, has the number of messages sent in its
        attribute `messages_taken`.
        """
        taken = 0
        try:
            for message in messages:
                await self.stream.send(message)
                taken += 1
        except BaseException as error:
            took(error, taken)
            raise

    async def flush(self) -> None:
        """Do nothing: nothing is buffered here. The pipe's own `flush` waits for the peer."""

    def close(self) -> None:
        """Close the pipe's end at once; closing again does nothing."""
        self.stream.close()

    async def aclose(self) -> None:
        """Close the pipe's end as its own `aclose()` does."""
        await self.stream.aclose()
