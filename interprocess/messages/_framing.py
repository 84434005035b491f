"""Framings: how messages are delimited in a stream of bytes. This module does no I/O.

A framing is a value that any number of streams may share. `MessagesInFlight` belongs to one stream,
synchronous or asynchronous.
"""

from __future__ import annotations

import struct

from interprocess._interface.octets import checked_size, octets
from interprocess._interface.value import Value
from interprocess.errors import IncompleteReadError
from interprocess.messages._errors import PUBLIC_PLACE, FramingError, MessageTooLongError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, Literal

    from interprocess._interface.byte_stream import Buffer

#: The default limit for the length of received messages: 16 MiB.
DEFAULT_MAX_SIZE = 1 << 24
#: The longest header or delimiter. If a header has not ended by then, the data is invalid.
_MOST_AROUND = 4096
#: The number of received bytes that an error shows.
_SHOWN = 16
#: Shorter messages are sliced from one copy of all received data, which is faster for many.
_SHORT = 4096

_FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}


class Framing(Value):
    """The base of all framings, including your own: how messages are delimited in a stream.

    A subclass implements `encode` and `measure`, and passes its own fields to `Framing.__init__`,
    since a framing is frozen. `max_size` is the limit, in bytes, for a peer's messages: a longer
    message raises `MessageTooLongError` before memory is allocated for it.
    """

    __module__ = PUBLIC_PLACE

    # No `__slots__`, so that subclasses need none.

    if TYPE_CHECKING:
        max_size: int

    def __init__(self, *, max_size: int = DEFAULT_MAX_SIZE, **fields: object) -> None:
        super().__init__(**fields, max_size=checked_size(max_size, "max_size"))

    def _fields(self) -> Iterator[tuple[str, Any]]:
        return (field for field in self.__dict__.items() if not field[0].startswith("_"))

    def encode(self, message: Buffer, /) -> bytes:
        """Return MESSAGE with its header or delimiter. Raises `ValueError` where it cannot."""
        raise NotImplementedError

    def measure(self, data: bytearray, start: int, seen: int, /) -> tuple[int, int, int] | None:
        """Return the start and end in DATA of the message at START, and the start of the next.

        Return `None` if DATA is too short to tell. The message itself need not have arrived. SEEN
        is the length of DATA in an earlier call that returned `None`; that part need not be
        searched again. Raises `FramingError` for invalid data. The caller checks the limit.
        """
        raise NotImplementedError

    def _split(
        self, data: bytearray, seen: int, limit: int, messages: list[bytes]
    ) -> tuple[int, int, int]:
        """Cut all whole messages out of DATA, up to the first that is longer than LIMIT.

        Returns the end of the last message, how much of the rest need not be searched again, and
        how long the rest has to be before the next search. Raises an error only for the first
        message, not for one that follows others.
        """
        start = 0
        while True:
            try:
                found = self.measure(data, start, seen)
                self._check(data, start, found, limit)
            except FramingError:
                if messages:
                    return start, 0, 0
                raise
            if found is None:
                return start, len(data) - start, len(data) - start + 1
            if found[2] > len(data):
                return start, 0, found[2] - start
            begin, stop, start = found
            with memoryview(data) as view:
                messages.append(bytes(view[begin:stop]))

    def _check(
        self, data: bytearray, start: int, found: tuple[int, int, int] | None, limit: int
    ) -> None:
        if found is None:
            size = len(data) - start - _MOST_AROUND
        else:
            begin, stop, end = found
            size = stop - begin
            if not start <= begin <= stop <= end > start:
                message = f"a message from byte {begin - start} to {stop - start}"
                raise FramingError(message, _shown(data, start))
        if size > limit:
            raise MessageTooLongError(size, limit, _shown(data, start))


