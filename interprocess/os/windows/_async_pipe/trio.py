"""The ends of unnamed pipes for trio, with trio's own interfaces."""

from __future__ import annotations

from interprocess._runtimes.trio_completion import RUNTIME, abc
from interprocess._runtimes.trio_streams import TrioReceiver
from interprocess.os.windows._async_pipe.trio_owners import TrioSender
from interprocess.os.windows._async_pipe.unnamed import AsyncPipeSender, AsyncRecver, new_ends

PLACE = "interprocess.unnamed_pipe.trio"


class Recver(TrioReceiver, AsyncRecver, abc.ReceiveStream, runtime=RUNTIME, place=PLACE):
    pass


class Sender(TrioSender, AsyncPipeSender, abc.SendStream, runtime=RUNTIME, place=PLACE):
    pass


def pipe() -> tuple[Sender, Recver]:
    """Create an unnamed pipe and return its two ends.

    CreateNamedPipeW function, CreateFileW function.
    """
    return new_ends(Sender, Recver)
