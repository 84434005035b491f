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

#: How many bytes are received at once, where it is not known that more have to come.
PIECE = 1 << 15
#: The most that is received at once.
MOST_AT_ONCE = 1 << 20
#: How many bytes `send_many` gathers for one system call, at least.
BATCH = 1 << 15


class MessageStream(MessagesInFlight, Authenticating):
    """A stream of messages over a byte stream of this library: a stream, a half, an end of a pipe.

    FRAMING says how the messages stand among the bytes. The byte stream keeps its timeouts and its
    mode; it is `stream`, and should be used for nothing else meanwhile, since a part of what came
    next may have been received. One thread may receive while another sends.

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
        #: What is received into, and how much was received there or sent: lists that get the count
        #: from the system call itself, so that an interrupt leaves nothing behind.
        self._room = bytearray()
        self._received: list[int] = []
        self._sent: list[int] = []

    def recv(self) -> bytes | None:
        """Return the next message, which may be empty; `None` is the end of the stream.

        Receives only if no whole message has arrived with an earlier one. The receive timeout of
        the byte stream is for the whole message.

        A timeout, nonblocking mode and an interrupt lose nothing: the next call goes on. Raises
        `MessageTooLongError` and `FramingError` for what is no message, again and again, after
        those that came before it, and `IncompleteReadError` (an `EOFError`) if the stream ends
        within a message, of which `partial` is what had come.
        """
        # In one frame, and without a call after which an interrupt could lose the message.
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
            if self._received:  # By a call that was cut short, perhaps.
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
        """Make room for a piece; of a long message, for as much again as has arrived of it."""
        size = max(PIECE, min(self._missing(), len(self._data), MOST_AT_ONCE))
        if size != len(self._room):
            self._room = bytearray(size)
        return self._room

    def _note_received(self, count: int) -> None:
        # Nothing is called: no interrupt comes in between.
        self._data += memoryview(self._room)[:count]
        self._received = []

    def send(self, message: Buffer, /) -> None:
        """Send a message. The send timeout of the byte stream is for the whole of it.

        Whatever cuts it short, the exception's attribute `messages_taken` is 0 or 1. 0: nothing of
        the message went out. 1: a part did, and the stream keeps the rest: `flush`, or the next
        message, sends that first.

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
        """Send the messages, as many as fit with one system call. The send timeout is for each.

        Whatever cuts it short, an error of the iterable too, the exception's attribute
        `messages_taken` is the number of messages that the stream has taken, sent or kept: `flush`,
        or the next message, sends the rest of them first.
        """
        taken = 0
        try:
            if self._unsent or self._sent:
                self.flush()
            encode, unsent = self._encode, self._unsent
            for message in messages:
                # Not at the end: CPython 3.13 jumps back from a condition outside of the `try`,
                # and a handler may raise there.
                if len(unsent) >= BATCH:
                    self.flush()
                unsent += encode(message)
                taken += 1
            self.flush()
        except BaseException as error:
            took(error, taken)
            raise

    def flush(self) -> None:
        """Send the rest of what the stream has taken; nothing else is ever left unsent.

        Raises what a send does. Whatever cuts it short, the next call goes on.
        """
        if not isinstance(self.stream, ByteSender):
            self._cannot_send(b"")
        deadline = deadline_after(self.stream._send_timeout)
        while True:
            if self._sent:  # By a call that was cut short, perhaps.
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

    @property
    def closed(self) -> bool:
        """Whether the byte stream is closed."""
        closed: bool = self.stream.closed
        return closed

    def fileno(self) -> int:
        """Return the file descriptor of the byte stream, which stays its own.

        That it is readable says nothing of messages that have arrived already: see `pending`.
        """
        number: int = self.stream.fileno()
        return number

    def close(self) -> None:
        """Close the byte stream; closing again does nothing.

        The rest of what a cut-short call has taken is not sent. Calls in progress end with
        `ValueError`.
        """
        self.stream.close()
        self._discard()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.framing!r} over {self.stream!r}>"