class LengthPrefix(Framing):
    """Each message is preceded by its length.

    WIDTH is the size of the length in bytes: 1, 2, 4 or 8. BYTEORDER is "big", as in most
    protocols, or "little". The length is unsigned and does not include itself.
    """

    __module__ = PUBLIC_PLACE

    if TYPE_CHECKING:
        width: int
        byteorder: Literal["big", "little"]
        _pack: Callable[[int], bytes]
        _unpack: Callable[[Buffer, int], tuple[int]]

    def __init__(
        self,
        width: int = 4,
        byteorder: Literal["big", "little"] = "big",
        *,
        max_size: int = DEFAULT_MAX_SIZE,
    ) -> None:
        if width not in _FORMATS:
            raise ValueError(f"width must be 1, 2, 4 or 8 bytes, not {width!r}")
        if byteorder not in ("big", "little"):
            raise ValueError(f"byteorder must be 'big' or 'little', not {byteorder!r}")
        code = struct.Struct((">" if byteorder == "big" else "<") + _FORMATS[width])
        super().__init__(
            width=width,
            byteorder=byteorder,
            max_size=max_size,
            _pack=code.pack,
            _unpack=code.unpack_from,
        )

    def encode(self, message: Buffer, /) -> bytes:
        if type(message) is not bytes:
            message = octets(message)
        try:
            return self._pack(len(message)) + message
        except struct.error:
            raise ValueError(
                f"a message of {len(message):,} bytes is too long for a length of {self.width}"
                f" bytes, which allows {(1 << 8 * self.width) - 1:,}"
            ) from None

    def measure(self, data: bytearray, start: int, _seen: int, /) -> tuple[int, int, int] | None:
        begin = start + self.width
        if len(data) < begin:
            return None
        stop = begin + self._unpack(data, start)[0]
        return begin, stop, stop

    def _split(
        self, data: bytearray, seen: int, limit: int, messages: list[bytes]
    ) -> tuple[int, int, int]:
        width, end = self.width, len(data)
        if end < width or self._unpack(data, 0)[0] > min(limit, _SHORT):
            return super()._split(data, seen, limit, messages)
        # For many short messages, this is the busiest loop of all.
        unpack, append, copy = self._unpack, messages.append, bytes(data)
        start, begin, stop = 0, width, 0
        while begin <= end:
            [size] = unpack(copy, start)
            stop = begin + size
            if size > limit:
                return start, 0, 0
            if stop > end:
                return start, 0, stop - start
            append(copy[begin:stop])
            start = stop
            begin = stop + width
        return start, 0, width


class Delimiter(Framing):
    """Each message is followed by a delimiter, such as a line break, that no message contains."""

    __module__ = PUBLIC_PLACE

    if TYPE_CHECKING:
        delimiter: bytes

    def __init__(self, delimiter: bytes = b"\n", *, max_size: int = DEFAULT_MAX_SIZE) -> None:
        if not isinstance(delimiter, bytes):
            raise TypeError(f"delimiter must be bytes, not {delimiter!r}")
        if not delimiter:
            raise ValueError("delimiter must have at least one byte")
        super().__init__(delimiter=delimiter, max_size=max_size)

    def encode(self, message: Buffer, /) -> bytes:
        frame = bytes(message if type(message) is bytes else octets(message)) + self.delimiter
        # Including one formed by the end of the message and the delimiter together.
        where = frame.find(self.delimiter)
        if where + len(self.delimiter) < len(frame):
            raise ValueError(f"the message contains the delimiter {self.delimiter!r}, at {where}")
        return frame

    def measure(self, data: bytearray, start: int, seen: int, /) -> tuple[int, int, int] | None:
        size = len(self.delimiter)
        stop = data.find(self.delimiter, max(start, seen - size + 1))
        return None if stop < 0 else (start, stop, stop + size)

    def _split(
        self, data: bytearray, seen: int, limit: int, messages: list[bytes]
    ) -> tuple[int, int, int]:
        if self.measure(data, 0, seen) is None:
            return super()._split(data, seen, limit, messages)
        parts = bytes(data).split(self.delimiter)
        if max(map(len, parts)) > limit:
            return super()._split(data, seen, limit, messages)
        rest = len(parts.pop())
        messages += parts
        return len(data) - rest, rest, rest + 1

    def _check(
        self, data: bytearray, start: int, found: tuple[int, int, int] | None, limit: int
    ) -> None:
        # There is no header. The last bytes may be a part of the delimiter.
        size = len(data) - start - len(self.delimiter) + 1 if found is None else found[1] - start
        if size > limit:
            raise MessageTooLongError(size, limit, _shown(data, start))


