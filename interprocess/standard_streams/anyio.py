"""Standard input, output and error for anyio: see `interprocess.standard_streams`.

    async with stdin() as source:
        async for data in source:
            print(data)

`StandardInput(end)` wraps an end of `interprocess.standard_streams.asyncio` or `.trio`.
"""

from __future__ import annotations

from interprocess._runtimes.anyio import ByteReceiver, ByteSender, StreamAttribute, running

__all__ = ["StandardInput", "StandardOutput", "StreamAttribute", "stderr", "stdin", "stdout"]

_PACKAGE = "interprocess.standard_streams"


class StandardInput(ByteReceiver):
    """Standard input, an `anyio.abc.ByteReceiveStream`."""


class StandardOutput(ByteSender):
    """Standard output or standard error, an `anyio.abc.ByteSendStream`."""


def stdin() -> StandardInput:
    """Return standard input. Raises `OSError` if it is closed, or open for writing only."""
    return StandardInput(running(_PACKAGE).stdin())


def stdout() -> StandardOutput:
    """Return standard output. Raises `OSError` if it is closed, or open for reading only."""
    return StandardOutput(running(_PACKAGE).stdout())


def stderr() -> StandardOutput:
    """Return standard error. Raises `OSError` if it is closed, or open for reading only."""
    return StandardOutput(running(_PACKAGE).stderr())
