"""Messages over a synchronous stream."""

from __future__ import annotations

from interprocess._interface.byte_stream import ByteReceiver, ByteSender
from interprocess._interface.timeouts import deadline_after
from interprocess.errors import UnsupportedError
from interprocess.messages._authentication import Authenticating
from interprocess.messages._errors import PUBLIC_PLACE
from interprocess.messages._framing import MessagesInFlight, took, went_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeVar

    from interprocess._interface.byte_stream import Buffer
    from interprocess.messages._framing import Framing

    Self = TypeVar("Self", bound="MessageStream")

#: The number of bytes to receive at once, unless more are known to follow.
PIECE = 1 << 15
#: The most to receive at once.
MOST_AT_ONCE = 1 << 20
#: The minimum number of bytes that `send_many` gathers for one system call.
BATCH = 1 << 15


class MessageStream(MessagesInFlight, Authenticating):
    """A stream of messages over a byte stream of this library: a stream, a half, an end of a pipe.

    FRAMING defines how messages are delimited. The byte stream is `stream` and keeps its timeouts
    and its mode; do not use it directly, since a part of the next message may already have been
    received. One thread may receive while another sends.

    `close()` closes the byte stream, and so does the end of a `with`.
    """

    __module__ = PUBLIC_PLACE

    __slots__ = ("__weakref__", "_received", "_room", "_send_all", "_sent", "stream")

    def __init__(self, stream: Any, framing: Framing) -> None:
        if not isinstance(stream, (ByteReceiver, ByteSender)):
            raise TypeError(f"stream must be a byte stream of this library, not {stream!r}")
        super().__init__(framing)
        self.stream: Any = stream
        self._send_all: Callable[[Buffer], object] = (
            stream.send_all if isinstance(stream, ByteSender) else self._cannot_send
        )
        #: The buffer to receive into, and the number of bytes received or sent: lists that get the
        #: count from the system call itself, so that an interrupt loses nothing.
        self._room = bytearray()
        self._received: list[int] = []
        self._sent: list[int] = []

    def recv(self) -> bytes | None:
        """Return the next message, which may be empty; `None` is the end of the stream.

        Receives only if no whole message has arrived with an earlier one. The byte stream's receive
        timeout covers the whole message.

        Timeouts, nonblocking mode and interrupts lose nothing: the next call continues. After all
        valid messages, raises `MessageTooLongError` or `FramingError` for invalid data, in every
        call, and `IncompleteReadError` (an `EOFError`) if the stream ends within a message; its
        `partial` has the part that had arrived.
        """
        # In one frame, without a call after which an interrupt could lose the message.
        number = self._next
        try:
            message = self._messages[number]
        except IndexError:
            return self._receive()
        self._next = number + 1
        return message

    def __iter__(self) -> Iterator[bytes]:
        """Return an iterator over the messages until the end of the stream."""
        return iter(self.recv, None)

    def _receive(self) -> bytes | None:
        stream = self.stream
        if not isinstance(stream, ByteReceiver):
            raise UnsupportedError(f"{stream!r} only sends")
        deadline = deadline_after(stream._recv_timeout)
        while True:
            if self._received:  # Perhaps by an interrupted call.
                self._note_received(sum(self._received))
            message = self._take()
            if message is not None:
                return message
            room = self._sized_room()
            if not stream._receive(room, deadline, self._received):
                self._received.clear()
                self._check_complete()
                return None

    def _sized_room(self) -> bytearray:
        """Make room for one piece, or for as much of a long message as has already arrived."""
        size = max(PIECE, min(self._missing(), len(self._data), MOST_AT_ONCE))
        if size != len(self._room):
            self._room = bytearray(size)
        return self._room

    def _note_received(self, count: int) -> None:
        # No calls: no interrupt can come in between.
        self._data += memoryview(self._room)[:count]
        self._received = []

    def send(self, message: Buffer, /) -> None:
        """Send a message. The byte stream's send timeout covers the whole call.

        Every exception has the attribute `messages_taken`. 0: nothing of the message was sent. 1: a
        part was sent, and the stream keeps the rest: `flush` and the next send first send that.

        Raises `ValueError` for a message that the framing cannot carry.
        """
        frame = self._encode(message)
        try:
            if self._unsent or self._sent:
                self.flush()
        except BaseException as error:
            took(error, 0)
            raise
        try:
            self._send_all(frame)
        except BaseException as error:
            count = went_out(error)
            if count:
                self._unsent += memoryview(frame)[count:]
            took(error, bool(count))
            raise

    def send_many(self, messages: Iterable[Buffer], /) -> None:
        """Send the messages, as many as fit with one system call. The send timeout applies to each.

        Every exception, including those of the iterable, has the number of messages that the stream
        has taken in its attribute `messages_taken`. These were sent or kept: `flush` and the next
        send first send the rest.
        """
        taken = 0
        try:
            if self._unsent or self._sent:
                self.flush()
            encode, unsent = self._encode, self._unsent
            for message in messages:
                # Not at the end of the loop: CPython 3.13 jumps back from a condition outside the
                # `try`, and a handler may raise there.
                if len(unsent) >= BATCH:
                    self.flush()
                unsent += encode(message)
                taken += 1
            self.flush()
        except BaseException as error:
            took(error, taken)
            raise

    def flush(self) -> None:
        """Send the rest of the messages that an interrupted call has left; otherwise do nothing.

        Raises what a send does. After any exception, the next call continues.
        """
        if not isinstance(self.stream, ByteSender):
            self._cannot_send(b"")
        deadline = deadline_after(self.stream._send_timeout)
        while True:
            if self._sent:  # Perhaps by an interrupted call.
                self._note_sent(sum(self._sent))
            if not self._unsent:
                return
            self.stream._send(self._unsent, deadline, self._sent)

    def _note_sent(self, count: int) -> None:
        # As `_note_received`.
        del self._unsent[:count]
        self._sent = []

    def _cannot_send(self, _data: Buffer) -> None:
        raise UnsupportedError(f"{self.stream!r} only receives")

    def _wait_source(self) -> tuple[bool, Any]:
        """Return whether data is buffered, and the object that supplies more, for `wait`."""
        return self.pending or bool(self._received), self.stream

    @property
    def closed(self) -> bool:
        """True if the byte stream is closed."""
        closed: bool = self.stream.closed
        return closed

    def fileno(self) -> int:
        """Return the file descriptor of the byte stream, which still owns it.

        It may not be readable although messages have already arrived: see `pending`.
        """
        number: int = self.stream.fileno()
        return number

    def close(self) -> None:
        """Close the byte stream; closing again does nothing.

        The rest of the messages that an interrupted call has left is not sent. Calls in progress
        raise `ValueError`.
        """
        self.stream.close()
        self._discard()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.framing!r} over {self.stream!r}>"
