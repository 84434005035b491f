"""Exceptions that Python does not already have.

All other errors are Python's own: `TimeoutError` when a timeout expires, `BlockingIOError` in
nonblocking mode, `ValueError` for bad arguments and for use after close, and the subclass of
`OSError` that belongs to the system's error number.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["IncompleteReadError", "ReuniteError", "UnexpectedObjectError", "UnsupportedError"]


class UnsupportedError(OSError):
    """The platform, or the running system, cannot do what was asked."""


class UnexpectedObjectError(OSError):
    """The peer sent no object, or one that the caller of `recv_object` did not ask for.

    The descriptor or handle that arrived was closed. The rest of the stream is unpredictable.
    """


class IncompleteReadError(EOFError):
    """The stream ended before the promised number of bytes had arrived.

    `partial` holds the bytes that did arrive; `expected` is the number of bytes asked for, or
    `None` for a message of unknown length.
    """

    def __init__(self, partial: bytes, expected: int | None) -> None:
        of = "bytes of a message" if expected is None else f"of {expected} bytes"
        super().__init__(f"the stream ended after {len(partial)} {of}")
        self.partial = partial
        self.expected = expected

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.partial, self.expected)


class ReuniteError(ValueError):
    """The halves to be reunited do not come from the same stream.

    `recv_half` and `send_half` are the halves; both remain usable.
    """

    def __init__(self, recv_half: Any, send_half: Any) -> None:
        super().__init__(f"{recv_half!r} and {send_half!r} are not halves of one stream")
        self.recv_half = recv_half
        self.send_half = send_half
