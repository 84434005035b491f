"""View any buffer as bytes."""

from __future__ import annotations

import sys
from _operator import index  # `operator` itself takes longer to import than this file.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeVar

    from interprocess._interface.byte_stream import Buffer

    AnyBuffer = TypeVar("AnyBuffer", bound=Buffer)

#: PyPy copies a slice of a cast view for C byte by byte, at 170 ns each. Sending the rest of some
#: megabytes again and again took minutes.
_SLICES_ARE_SLOW = sys.implementation.name == "pypy"


def octets(data: Buffer) -> memoryview:
    """Return a view of DATA whose items are bytes, and whose slices are as fast as the whole.

    Raises `TypeError` if DATA is not contiguous or not bytes-like.
    """
    try:
        view = memoryview(data)
    except TypeError:
        raise not_bytes_like(data) from None
    if view.format == "B" and view.ndim == 1 and view.c_contiguous:
        return view
    cast = view.cast("B")
    return memoryview(bytes(cast)) if _SLICES_ARE_SLOW else cast


def checked_buffers(buffers: Iterable[AnyBuffer]) -> list[AnyBuffer]:
    """Return the BUFFERS of a vectored call as a list. Raises `TypeError` if it is no iterable."""
    try:
        return [*buffers]
    except TypeError:
        raise TypeError(f"buffers must be several bytes-like objects, not {buffers!r}") from None


def not_bytes_like(data: object) -> TypeError:
    """Return the error for DATA that is not bytes-like."""
    return TypeError(f"a bytes-like object is required, not {type(data).__name__!r}")


def checked_size(size: int, what: str = "size") -> int:
    """Return SIZE. Raises `TypeError` or `ValueError` if it is not a number of bytes."""
    try:
        number = index(size)
    except TypeError:
        raise TypeError(f"{what} must be a number of bytes, not {size!r}") from None
    if number < 0:
        raise ValueError(f"{what} must be at least 0 bytes, not {number}")
    return number
