"""The ends of pipes for trio, with trio's own interfaces."""

from __future__ import annotations

from interprocess._runtimes.trio import RUNTIME, abc
from interprocess._runtimes.trio_streams import TrioReceiver
from interprocess.os.unix._async_descriptor.trio_owners import TrioSender
from interprocess.os.unix._async_pipe.ends import AsyncPipeSender, AsyncRecver, new_ends

PLACE = "interprocess.unnamed_pipe.trio"


class Recver(TrioReceiver, AsyncRecver, abc.ReceiveStream, runtime=RUNTIME, place=PLACE):
    pass


class Sender(TrioSender, AsyncPipeSender, abc.SendStream, runtime=RUNTIME, place=PLACE):
    pass


def pipe() -> tuple[Sender, Recver]:
    """Create an unnamed pipe and return its two ends. pipe2(2), macOS pipe(2)."""
    return new_ends(Sender, Recver)
