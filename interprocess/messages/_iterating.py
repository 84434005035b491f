"""Iterating over a stream of messages, until its end, which `recv` returns as `None`."""

from __future__ import annotations

from abc import abstractmethod

from interprocess._interface.async_byte_stream import AsyncResource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    Self = TypeVar("Self", bound="AsyncMessageIterator")


class AsyncMessageIterator(AsyncResource):
    """An asynchronous stream of messages."""

    @abstractmethod
    async def recv(self) -> bytes | None:
        """Return the next message, which may be empty; `None` is the end of the stream."""

    def __aiter__(self: Self) -> Self:
        """Return an iterator over the messages until the end of the stream."""
        return self

    async def __anext__(self) -> bytes:
        message = await self.recv()
        if message is None:
            raise StopAsyncIteration
        return message
