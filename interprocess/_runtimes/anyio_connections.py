"""anyio's byte streams and listeners over our connections, whatever carries their bytes."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TypeVar

import anyio
from anyio import abc
from anyio.lowlevel import checkpoint

from interprocess._interface.shutdown import Shutdown
from interprocess._runtimes.anyio import Adapter, ByteReceiver, ByteSender, StreamAttribute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

StreamType = TypeVar("StreamType", bound="Connection")


class Connection(ByteReceiver, ByteSender, abc.ByteStream):
    """A connection over a local socket, an `anyio.abc.ByteStream`."""

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        """The attributes for `extra`: those of `StreamAttribute`."""
        return {
            **super().extra_attributes,
            StreamAttribute.peer_creds: self._raw.peer_creds,
            StreamAttribute.send_buffer_size: lambda: self._raw.send_buffer_size,
            StreamAttribute.recv_buffer_size: lambda: self._raw.recv_buffer_size,
        }

    @property
    def _sending_objects(self) -> anyio.ResourceGuard:
        """The guard that admits one task at a time to `send_object`."""
        return self._sending

    @property
    def _receiving_objects(self) -> anyio.ResourceGuard:
        """The guard that admits one task at a time to `recv_object`."""
        return self._receiving

    async def send_eof(self) -> None:
        """Signal the end of the stream to the peer.

        Raises `UnsupportedError` on Windows, where pipes have no half-close, and
        `BusyResourceError` while another task sends.
        """
        await checkpoint()
        with self._sending, self._translated():
            self._raw.shutdown(Shutdown.SEND)


class ClientListener(Adapter, abc.Listener[StreamType]):
    """A server's end of a local socket, an `anyio.abc.Listener`."""

    _stream_type: type[StreamType]

    def __init__(self, raw: Any) -> None:
        super().__init__(raw)
        self._accepting = anyio.ResourceGuard("accepting from")

    @property
    def name(self) -> Any:
        """The name that clients connect to."""
        return self._raw.name

    async def accept(self) -> StreamType:
        """Wait for the next client and return its stream. A cancelled call loses no client."""
        await checkpoint()
        with self._accepting, self._translated():
            return self._stream_type(await self._raw.accept())

    async def serve(
        self, handler: Callable[[StreamType], Any], task_group: abc.TaskGroup | None = None
    ) -> None:
        """Run HANDLER in a task for each client, in TASK_GROUP or one of its own.

        When descriptors or memory have run out, accepting pauses, and a `RuntimeWarning` reports
        it.
        """
        async with AsyncExitStack() as stack:
            group = task_group
            if group is None:
                group = await stack.enter_async_context(anyio.create_task_group())
            while True:
                group.start_soon(handler, await self._next_client())

    async def _next_client(self) -> StreamType:
        await checkpoint()
        with self._accepting, self._translated():
            try:
                return self._stream_type(await self._raw.__anext__())
            except StopAsyncIteration:
                raise anyio.ClosedResourceError from None
