"""Standard input, output and error for trio: see `interprocess.standard_streams`.

    async with stdin() as source:
        async for data in source:
            print(data)

Timeouts and errors are those of trio.
"""

from __future__ import annotations

from interprocess._runtimes.trio import RUNTIME, abc
from interprocess._runtimes.trio_completion import RUNTIME as THREADS
from interprocess._runtimes.trio_streams import TrioReceiver
from interprocess.standard_streams._ends import ERROR, INPUT, OUTPUT, Input, Output

__all__ = ["StandardInput", "StandardOutput", "stderr", "stdin", "stdout"]


class StandardInput(TrioReceiver, Input, abc.ReceiveStream):
    """Standard input, with the verbs of the receiving end of a pipe.

    Closing it leaves the standard stream itself open. A `trio.abc.ReceiveStream`.
    """

    _runtime = RUNTIME
    _threads = THREADS


class StandardOutput(Output, abc.SendStream):
    """Standard output or standard error, with the verbs of the sending end of a pipe.

    Closing it leaves the standard stream itself open. A `trio.abc.SendStream`.
    """

    _runtime = RUNTIME
    _threads = THREADS

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until there may be room to send."""
        await self.wait_writable()


def stdin() -> StandardInput:
    """Return standard input. Raises `OSError` if it is closed, or open for writing only."""
    return StandardInput.of(INPUT)


def stdout() -> StandardOutput:
    """Return standard output. Raises `OSError` if it is closed, or open for reading only."""
    return StandardOutput.of(OUTPUT)


def stderr() -> StandardOutput:
    """Return standard error. Raises `OSError` if it is closed, or open for reading only."""
    return StandardOutput.of(ERROR)
