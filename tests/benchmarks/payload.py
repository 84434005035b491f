"""The bytes to transfer, and the check that they arrived."""

from __future__ import annotations

import sys

from tests.benchmarks.model import WrongBytesError

#: How many exchanges are compared byte by byte, before all others.
CHECKED = 20
#: How often an exchange is made before it is timed. PyPy has to compile the loop first.
WARM_UP = 3000 if sys.implementation.name == "pypy" else 50


def message_of(size: int) -> bytes:
    """Return SIZE bytes in which neighbours, and blocks of a power of two, differ."""
    period = bytes(number * 31 % 251 for number in range(251))
    return (period * (size // 251 + 1))[:size]


def check(arrived: bytes | bytearray | memoryview, expected: bytes) -> None:
    """Raise `WrongBytesError` for other bytes than those that were sent."""
    if arrived != expected:
        size = len(arrived)
        what = f"{size} bytes instead of {len(expected)}" if size != len(expected) else "others"
        raise WrongBytesError(f"other bytes arrived than were sent: {what}")


def check_stream(total: int, tail: bytes, message: bytes, count: int) -> None:
    """Check how many bytes of a stream arrived, and the last of them."""
    if total != len(message) * count:
        raise WrongBytesError(f"{total} bytes arrived, {len(message) * count} were sent")
    check(tail, message[-len(tail) :])
