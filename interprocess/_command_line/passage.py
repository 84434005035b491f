"""What the bytes of one direction pass on their way: they are counted, and may be converted."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from interprocess._command_line.conversion import Conversion

HAS_BREAKS = "a message had a newline in it, so it became several lines: --null keeps them apart"
HAS_NULS = "a message had a NUL byte in it, so it looks like several"


class NoMessageError(Exception):
    """What came is no message, or none that can be passed on; the text says why."""


class Passage:
    """One direction of a connection: what was received comes out as what is to be sent."""

    def __init__(
        self, count: Callable[[int], object] | None = None, conversion: Conversion | None = None
    ) -> None:
        """Prepare it; COUNT is called with the number of bytes of each chunk."""
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
        """Return one from a framing to another, by their names; `None` leaves bytes as they are.

        FROM_TEXT and TO_TEXT are as for `Conversion`.
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
        """Yield what the chunks become that RECEIVE returns, up to an empty one, the end.

        Raises `NoMessageError`, and what RECEIVE raises.
        """
        while chunk := receive():
            yield from self.through(chunk)
        if rest := self.end():
            yield rest

    def through(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what CHUNK becomes; nothing while a message is not whole."""
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
        """Return what is left when the direction has ended."""
        try:
            return b"" if self._conversion is None else self._conversion.end()
        except EOFError:
            raise NoMessageError("it ends in the midst of a message, which is left out") from None
        except (OSError, ValueError) as error:
            raise NoMessageError(getattr(error, "strerror", None) or str(error)) from None

    def whole_from(self, data: bytes, sent: int) -> bytes:
        """Return what of DATA has to be sent again after SENT bytes of it: whole messages."""
        return data[sent:] if self._conversion is None else self._conversion.whole_from(data, sent)

    @property
    def complaint(self) -> str | None:
        """What the user should know about the messages that were passed on."""
        if self._conversion is None or not self._conversion.number_with_breaks:
            return None
        return HAS_BREAKS if self._conversion.ends_with_newline else HAS_NULS
