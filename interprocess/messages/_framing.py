"""Framings: how messages stand in a stream of bytes. No input or output is here.

A framing is a value that any number of streams may share. `MessagesInFlight` is for one stream,
whether that is synchronous or not.
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

#: The longest message that is received, where nothing else is said: 16 MiB.
DEFAULT_MAX_SIZE = 1 << 24
#: How much may stand around a message: what ends no header by then is none.
_MOST_AROUND = 4096
#: How much of what came an error shows.
_SHOWN = 16
#: A shorter message is cut out of a copy of all that has come, which is faster for many.
_SHORT = 4096

_FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}


class Framing(Value):
    """How messages stand in a stream of bytes: the base of all framings, also of your own.

    A subclass implements `encode` and `measure`, and hands the values of its own that it needs to
    `Framing.__init__`, since a framing is frozen. `max_size` is the limit, in bytes, for what a
    peer sends: a longer message raises `MessageTooLongError` before memory is taken for it.
    """

    __module__ = PUBLIC_PLACE

    # No `__slots__`, so that subclasses need none.

    max_size: int

    def __init__(self, *, max_size: int = DEFAULT_MAX_SIZE, **fields: object) -> None:
        super().__init__(**fields, max_size=checked_size(max_size, "max_size"))

    def _fields(self) -> Iterator[tuple[str, Any]]:
        return (field for field in self.__dict__.items() if not field[0].startswith("_"))

    def encode(self, message: Buffer, /) -> bytes:
        """Return the MESSAGE with what stands around it. Raises `ValueError` where it cannot."""
        raise NotImplementedError

    def measure(self, data: bytearray, start: int, seen: int, /) -> tuple[int, int, int] | None:
        """Return where in DATA the first message from START begins and ends, and where the next is.

        `None` if that cannot be seen yet, since DATA end before. The message itself need not be
        there. SEEN is how much of DATA this was called with before, in vain: nobody has to search
        that again. What is no message raises `FramingError`. The limit is looked at elsewhere.
        """
        raise NotImplementedError

    def _split(
        self, data: bytearray, seen: int, limit: int, messages: list[bytes]
    ) -> tuple[int, int, int]:
        """Cut all whole messages out of DATA, up to the first that is longer than LIMIT.

        Returns how far they go; how much of the rest need not be searched again; and how long that
        rest has to be for another look. Raises what is wrong with the first message, not with one
        that others come before.
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
    """Each message behind its length.

    WIDTH is how many bytes the length has, 1, 2, 4 or 8, and BYTEORDER is "big", as in most
    protocols, or "little". The length is unsigned and counts the message alone.
    """

    __module__ = PUBLIC_PLACE

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
                f"a message of {len(message):,} bytes, and a length of {self.width} bytes"
                f" counts to {(1 << 8 * self.width) - 1:,}"
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
        # Many short ones: this is the busiest loop of all.
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
    """Each message before a delimiter, which no message may contain: a line break, a zero byte."""

    __module__ = PUBLIC_PLACE

    delimiter: bytes

    def __init__(self, delimiter: bytes = b"\n", *, max_size: int = DEFAULT_MAX_SIZE) -> None:
        if not isinstance(delimiter, bytes):
            raise TypeError(f"delimiter must be bytes, not {delimiter!r}")
        if not delimiter:
            raise ValueError("delimiter must have at least one byte")
        super().__init__(delimiter=delimiter, max_size=max_size)

    def encode(self, message: Buffer, /) -> bytes:
        frame = bytes(message if type(message) is bytes else octets(message)) + self.delimiter
        # Also one that the end of the message and the delimiter make together.
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
        # Nothing else stands around a message. Some of what came last may be of the delimiter.
        size = len(data) - start - len(self.delimiter) + 1 if found is None else found[1] - start
        if size > limit:
            raise MessageTooLongError(size, limit, _shown(data, start))


class MultiprocessingFraming(Framing):
    """The framing of `multiprocessing.connection` over sockets, and over pipes on Unix.

    A signed length of four bytes, or -1 and a length of eight. The messages are those of its
    `send_bytes` and `recv_bytes`; what its `send` and `recv` exchange are pickles, which nobody
    should load who does not trust the peer.
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
    """What has arrived and was not received, and what was taken and is not sent: of one stream."""

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
        self.framing = framing
        self._encode = framing.encode
        self._unsent = bytearray()
        #: The longest message that is taken at the moment.
        self._limit = framing.max_size
        self._data = bytearray()
        #: How much of the data was looked at in vain, and how much is needed to look again.
        self._seen = 0
        self._wanted = 1
        #: Messages that are whole, and which of them is next.
        self._messages: Sequence[bytes] = ()
        self._next = 0

    @property
    def pending(self) -> bool:
        """Whether `recv` has a message, or an error, without receiving anything."""
        return self._next < len(self._messages) or len(self._data) >= self._wanted

    def _missing(self) -> int:
        """Return how many bytes are missing, at least, until there is a message."""
        return self._wanted - len(self._data)

    def _take(self) -> bytes | None:
        """Return the next message that has arrived as a whole, if there is one.

        Raises `FramingError` for what is none, each time.
        """
        # An interrupt may come wherever something is called. So what changes, changes in between.
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
        # One alone may be large, and would be held here until the next has come.
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
        """Forget the whole messages, since the stream is closed."""
        self._messages = ()


def check_framing(framing: object) -> None:
    """Raise `TypeError` for what is no framing."""
    if not isinstance(framing, Framing):
        raise TypeError(f"framing must be a Framing, not {framing!r}")


def took(error: BaseException, count: int) -> None:
    """Say in an exception how many messages the stream has taken."""
    error.messages_taken = count  # type: ignore[attr-defined]  # documented in the verbs


def went_out(error: BaseException) -> int:
    """Return how many bytes went out before an exception ended a call of a stream."""
    count: int = getattr(error, "characters_written", 0)
    return count


def _shown(data: bytearray, start: int) -> bytes:
    return bytes(data[start : start + _SHOWN])
