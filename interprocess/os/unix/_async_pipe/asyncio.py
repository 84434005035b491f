"""The ends of pipes for asyncio."""

from __future__ import annotations

from interprocess._runtimes.asyncio import RUNTIME
from interprocess.os.unix._async_pipe.ends import AsyncPipeSender, AsyncRecver, new_ends

PLACE = "interprocess.unnamed_pipe.asyncio"


class Recver(AsyncRecver, runtime=RUNTIME, place=PLACE):
    pass


class Sender(AsyncPipeSender, runtime=RUNTIME, place=PLACE):
    pass


def pipe() -> tuple[Sender, Recver]:
    """Create an unnamed pipe and return its two ends. pipe2(2), macOS pipe(2)."""
    return new_ends(Sender, Recver)
