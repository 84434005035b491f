"""What trio's interfaces call by other names, or ask for besides."""

from __future__ import annotations

from typing import Generic, TypeVar

from interprocess._interface.accepting import says_client_left
from interprocess._interface.async_byte_stream import AsyncByteReceiver

#: How much is received at once where the caller does not say.
DEFAULT_SIZE = 65536

StreamType = TypeVar("StreamType")


class TrioReceiver(AsyncByteReceiver):
    """A `trio.abc.ReceiveStream`."""

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Receive at least one and at most MAX_BYTES bytes; `b""` is the end of the stream."""
        if max_bytes is not None and max_bytes < 1:
            raise ValueError(f"max_bytes must be at least 1: {max_bytes}")
        return await self.recv(DEFAULT_SIZE if max_bytes is None else max_bytes)


class TrioListener(Generic[StreamType]):
    """What `trio.serve_listeners` needs besides, which ends with any error but a shortage."""

    async def accept(self) -> StreamType:
        """Wait for the next client and return its stream.

        A cancelled call loses no client. Raises `ClosedResourceError` if the listener is closed,
        also meanwhile. Clients that left before they were accepted are passed over. After an error
        such as `EMFILE` the client waits on, and the listener works on.
        """
        while True:
            try:
                return await super().accept()  # type: ignore[misc, no-any-return]  # of the platform's
            except OSError as error:
                if not says_client_left(error):
                    raise