class MultiprocessingFraming(Framing):
    """The framing of `multiprocessing.connection` over sockets, and over pipes on Unix.

    A signed length of four bytes, or -1 and a length of eight. The messages are those of its
    `send_bytes` and `recv_bytes`. Its `send` and `recv` exchange pickles; load these only from
    peers that you trust.
    """

    __module__ = PUBLIC_PLACE

    def encode(self, message: Buffer, /) -> bytes:
        if type(message) is not bytes:
            message = octets(message)
        size = len(message)
        prefix = struct.pack("!i", size) if size < 1 << 31 else struct.pack("!iQ", -1, size)
        return prefix + message

    def measure(self, data: bytearray, start: int, _seen: int, /) -> tuple[int, int, int] | None:
        begin = start + 4
        if len(data) < begin:
            return None
        [size] = struct.unpack_from("!i", data, start)
        if size == -1:
            begin += 8
            if len(data) < begin:
                return None
            [size] = struct.unpack_from("!Q", data, start + 4)
        elif size < 0:
            raise FramingError(f"a message of {size:,} bytes", _shown(data, start))
        return begin, begin + size, begin + size


class MessagesInFlight:
    """The messages of one stream that have arrived or were taken, but not received or sent yet."""

    __slots__ = (
        "_data",
        "_encode",
        "_limit",
        "_messages",
        "_next",
        "_seen",
        "_unsent",
        "_wanted",
        "framing",
    )

    def __init__(self, framing: Framing) -> None:
        check_framing(framing)
        self.framing: Framing = framing
        self._encode = framing.encode
        self._unsent = bytearray()
        #: The current limit for the length of a message.
        self._limit = framing.max_size
        self._data = bytearray()
        #: The length that was searched in vain, and the length needed for another search.
        self._seen = 0
        self._wanted = 1
        #: Whole messages, and the index of the next one.
        self._messages: Sequence[bytes] = ()
        self._next = 0

    @property
    def pending(self) -> bool:
        """True if `recv` can return a message, or raise an error, without receiving."""
        return self._next < len(self._messages) or len(self._data) >= self._wanted

    def _missing(self) -> int:
        """Return the minimum number of bytes missing from the next message."""
        return self._wanted - len(self._data)

    def _take(self) -> bytes | None:
        """Return the next whole message, if one has arrived.

        Raises `FramingError` for invalid data, in every call.
        """
        # An interrupt may come after any call. So the state changes only between calls.
        messages, number = self._messages, self._next
        if number < len(messages):
            self._next = number + 1
            return messages[number]
        data = self._data
        if len(data) < self._wanted:
            return None
        found: list[bytes] = []
        end, seen, wanted = self.framing._split(data, self._seen, self._limit, found)
        several = len(found) > 1
        del data[:end]
        self._seen, self._wanted = seen, wanted
        self._next = 1
        # A single message may be large, and would be kept here until the next has arrived.
        self._messages = found if several else ()
        return found[0] if found else None

    def _check_complete(self) -> None:
        """Raise `IncompleteReadError` if the stream ended within a message."""
        data = self._data
        if not data:
            return
        found = self.framing.measure(data, 0, 0)
        raise IncompleteReadError(bytes(data), None if found is None else found[2])

    def _discard(self) -> None:
        """Discard the whole messages, since the stream is closed."""
        self._messages = ()


def check_framing(framing: object) -> None:
    """Raise `TypeError` unless FRAMING is a `Framing`."""
    if not isinstance(framing, Framing):
        raise TypeError(f"framing must be a Framing, not {framing!r}")


def took(error: BaseException, count: int) -> None:
    """Note in an exception the number of messages that the stream has taken."""
    error.messages_taken = count  # type: ignore[attr-defined]  # documented in the verbs


def went_out(error: BaseException) -> int:
    """Return the number of bytes that were sent before an exception ended a call."""
    count: int = getattr(error, "characters_written", 0)
    return count


def _shown(data: bytearray, start: int) -> bytes:
    return bytes(data[start : start + _SHOWN])
