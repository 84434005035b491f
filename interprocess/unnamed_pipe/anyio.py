"""Unnamed pipes for anyio: ends that are its byte streams, on asyncio and on trio.

    sender, recver = pipe()
    await sender.send(b"Hello")
    print(await recver.receive())

`Recver(recver)` wraps an end of `interprocess.unnamed_pipe.asyncio` or `.trio`.
"""

from __future__ import annotations

from interprocess._runtimes.anyio import ByteReceiver, ByteSender, StreamAttribute, trio_runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["Recver", "Sender", "StreamAttribute", "pipe"]


def _running() -> ModuleType:
    """Return our module for the runtime that runs, asyncio's if none does yet.

    By import statements: tools that freeze a program do not see a computed name.
    """
    if trio_runs():
        from interprocess.unnamed_pipe import trio

        return trio
    from interprocess.unnamed_pipe import asyncio

    return asyncio


class Recver(ByteReceiver):
    """The receiving end of a pipe, an `anyio.abc.ByteReceiveStream`."""

    _raw_class = _running, "Recver"


class Sender(ByteSender):
    """The sending end of a pipe, an `anyio.abc.ByteSendStream`."""

    _raw_class = _running, "Sender"


def pipe() -> tuple[Sender, Recver]:
    """Create an unnamed pipe for the running runtime, and return its two ends."""
    sender, recver = _running().pipe()
    return Sender(sender), Recver(recver)
