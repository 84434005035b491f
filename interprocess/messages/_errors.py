"""What a peer can do wrong."""

from __future__ import annotations

import errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PUBLIC_PLACE = "interprocess.messages"


class FramingError(OSError):
    """What came is no message in the framing that was expected; `EBADMSG`.

    `received` is how that begins. The stream cannot be read any further: where the next message
    begins, nothing says.
    """

    __module__ = PUBLIC_PLACE

    def __init__(self, message: str, received: bytes = b"") -> None:
        came = f": {received!r}" if received else ""
        super().__init__(errno.EBADMSG, f"{message}{came}")
        self._message = message
        self.received = received

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._message, self.received)


class MessageTooLongError(FramingError):
    """A message is longer than the limit, or says that it is; `EMSGSIZE`.

    `length` is how long, or at least how long where its end has not come; `limit` is the limit, and
    `received` how the message begins, with what stands before it.
    """

    __module__ = PUBLIC_PLACE

    def __init__(self, length: int, limit: int, received: bytes = b"") -> None:
        super().__init__(
            f"a message of {length:,} bytes or more, and the limit is {limit:,}", received
        )
        self.errno = errno.EMSGSIZE
        self.length = length
        self.limit = limit

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.length, self.limit, self.received)


class AuthenticationError(PermissionError):
    """The peer has not shown that it has the key, or refuses ours; `EACCES`."""

    __module__ = PUBLIC_PLACE

    def __init__(self, message: str) -> None:
        super().__init__(errno.EACCES, message)
        self._message = message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._message,)
