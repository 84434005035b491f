"""The bases of all objects that belong to an event loop: streams, halves, ends, listeners."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Generic, TypeVar

from interprocess._interface.accepting import next_client_async
from interprocess._interface.async_byte_stream import AsyncResource
from interprocess._interface.byte_stream import closed_error
from interprocess._interface.nonblocking_mode import ListenerNonblockingMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import SupportsIndex

    from interprocess._interface.async_runtime import Completion, Readiness, Runtime
    from interprocess._interface.options import ConnectWaitMode
    from interprocess._interface.sizes import BufferSizes

    Connected = TypeVar("Connected", bound="AsyncConnecting")

StreamType = TypeVar("StreamType")


class AsyncOwned(AsyncResource):
    """An object over a descriptor or a handle that waits with a runtime.

    Among the bases of a class it precedes the synchronous owner.
    """

    _runtime: Runtime
    #: One waiter for each direction of the object.
    _directions: tuple[Readiness | Completion, ...] = ()

    def __init_subclass__(
        cls, runtime: Runtime | None = None, place: str = "", **more: object
    ) -> None:
        """Bind the class to RUNTIME, if given; it is then public, in the module PLACE.

        Its docstring is that of the class that it binds: the last of this package's among its
        bases.
        """
        super().__init_subclass__(**more)
        if runtime is not None:
            cls._runtime = runtime
            cls.__module__ = place
            cls.__doc__ = [base for base in cls.__bases__ if issubclass(base, AsyncOwned)][
                -1
            ].__doc__

    if TYPE_CHECKING:  # The synchronous owner's.

        @property
        def closed(self) -> bool: ...
        def close(self) -> None: ...

    async def aclose(self) -> None:
        """Close the object as `close()` does, and let other tasks run."""
        self.close()
        await self._runtime.yield_once()

    def _check_idle(self) -> None:
        """Raise `ValueError` after `close()` and while a task is inside a call."""
        if self.closed:
            raise closed_error(self)
        if any(direction.busy for direction in self._directions):
            raise ValueError(f"another task is inside a call on {self!r}")

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        raise TypeError(f"{self!r} belongs to an event loop: what to_sync() returns can be sent")


class AsyncConnecting(AsyncOwned):
    """A stream that connects. `ConnectOptions` has checked its arguments."""

    @classmethod
    async def _connect(
        cls: type[Connected],
        name: Any,
        wait_mode: ConnectWaitMode,
        nonblocking_stream: bool,
        current_user_only: bool | None,
        wait_for_server: bool,
        buffer_sizes: BufferSizes | None,
    ) -> Connected:
        """Do what `ConnectOptions.connect_asyncio` says."""
        if nonblocking_stream:
            raise ValueError(
                "an asynchronous stream waits without blocking: nonblocking_stream is not for it"
            )
        if not wait_for_server:
            return await cls._connect_once(name, wait_mode, current_user_only, buffer_sizes)
        from interprocess._interface.waiting_for_server import connect_when_there_async

        return await connect_when_there_async(
            cls._connect_once, name, wait_mode, current_user_only, buffer_sizes, cls._runtime.sleep
        )

    @classmethod
    @abstractmethod
    async def _connect_once(
        cls: type[Connected],
        name: Any,
        wait_mode: ConnectWaitMode,
        current_user_only: bool | None,
        buffer_sizes: BufferSizes | None,
    ) -> Connected:
        """Connect to a running server, waiting for room as WAIT_MODE says."""


class AsyncClientIterator(AsyncOwned, Generic[StreamType]):
    """The base of every asynchronous listener: an asynchronous iterator over its clients."""

    _warned_at: float

    @abstractmethod
    async def accept(self) -> StreamType:
        """Wait for the next client and return its stream."""

    def incoming(self) -> AsyncIterator[StreamType]:
        """Return an iterator over the streams of clients, as iterating the listener does."""
        return self.__aiter__()

    def __aiter__(self) -> AsyncIterator[StreamType]:
        return self

    async def __anext__(self) -> StreamType:
        return await next_client_async(self, self._runtime.sleep)


def refuse_nonblocking(mode: ListenerNonblockingMode) -> None:
    """Raise `ValueError` for the option that asynchronous listeners do not support."""
    if mode is not ListenerNonblockingMode.NEITHER:
        raise ValueError(
            "an asynchronous listener waits without blocking: nonblocking is not for it"
        )
