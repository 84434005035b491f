"""The ends of pipes for asyncio."""

from __future__ import annotations

from interprocess._runtimes.asyncio import RUNTIME
from interprocess.os.unix._async_pipe.ends import AsyncPipeSender, AsyncRecver, new_ends


class Recver(AsyncRecver):
    __doc__ = AsyncRecver.__doc__

    __module__ = "interprocess.unnamed_pipe.asyncio"

    _runtime = RUNTIME


class Sender(AsyncPipeSender):
    __doc__ = AsyncPipeSender.__doc__

    __module__ = "interprocess.unnamed_pipe.asyncio"

    _runtime = RUNTIME


def pipe() -> tuple[Sender, Recver]:
    """Create an unnamed pipe and return its two ends. pipe2(2), macOS pipe(2)."""
    return new_ends(Sender, Recver)
