"""Errors that a peer can cause."""

from __future__ import annotations

import errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PUBLIC_PLACE = "interprocess.messages"


class FramingError(OSError):
    """The received data is not a message in the expected framing; `EBADMSG`.

    `received` is its beginning. The stream cannot be read any further, since the start of the next
    message is unknown.
    """

    __module__ = PUBLIC_PLACE

    _number = errno.EBADMSG

    def __init__(self, message: str, received: bytes = b"") -> None:
        came = f": {received!r}" if received else ""
        super().__init__(self._number, f"{message}{came}")
        self._message = message
        self.received = received

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._message, self.received)


class MessageTooLongError(FramingError):
    """A message exceeds the limit, or its stated length does; `EMSGSIZE`.

    `length` is its length, or the minimum if its end has not arrived; `limit` is the limit;
    `received` is the beginning of the message with its header.
    """

    __module__ = PUBLIC_PLACE

    _number = errno.EMSGSIZE

    def __init__(self, length: int, limit: int, received: bytes = b"") -> None:
        super().__init__(
            f"a message of {length:,} bytes or more exceeds the limit of {limit:,}", received
        )
        self.length = length
        self.limit = limit

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.length, self.limit, self.received)


class AuthenticationError(PermissionError):
    """The peer has not proved that it has the key, or rejects ours; `EACCES`."""

    __module__ = PUBLIC_PLACE

    def __init__(self, message: str) -> None:
        super().__init__(errno.EACCES, message)
        self._message = message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._message,)
