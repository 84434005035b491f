"""Views of a ring for any asynchronous runtime: the same as `_views`, for tasks.

Entering a block is the only point that waits for the peer. With memory, leaving it awaits nothing,
so no cancellation can come between the user's last statement and the publication.
"""

from __future__ import annotations

from contextlib import ExitStack

from interprocess.shared_memory.local_socket._views import (
    MOST_WITHOUT_MEMORY,
    View,
    check_may_send,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess.shared_memory._ring import Side
    from interprocess.shared_memory.local_socket._async_receiving import AsyncChannelReceiver
    from interprocess.shared_memory.local_socket._async_sending import AsyncChannelSender


class _AsyncView(View):
    """The common part of both views."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        #: What the end of the block has to undo.
        self._block = ExitStack()
        #: The index of the side, while this object has its turn.
        self._index = 0

    async def _take_turn(self, end: Any, side: Side, block: ExitStack) -> int:
        """Take the turn of SIDE until BLOCK ends, and return the index."""
        self._index = await end._turn(side)
        self._side = side
        block.callback(self._end_turn)
        return self._index

    def _end_turn(self) -> None:
        side, self._side = self._side, None
        side.holder = 0
        side.place += (self._index,)

    def _begin(self, view: memoryview, block: ExitStack) -> memoryview:
        """Show VIEW until the end of the block, which then ends BLOCK."""
        self._view = view
        block.callback(self._release)
        self._block = block.pop_all()
        return view


class AsyncReservation(_AsyncView):
    """An asynchronous context manager with a view of free room; `Stream.reserve` creates it.

    The end of the block sends the bytes committed with `commit`, by default the whole view. After
    an exception or a cancellation, it sends nothing.
    """

    def __init__(self, end: AsyncChannelSender, size: int) -> None:
        super().__init__(size)
        self._end = end

    def commit(self, count: int) -> None:
        """Send only the first COUNT bytes of the view at the end of the block."""
        self._note(count)

    async def __aenter__(self) -> memoryview:
        end = self._end
        try:
            with ExitStack() as block:
                block.enter_context(end._writing)
                await end._runtime.yield_once()
                writer = (await end._opened()).writer
                end._check_may_send()
                if writer is None:
                    buffer = bytearray(min(self._size, MOST_WITHOUT_MEMORY))
                    return self._begin(memoryview(buffer), block)
                head = await self._take_turn(end, writer, block)
                room = await end._room_at(writer, head, self._size)
                return self._begin(self._show(writer, head, room), block)
        except BrokenPipeError as error:
            raise end._as_runtime_has_it(error) from None

    async def __aexit__(self, exception: object, *details: object) -> None:
        end, count = self._end, self._counted(exception)
        with self._block:
            if not count or self._view is None:
                return
            writer = self._side
            if writer is not None:
                self._send(count)
                return
            data = bytes(self._view[:count])
        await end.send_all(data)

    def _send(self, count: int) -> None:
        end, writer = self._end, self._side
        try:
            check_may_send(end, writer)
            self._index += count
            end._publish_head(writer, self._index)
        except BrokenPipeError as error:
            raise end._as_runtime_has_it(error) from None


class AsyncPeek(_AsyncView):
    """An asynchronous context manager with a view of received data; `Stream.peek` creates it.

    The view is read-only. The end of the block receives the bytes given to `consume`, by default
    the whole view. After an exception or a cancellation, it receives nothing, and the next call
    receives the data.
    """

    def __init__(self, end: AsyncChannelReceiver, size: int) -> None:
        super().__init__(size)
        self._end = end

    def consume(self, count: int) -> None:
        """Receive only the first COUNT bytes of the view at the end of the block."""
        self._note(count)

    async def __aenter__(self) -> memoryview:
        end = self._end
        with ExitStack() as block:
            block.enter_context(end._reading)
            await end._runtime.yield_once()
            end._check_open()
            if not end._kept:
                reader = (await end._opened()).reader
                if reader is not None:
                    tail = await self._take_turn(end, reader, block)
                    available = await end._available_at(reader, tail)
                    return self._begin(self._show(reader, tail, available).toreadonly(), block)
                end._keep([await end._main.recv(min(self._size, MOST_WITHOUT_MEMORY))])
            return self._begin(memoryview(bytes(end._kept[: self._size])), block)

    async def __aexit__(self, exception: object, *details: object) -> None:
        end, count = self._end, self._counted(exception)
        with self._block:
            reader = self._side
            if reader is None:
                end._take(count)
            elif count and not end.closed:  # Otherwise a clone may receive the data.
                self._index += count
                end._publish_tail(reader, self._index)
