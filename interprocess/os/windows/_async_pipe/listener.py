"""What the asynchronous listeners of local sockets and of named pipes have in common."""

from __future__ import annotations

from typing import Generic, TypeVar

from interprocess._interface.accepting import next_client_async
from interprocess._interface.async_byte_stream import AsyncResource
from interprocess._interface.byte_stream import closed_error
from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
from interprocess.os.windows._async_pipe.server import AsyncPipeServer
from interprocess.os.windows._pipe.instances import close_all
from interprocess.os.windows._pipe.listener import ServerOwner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any, SupportsIndex

    from interprocess._interface.async_runtime import CompletionRuntime

StreamType = TypeVar("StreamType")


class AsyncServerOwner(ServerOwner, AsyncResource, Generic[StreamType]):
    """An object that owns an `AsyncPipeServer`, for one event loop."""

    _runtime: CompletionRuntime
    _server: AsyncPipeServer  # type: ignore[assignment]  # the same, awaited

    def _take_over(self, listener: ServerOwner) -> None:
        """Take the instances of a synchronous listener, which is closed by that."""
        server = listener._server
        handles = server.give_up_all()
        try:
            self._server = AsyncPipeServer(server.creation, self._runtime, handles)
        except BaseException:
            close_all(handles)
            raise

    def _hand_over(self, listener: ServerOwner) -> None:
        """Give the instances to a synchronous listener."""
        server = self._server
        handles = server.give_up_all()
        mode = ListenerNonblockingMode.NEITHER
        try:
            listener._listen(server.creation, mode, handles)
        except BaseException:
            close_all(handles)
            raise

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        raise TypeError(f"{self!r} belongs to an event loop: what to_sync() returns can be sent")

    async def accept(self) -> StreamType:
        """Wait for the next client and return its stream. ConnectNamedPipe function.

        A cancelled call loses no client. Raises `ValueError` if the listener is closed, also
        meanwhile. After an error the client waits on, and the listener works on.
        """
        raise NotImplementedError

    def incoming(self) -> AsyncIterator[StreamType]:
        """Return an iterator over the streams of clients, as iterating the listener does."""
        return self.__aiter__()

    def __aiter__(self) -> AsyncIterator[StreamType]:
        return self

    async def __anext__(self) -> StreamType:
        return await next_client_async(self, self._runtime.sleep)

    async def aclose(self) -> None:
        """Close it, as `close()` does, and let other tasks run."""
        self.close()
        await self._runtime.yield_once()

    def detach(self) -> int:
        """Give up the `HANDLE` of one instance to the caller, and close the others.

        It stays with the completion port of the event loop that it was used with. Raises
        `ValueError` after `close()`, and while another task accepts.
        """
        if self.closed:
            raise closed_error(self)
        kept, *others = self._server.give_up_all()
        close_all(others)
        self._tell_close_watchers()
        return kept.detach()


def refuse_nonblocking(mode: ListenerNonblockingMode) -> None:
    """Refuse the option that is not for asynchronous listeners."""
    if mode is not ListenerNonblockingMode.NEITHER:
        raise ValueError(
            "an asynchronous listener waits without blocking: nonblocking is not for it"
        )
