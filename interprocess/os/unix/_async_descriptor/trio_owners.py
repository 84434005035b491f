"""Sending as a `trio.abc.SendStream`, on Unix."""

from __future__ import annotations

from interprocess._runtimes.trio_errors import ClosedError
from interprocess.os.unix._async_descriptor.owners import AsyncSender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from interprocess._interface.byte_stream import Buffer


class TrioSender(AsyncSender):
    """A `trio.abc.SendStream`."""

    _sent_eof = False

    def send(self, data: Buffer, /) -> Coroutine[Any, Any, int]:
        if self._sent_eof:
            return self._writing.perform(_raise_closed)
        return super().send(data)

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until there may be room to send."""
        await self.wait_writable()

    async def _end_sending(self, shut_down: Callable[[], None]) -> None:
        await self._writing.perform(shut_down)
        self._sent_eof = True


def _raise_closed() -> int:
    raise ClosedError
