"""Opening the ends of FIFO files asynchronously, and the end that waits for a sender."""

from __future__ import annotations

import errno
import os
from typing import TypeVar

from interprocess._interface.octets import checked_size
from interprocess._interface.timeouts import pauses
from interprocess.os.unix._async_pipe.ends import AsyncPipeSender, AsyncRecver
from interprocess.os.unix._calls import POLLIN
from interprocess.os.unix._descriptor.descriptor import is_ready
from interprocess.os.unix._pipe import FifoDescriptor, holds_bytes
from interprocess.os.unix.fifo_file._files import open_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from typing import Any

    from interprocess._interface.async_runtime import Runtime
    from interprocess._interface.byte_stream import WritableBuffer
    from interprocess.os.unix.fifo_file._files import FifoPath

RecverType = TypeVar("RecverType", bound="AsyncFifoRecver")
SenderType = TypeVar("SenderType", bound=AsyncPipeSender)


class AsyncFifoRecver(AsyncRecver):
    """The receiving end of a FIFO file.

    Its first receive waits for a sender, because the system reports the end of the stream for a
    FIFO that has had no sender yet. Otherwise it is like the receiving end of a pipe.
    """

    _expects_sender = True

    def recv(self, size: int, /) -> Coroutine[Any, Any, bytes]:
        if self._expects_sender and checked_size(size):
            return self._recv_first(size)
        return super().recv(size)

    async def _recv_first(self, size: int) -> bytes:
        await self._wait_for_sender()
        return await super().recv(size)

    async def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        if self._expects_sender:
            await self._wait_for_sender()
        return await super().recv_vectored(buffers)

    async def _wait_for_sender(self) -> None:
        await self._reading.perform(self._check_for_sender)

    def _check_for_sender(self) -> None:
        """Raise `BlockingIOError` until a sender has sent data, or has come and left."""
        number = self._descriptor.number
        if not (is_ready(number, POLLIN) if self._descriptor.is_polled else holds_bytes(number)):
            raise BlockingIOError
        self._expects_sender = False


async def open_recver(runtime: Runtime, kind: type[RecverType], path: FifoPath) -> RecverType:
    """Open a FIFO file for receiving. open(2)."""
    await runtime.yield_once()
    descriptor = FifoDescriptor(None, nonblocking=True)
    descriptor.obtain(open_end, path, os.O_RDONLY, True)
    return kind._owning(descriptor)


async def open_sender(runtime: Runtime, kind: type[SenderType], path: FifoPath) -> SenderType:
    """Open a FIFO file for sending, once a receiver has opened it. open(2).

    No system reports when that happens, and only a signal ends an open(2) that waits for it. So
    this polls, at most 20 times a second, and leaves nothing behind when it is cancelled.
    """
    await runtime.yield_once()
    for pause in pauses():
        try:
            descriptor = FifoDescriptor(None, nonblocking=True)
            descriptor.obtain(open_end, path, os.O_WRONLY, True)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
        else:
            return kind._owning(descriptor)
        await runtime.sleep(pause)
    raise AssertionError("the pauses never end")
