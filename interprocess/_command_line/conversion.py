"""Convert complete messages from one framing to another."""

from __future__ import annotations

from interprocess._command_line.framing_names import LINES, NULL
from interprocess.messages import Delimiter, Framing, LengthPrefix, MultiprocessingFraming
from interprocess.messages._framing import MessagesInFlight

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def framing_named(name: str) -> Framing:
    """Return the framing for a name from `framing_names`."""
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
    """Converts the messages in one direction from a source framing to a target framing."""

    __slots__ = ("_from_text", "_target", "_to_text", "number_with_breaks")

    def __init__(
        self, source: Framing, target: Framing, *, from_text: bool = False, to_text: bool = False
    ) -> None:
        """Prepare the conversion.

        FROM_TEXT is for input from people and text tools: the last message may lack its delimiter.
        TO_TEXT is for output to them: messages that contain the delimiter are passed on anyway.
        """
        super().__init__(source)
        self._target = target
        self._from_text = from_text
        self._to_text = to_text
        #: The number of messages that contain the target's delimiter and so look like several.
        self.number_with_breaks = 0

    def convert(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the converted messages that CHUNK completes, joined in one piece.

        Raises `FramingError` for invalid data, and `ValueError` for a message that the target
        framing cannot carry, after yielding the messages before it.
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
        """Return the converted rest at the end; raise `IncompleteReadError` if it is incomplete."""
        if not self._from_text or not isinstance(self.framing, Delimiter):
            self._check_complete()
            return b""
        rest = bytes(self._data)
        self._data.clear()
        return self._put(rest) if rest else b""

    @property
    def ends_with_newline(self) -> bool:
        """True if each message becomes a line."""
        return self._target == Delimiter(b"\n")

    def whole_from(self, data: bytes, sent: int) -> bytes:
        """Return the part of converted DATA to send again after SENT bytes: whole messages."""
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
