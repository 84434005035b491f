"""Sending as a `trio.abc.SendStream`, on Windows."""

from __future__ import annotations

from interprocess.os.windows._async_pipe.owners import AsyncSender


class TrioSender(AsyncSender):
    """A `trio.abc.SendStream`."""

    async def wait_send_all_might_not_block(self) -> None:
        """Return at once: Windows does not report whether there is room."""
        await self.wait_writable()
