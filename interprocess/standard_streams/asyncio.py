"""Standard input, output and error for asyncio: see `interprocess.standard_streams`.

    async with stdin() as source:
        while data := await source.recv(65536):
            print(data)

Timeouts are those of asyncio. If two tasks receive from an end at the same time, or send, the
second one gets `RuntimeError`.
"""

from __future__ import annotations

from interprocess._runtimes.asyncio import RUNTIME
from interprocess._runtimes.asyncio_completion import RUNTIME as THREADS
from interprocess.standard_streams._ends import ERROR, INPUT, OUTPUT, Input, Output

__all__ = ["StandardInput", "StandardOutput", "stderr", "stdin", "stdout"]


class StandardInput(Input):
    """Standard input, with the verbs of the receiving end of a pipe.

    Closing it leaves the standard stream itself open.
    """

    _runtime = RUNTIME
    _threads = THREADS


class StandardOutput(Output):
    """Standard output or standard error, with the verbs of the sending end of a pipe.

    Closing it leaves the standard stream itself open.
    """

    _runtime = RUNTIME
    _threads = THREADS


def stdin() -> StandardInput:
    """Return standard input. Raises `OSError` if it is closed, or open for writing only."""
    return StandardInput.of(INPUT)


def stdout() -> StandardOutput:
    """Return standard output. Raises `OSError` if it is closed, or open for reading only."""
    return StandardOutput.of(OUTPUT)


def stderr() -> StandardOutput:
    """Return standard error. Raises `OSError` if it is closed, or open for reading only."""
    return StandardOutput.of(ERROR)
