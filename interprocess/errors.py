"""The errors that Python does not have already.

Everything else is what Python itself raises: `TimeoutError` when a timeout expires,
`BlockingIOError` in nonblocking mode, `ValueError` for bad arguments and for use after close, and
the subclass of `OSError` that belongs to the system's error number.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["IncompleteReadError", "ReuniteError", "UnexpectedObjectError", "UnsupportedError"]


class UnsupportedError(OSError):
    """The platform, or the running system, cannot do what was asked."""


class UnexpectedObjectError(OSError):
    """What a peer sent is no object that `recv_object` could return, or none that was asked for.

    Its descriptor or handle was closed. What is on the stream afterwards is anybody's guess.
    """


class IncompleteReadError(EOFError):
    """The stream ended before the promised number of bytes had arrived.

    `partial` holds the bytes that did arrive, `expected` how many were asked for, or `None` for a
    message whose length is not known.
    """

    def __init__(self, partial: bytes, expected: int | None) -> None:
        of = "bytes of a message" if expected is None else f"of {expected} bytes"
        super().__init__(f"the stream ended after {len(partial)} {of}")
        self.partial = partial
        self.expected = expected

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.partial, self.expected)


class ReuniteError(ValueError):
    """Two halves that were not split from one stream were to be reunited.

    `recv_half` and `send_half` are the halves, as usable as before.
    """

    def __init__(self, recv_half: Any, send_half: Any) -> None:
        super().__init__(f"{recv_half!r} and {send_half!r} are not halves of one stream")
        self.recv_half = recv_half
        self.send_half = send_half
