"""Passages for the bytes of one direction, which count them and may convert messages."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from interprocess._command_line.conversion import Conversion

HAS_BREAKS = "a message had a newline in it, so it became several lines: --null keeps them apart"
HAS_NULS = "a message had a NUL byte in it, so it looks like several"


class NoMessageError(Exception):
    """The data is not a message, or a message that cannot be passed on; the text explains why."""


class Passage:
    """One direction of a connection: turns received bytes into bytes to send."""

    def __init__(
        self, count: Callable[[int], object] | None = None, conversion: Conversion | None = None
    ) -> None:
        """Prepare the passage; COUNT is called with the size of each chunk."""
        self._count = count
        self._conversion = conversion

    @classmethod
    def converting(
        cls,
        source: str | None,
        target: str | None,
        count: Callable[[int], object] | None,
        *,
        from_text: bool = False,
        to_text: bool = False,
    ) -> Passage:
        """Return a passage between two framings, given by name; `None` leaves bytes unchanged.

        `Conversion` explains FROM_TEXT and TO_TEXT.
        """
        if source is None or target is None:
            return cls(count)
        from interprocess._command_line.conversion import Conversion, framing_named

        return cls(
            count,
            Conversion(
                framing_named(source), framing_named(target), from_text=from_text, to_text=to_text
            ),
        )

    def pieces(self, receive: Callable[[], bytes]) -> Iterator[bytes]:
        """Yield the bytes to send for the chunks from RECEIVE, until it returns an empty chunk.

        Raises `NoMessageError`, and the errors of RECEIVE.
        """
        while chunk := receive():
            yield from self.through(chunk)
        if rest := self.end():
            yield rest

    def through(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the bytes to send for CHUNK; none until a message is complete."""
        if self._count is not None:
            self._count(len(chunk))
        if self._conversion is None:
            yield chunk
            return
        try:
            yield from self._conversion.convert(chunk)
        except (OSError, ValueError) as error:
            raise NoMessageError(getattr(error, "strerror", None) or str(error)) from None

    def end(self) -> bytes:
        """Return the remaining bytes to send at the end of the direction."""
        try:
            return b"" if self._conversion is None else self._conversion.end()
        except EOFError:
            raise NoMessageError("it ends inside a message, which is left out") from None
        except (OSError, ValueError) as error:
            raise NoMessageError(getattr(error, "strerror", None) or str(error)) from None

    def whole_from(self, data: bytes, sent: int) -> bytes:
        """Return the part of DATA to send again, in whole messages, after SENT bytes of it."""
        return data[sent:] if self._conversion is None else self._conversion.whole_from(data, sent)

    @property
    def complaint(self) -> str | None:
        """A warning for the user about the passed messages, or `None`."""
        if self._conversion is None or not self._conversion.number_with_breaks:
            return None
        return HAS_BREAKS if self._conversion.ends_with_newline else HAS_NULS
