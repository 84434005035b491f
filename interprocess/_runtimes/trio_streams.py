"""Methods that trio's interfaces require under other names or in addition."""

from __future__ import annotations

from typing import Generic, TypeVar

from interprocess._interface.accepting import says_client_left
from interprocess._interface.async_byte_stream import AsyncByteReceiver

#: The default number of bytes to receive at once.
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
    """Adapts `accept` to `trio.serve_listeners`, which ends on every error but a shortage."""

    async def accept(self) -> StreamType:
        """Wait for the next client and return its stream.

        A cancelled call loses no client. Raises `ClosedResourceError` if the listener is closed
        before or during the call. Skips clients that left before they were accepted. After an error
        such as `EMFILE` the client still waits, and the listener remains usable.
        """
        while True:
            try:
                return await super().accept()  # type: ignore[misc, no-any-return]  # the platform's listener
            except OSError as error:
                if not says_client_left(error):
                    raise
