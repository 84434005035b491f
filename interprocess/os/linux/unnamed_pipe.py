"""The capacity of a pipe, on Linux. fcntl(2), pipe(7)."""

from __future__ import annotations

import fcntl

from interprocess._bindings.libc import constant
from interprocess.os.unix._pipe import PipeDescriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    from interprocess.os.unix._pipe import Recver, Sender

    PipeEnd = Union[Recver, Sender]

__all__ = ["get_pipe_size", "set_pipe_size"]

F_SETPIPE_SZ = constant("F_SETPIPE_SZ")
F_GETPIPE_SZ = constant("F_GETPIPE_SZ")


def get_pipe_size(end: PipeEnd) -> int:
    """Return the number of bytes that the pipe holds before a sender must wait. F_GETPIPE_SZ."""
    return _checked(end)._descriptor.perform(fcntl.fcntl, 0, None, F_GETPIPE_SZ)


def set_pipe_size(end: PipeEnd, size: int) -> int:
    """Set the pipe's capacity to at least SIZE bytes and return the new one. F_SETPIPE_SZ.

    Raises `PermissionError` above the limit for users without privileges
    (`/proc/sys/fs/pipe-max-size`) and `OSError` with `EBUSY` if the pipe already contains more than
    SIZE bytes.
    """
    if isinstance(size, bool) or not isinstance(size, int):
        raise TypeError(f"size must be a number of bytes, not {size!r}")
    if size <= 0:
        raise ValueError(f"size must be at least 1 byte, not {size}")
    return _checked(end)._descriptor.perform(fcntl.fcntl, 0, None, F_SETPIPE_SZ, size)


def _checked(end: PipeEnd) -> PipeEnd:
    """Return END, or raise `TypeError` if it is not an end of a pipe."""
    if not isinstance(getattr(end, "_descriptor", None), PipeDescriptor):
        raise TypeError(f"only ends of pipes have a size, not {end!r}")
    return end
