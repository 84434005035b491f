"""Messages on the command line: taken out of one framing and put into another, whole."""

from __future__ import annotations

from interprocess._command_line.framing_names import LINES, NULL
from interprocess.messages import Delimiter, Framing, LengthPrefix, MultiprocessingFraming
from interprocess.messages._framing import MessagesInFlight

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def framing_named(name: str) -> Framing:
    """Return the framing that a name of `framing_names` stands for."""
    if name == LINES:
        return Delimiter(b"\n")
    if name == NULL:
        return Delimiter(b"\0")
    if name == "multiprocessing":
        return MultiprocessingFraming()
    _, _, form = name.partition("length")
    width, _, order = form.partition("-")
    return LengthPrefix(int(width or 4), "little" if order else "big")


class Conversion(MessagesInFlight):
    """Takes messages out of the bytes of one direction, and puts them into another framing."""

    __slots__ = ("_from_text", "_target", "_to_text", "number_with_breaks")

    def __init__(
        self, source: Framing, target: Framing, *, from_text: bool = False, to_text: bool = False
    ) -> None:
        """Prepare it.

        FROM_TEXT and TO_TEXT are for what people and text tools write and read: the last message
        may lack its delimiter; and one with a delimiter in it is passed on all the same.
        """
        super().__init__(source)
        self._target = target
        self._from_text = from_text
        self._to_text = to_text
        #: How many messages had a delimiter in them, which now looks like their end.
        self.number_with_breaks = 0

    def convert(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what the messages become that are whole with this CHUNK, all at once.

        Raises `FramingError` for what is no message, and `ValueError` for one that the other
        framing cannot carry, after yielding what came before it.
        """
        self._data += chunk
        found: list[bytes] = []
        try:
            while (message := self._take()) is not None:
                found.append(self._put(message))
        except (OSError, ValueError):
            if found:
                yield b"".join(found)
            raise
        if found:
            yield b"".join(found)

    def end(self) -> bytes:
        """Return what is left at the end; raise `IncompleteReadError` where that is no message."""
        if not self._from_text or not isinstance(self.framing, Delimiter):
            self._check_complete()
            return b""
        rest = bytes(self._data)
        self._data.clear()
        return self._put(rest) if rest else b""

    @property
    def ends_with_newline(self) -> bool:
        """Whether each message becomes a line."""
        return self._target == Delimiter(b"\n")

    def whole_from(self, data: bytes, sent: int) -> bytes:
        """Return what of DATA, which was converted, has to be sent again after SENT bytes of it."""
        measure, start, frames = self._target.measure, 0, bytearray(data)
        while (found := measure(frames, start, start)) is not None and found[2] <= sent:
            start = found[2]
        return data[start:]

    def _put(self, message: bytes) -> bytes:
        target = self._target
        if self._to_text and isinstance(target, Delimiter) and target.delimiter in message:
            self.number_with_breaks += 1
            return message + target.delimiter
        return target.encode(message)
