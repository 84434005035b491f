"""What trio's interfaces call by other names, or ask for besides."""

from __future__ import annotations

from interprocess._runtimes.trio_errors import ClosedError
from interprocess.os.unix._async_ends import AsyncReceiver, AsyncSender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from interprocess._interface.byte_stream import Buffer

#: How much is received at once where the caller does not say.
DEFAULT_SIZE = 65536


class TrioReceiver(AsyncReceiver):
    """A `trio.abc.ReceiveStream`."""

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Receive at least one and at most MAX_BYTES bytes; `b""` is the end of the stream."""
        if max_bytes is not None and max_bytes < 1:
            raise ValueError(f"max_bytes must be at least 1: {max_bytes}")
        return await self.recv(DEFAULT_SIZE if max_bytes is None else max_bytes)


class TrioSender(AsyncSender):
    """A `trio.abc.SendStream`."""

    _sent_eof = False

    def send(self, data: Buffer, /) -> Coroutine[Any, Any, int]:
        if self._sent_eof:
            return self._writing.perform(_raise_closed)
        return super().send(data)

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until there may be room for something to send."""
        await self.wait_writable()

    async def _end_sending(self, shut_down: Callable[[], None]) -> None:
        await self._writing.perform(shut_down)
        self._sent_eof = True


def _raise_closed() -> int:
    raise ClosedError
