"""FIFO files for asyncio: the ends of `interprocess.os.unix.fifo_file`, `async` where they wait.

    async with await open_sender("/run/example.fifo") as sender:
        await sender.send_all(b"Hello")

`open_sender` waits for a receiver. `open_recver` does not wait, but the first receive does, until a
sender has sent data or left.
"""

from __future__ import annotations

from interprocess._runtimes.asyncio import RUNTIME
from interprocess.os.unix._async_pipe.asyncio import Sender
from interprocess.os.unix.fifo_file import _async_ends
from interprocess.os.unix.fifo_file._async_ends import AsyncFifoRecver
from interprocess.os.unix.fifo_file._files import create_fifo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.unix.fifo_file._files import FifoPath

__all__ = ["Recver", "Sender", "create_fifo", "open_recver", "open_sender"]


class Recver(AsyncFifoRecver):
    """The receiving end of a FIFO file, whose first receive waits for a sender.

    Otherwise it is like the receiving end of a pipe.
    """

    _runtime = RUNTIME


async def open_recver(path: FifoPath) -> Recver:
    """Open a FIFO file for receiving. open(2). The first receive waits for a sender.

    Raises `FileNotFoundError`, `PermissionError` and so on with the path, and `ValueError` if it is
    not a FIFO.
    """
    return await _async_ends.open_recver(RUNTIME, Recver, path)


async def open_sender(path: FifoPath) -> Sender:
    """Open a FIFO file for sending, and wait for a receiver. open(2).

    No system reports when a receiver comes, so this polls with pauses of 1 to 50 ms.

    Raises `FileNotFoundError`, `PermissionError` and so on with the path, and `ValueError` if it is
    not a FIFO.
    """
    return await _async_ends.open_sender(RUNTIME, Sender, path)
