"""What trio's interfaces call by other names, or ask for besides."""

from __future__ import annotations

from interprocess._interface.async_byte_stream import AsyncByteReceiver

#: How much is received at once where the caller does not say.
DEFAULT_SIZE = 65536


class TrioReceiver(AsyncByteReceiver):
    """A `trio.abc.ReceiveStream`."""

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Receive at least one and at most MAX_BYTES bytes; `b""` is the end of the stream."""
        if max_bytes is not None and max_bytes < 1:
            raise ValueError(f"max_bytes must be at least 1: {max_bytes}")
        return await self.recv(DEFAULT_SIZE if max_bytes is None else max_bytes)
