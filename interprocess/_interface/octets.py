"""Data as single bytes, whatever they belong to."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.byte_stream import Buffer


def octets(data: Buffer) -> memoryview:
    """Return a view of DATA whose items are bytes, and whose slices are as good as the whole.

    Raises `TypeError` if DATA are not contiguous.
    """
    view = memoryview(data)
    # Not cast in vain: PyPy copies a slice of a cast view byte by byte, 60 ns for each. Sending the
    # rest again and again, some megabytes took it seconds.
    if view.format == "B" and view.ndim == 1 and view.c_contiguous:
        return view
    return view.cast("B")
