"""The ends of unnamed pipes for asyncio."""

from __future__ import annotations

from interprocess._runtimes.asyncio_completion import RUNTIME
from interprocess.os.windows._async_pipe.unnamed import AsyncPipeSender, AsyncRecver, new_ends

PLACE = "interprocess.unnamed_pipe.asyncio"


class Recver(AsyncRecver, runtime=RUNTIME, place=PLACE):
    pass


class Sender(AsyncPipeSender, runtime=RUNTIME, place=PLACE):
    pass


def pipe() -> tuple[Sender, Recver]:
    """Create an unnamed pipe and return its two ends.

    CreateNamedPipeW function, CreateFileW function.
    """
    return new_ends(Sender, Recver)
