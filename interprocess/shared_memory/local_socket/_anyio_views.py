"""Views of a ring for anyio, with its errors and its guards against a second task."""

from __future__ import annotations

from contextlib import ExitStack

from anyio.lowlevel import checkpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from anyio import ResourceGuard

    from interprocess._runtimes.anyio import Adapter
    from interprocess.shared_memory.local_socket._async_views import AsyncPeek, AsyncReservation


class _AnyioView:
    """The common part of both views, over the view of a stream for the running runtime."""

    _raw: Any

    def __init__(self, end: Adapter, guard: ResourceGuard) -> None:
        self._end = end
        self._guard = guard
        #: Holds the guard while the block runs.
        self._block = ExitStack()

    async def __aenter__(self) -> memoryview:
        await checkpoint()
        with ExitStack() as block:
            block.enter_context(self._guard)
            with self._end._translated():
                view: memoryview = await self._raw.__aenter__()
            self._block = block.pop_all()
        return view

    async def __aexit__(self, *exception: object) -> None:
        with self._block, self._end._translated():
            await self._raw.__aexit__(*exception)


class Reservation(_AnyioView):
    """An asynchronous context manager with a view of free room; `Stream.reserve` creates it.

    The end of the block sends the bytes committed with `commit`, by default the whole view. After
    an exception or a cancellation, it sends nothing.
    """

    __module__ = "interprocess.shared_memory.local_socket.anyio"

    def __init__(self, end: Adapter, guard: ResourceGuard, raw: AsyncReservation) -> None:
        super().__init__(end, guard)
        self._raw = raw

    def commit(self, count: int) -> None:
        """Send only the first COUNT bytes of the view at the end of the block."""
        self._raw.commit(count)


class Peek(_AnyioView):
    """An asynchronous context manager with a view of received data; `Stream.peek` creates it.

    The view is read-only. The end of the block receives the bytes given to `consume`, by default
    the whole view. After an exception or a cancellation, it receives nothing, and the next call
    receives the data.
    """

    __module__ = "interprocess.shared_memory.local_socket.anyio"

    def __init__(self, end: Adapter, guard: ResourceGuard, raw: AsyncPeek) -> None:
        super().__init__(end, guard)
        self._raw = raw

    def consume(self, count: int) -> None:
        """Receive only the first COUNT bytes of the view at the end of the block."""
        self._raw.consume(count)
