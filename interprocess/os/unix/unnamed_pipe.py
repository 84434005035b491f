"""Unnamed pipes on Unix, with the option of nonblocking mode from the start.

`Sender` and `Recver` are those of `interprocess.unnamed_pipe`. See pipe(2) and pipe(7).
"""

from __future__ import annotations

from interprocess._interface.options import check_bool
from interprocess.os.unix._pipe import Recver, Sender, pipe_with_mode

__all__ = ["Recver", "Sender", "pipe"]


def pipe(*, nonblocking: bool = False) -> tuple[Sender, Recver]:
    """Create a pipe and return its two ends, which are close-on-exec.

    With `nonblocking`, calls on both ends that would have to wait raise `BlockingIOError`;
    `set_nonblocking` changes that for one end.

    pipe2(2) where the system has it, which sets all flags atomically; else pipe(2) and fcntl(2).
    """
    check_bool("nonblocking", nonblocking)
    return pipe_with_mode(nonblocking=nonblocking)
