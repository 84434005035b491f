"""The ends of unnamed pipes for asyncio."""

from __future__ import annotations

from interprocess._runtimes.asyncio_completion import RUNTIME
from interprocess.os.windows._async_pipe.unnamed import AsyncPipeSender, AsyncRecver, new_ends


class Recver(AsyncRecver):
    __doc__ = AsyncRecver.__doc__

    __module__ = "interprocess.unnamed_pipe.asyncio"

    _runtime = RUNTIME


class Sender(AsyncPipeSender):
    __doc__ = AsyncPipeSender.__doc__

    __module__ = "interprocess.unnamed_pipe.asyncio"

    _runtime = RUNTIME


def pipe() -> tuple[Sender, Recver]:
    """Create an unnamed pipe and return its two ends.

    CreateNamedPipeW function, CreateFileW function.
    """
    return new_ends(Sender, Recver)
