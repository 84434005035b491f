"""Checking numbers that the system takes as 32 bits."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    #: The sizes of the send and receive buffers; `None` is the system's default.
    BufferSizes = tuple[Optional[int], Optional[int]]

MAX_BUFFER_SIZE = 2**31 - 1


def checked_buffer_size(what: str, size: int | None) -> int | None:
    """Return SIZE, a number of bytes or `None`.

    Raises `TypeError` or `ValueError` for anything else.
    """
    if size is None:
        return None
    return checked_number(what, size, 0, MAX_BUFFER_SIZE)


def checked_option_size(what: str, size: int | None) -> int | None:
    """Return the SIZE of a stream's buffer, in bytes, or `None` for the system's default.

    Raises `TypeError` or `ValueError` for anything else.
    """
    return None if size is None else checked_number(what, size, 1, MAX_BUFFER_SIZE)


def given_sizes(send: int | None, recv: int | None) -> BufferSizes | None:
    """Return the sizes of a stream's buffers, or `None` if both are the system's default."""
    return None if send is None and recv is None else (send, recv)


def checked_number(what: str, number: int, least: int, most: int) -> int:
    """Return NUMBER. Raises `TypeError` if it is no `int`, `ValueError` if it is out of range."""
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"{what} must be a number, not {number!r}")
    if not least <= number <= most:
        raise ValueError(f"{what} must be between {least:,} and {most:,}, not {number:,}")
    return number
