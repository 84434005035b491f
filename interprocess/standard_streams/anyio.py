"""Standard input, output and error for anyio: see `interprocess.standard_streams`.

    async with stdin() as source:
        async for data in source:
            print(data)

`StandardInput(end)` wraps an end of `interprocess.standard_streams.asyncio` or `.trio`.
"""

from __future__ import annotations

from interprocess._runtimes.anyio import ByteReceiver, ByteSender, StreamAttribute, trio_runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["StandardInput", "StandardOutput", "StreamAttribute", "stderr", "stdin", "stdout"]


def _running() -> ModuleType:
    """Return our module for the runtime that runs, asyncio's if none does yet.

    By import statements: tools that freeze a program do not see a computed name.
    """
    if trio_runs():
        from interprocess.standard_streams import trio

        return trio
    from interprocess.standard_streams import asyncio

    return asyncio


class StandardInput(ByteReceiver):
    """Standard input, an `anyio.abc.ByteReceiveStream`."""


class StandardOutput(ByteSender):
    """Standard output or standard error, an `anyio.abc.ByteSendStream`."""


def stdin() -> StandardInput:
    """Return standard input. Raises `OSError` if it is closed, or open for writing only."""
    return StandardInput(_running().stdin())


def stdout() -> StandardOutput:
    """Return standard output. Raises `OSError` if it is closed, or open for reading only."""
    return StandardOutput(_running().stdout())


def stderr() -> StandardOutput:
    """Return standard error. Raises `OSError` if it is closed, or open for reading only."""
    return StandardOutput(_running().stderr())
