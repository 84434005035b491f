"""Unnamed pipes for anyio: ends that are its byte streams, on asyncio and on trio.

    sender, recver = pipe()
    await sender.send(b"Hello")
    print(await recver.receive())

`Recver(recver)` wraps an end of `interprocess.unnamed_pipe.asyncio` or `.trio`.
"""

from __future__ import annotations

from interprocess._runtimes.anyio import ByteReceiver, ByteSender, StreamAttribute, running

__all__ = ["Recver", "Sender", "StreamAttribute", "pipe"]

_PACKAGE = "interprocess.unnamed_pipe"


class Recver(ByteReceiver):
    """The receiving end of a pipe, an `anyio.abc.ByteReceiveStream`."""

    _raw_class = _PACKAGE, "Recver"


class Sender(ByteSender):
    """The sending end of a pipe, an `anyio.abc.ByteSendStream`."""

    _raw_class = _PACKAGE, "Sender"


def pipe() -> tuple[Sender, Recver]:
    """Create an unnamed pipe for the runtime that runs, and return its two ends."""
    sender, recver = running(_PACKAGE).pipe()
    return Sender(sender), Recver(recver)
