"""Messages over a named pipe in message mode, which delimits them itself."""

from __future__ import annotations

from interprocess.messages._authentication import Authenticating
from interprocess.messages._errors import PUBLIC_PLACE, MessageTooLongError
from interprocess.messages._framing import DEFAULT_MAX_SIZE, Framing, took, went_out
from interprocess.os.windows import named_pipe
from interprocess.os.windows.named_pipe import PipeMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, TypeVar

    from interprocess._interface.byte_stream import Buffer

    Self = TypeVar("Self", bound="PipeMessageStream")

#: The number of bytes of a message over the limit that an error shows.
_SHOWN = 16


class PipeMessages:
    """The base of the synchronous and the asynchronous streams."""

    __slots__ = ("__weakref__", "_limit", "max_size", "stream")

    #: Always false: the messages that have arrived are in the pipe, not here.
    pending = False

    def __init__(self, stream: Any, *, max_size: int = DEFAULT_MAX_SIZE) -> None:
        modes = getattr(stream, "recv_mode", None), getattr(stream, "send_mode", None)
        if PipeMode.MESSAGES not in modes or PipeMode.BYTES in modes:
            raise ValueError(f"stream must be an end of a pipe in message mode, not {stream!r}")
        self.max_size: int = Framing(max_size=max_size).max_size
        self._limit = self.max_size
        self.stream: Any = stream

    @property
    def closed(self) -> bool:
        """True if the pipe's end is closed."""
        closed: bool = self.stream.closed
        return closed

    def _too_long(self, error: named_pipe.MessageTooLongError) -> MessageTooLongError:
        return MessageTooLongError(error.length, self._limit, error.partial[:_SHOWN])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} over {self.stream!r}>"


class PipeMessageStream(PipeMessages, Authenticating):
    """A stream of messages over an end of a named pipe in message mode, without any framing.

    The interface is that of `MessageStream`. MAX_SIZE is the limit for the peer's messages. The
    pipe's end is `stream`, and keeps its timeouts and its mode. `close()` closes it.
    """

    __module__ = PUBLIC_PLACE

    __slots__ = ()

    def recv(self) -> bytes | None:
        """Return the next message, which may be empty; `None` is the end of the stream.

        Calls ReadFile. Raises `MessageTooLongError` once for a message over the limit: the message
        is discarded, and the next call returns the next message.
        """
        try:
            message: bytes | None = self.stream.recv_msg(quota=self._limit)
            return message
        except named_pipe.MessageTooLongError as error:
            raise self._too_long(error) from None

    def __iter__(self) -> Iterator[bytes]:
        """Return an iterator over the messages until the end of the stream."""
        return iter(self.recv, None)

    def send(self, message: Buffer, /) -> None:
        """Send a message with WriteFile.

        Every exception has the attribute `messages_taken`: 0, or 1 if a part of the message was
        sent.
        """
        try:
            self.stream.send(message)
        except BaseException as error:
            took(error, bool(went_out(error)))
            raise

    def send_many(self, messages: Iterable[Buffer], /) -> None:
        """Send the messages, each with a call of its own.

        Every exception, including those of the iterable, has the number of messages sent in its
        attribute `messages_taken`.
        """
        taken = 0
        try:
            for message in messages:
                self.stream.send(message)
                taken += 1
        except BaseException as error:
            took(error, taken)
            raise

    def flush(self) -> None:
        """Do nothing: nothing is buffered here. The pipe's own `flush` waits for the peer."""

    def _wait_source(self) -> tuple[bool, Any]:
        """Return whether data is buffered, and the object that supplies more, for `wait`."""
        return False, self.stream

    def close(self) -> None:
        """Close the pipe's end; closing again does nothing."""
        self.stream.close()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
