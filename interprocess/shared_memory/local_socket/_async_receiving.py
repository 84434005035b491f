"""Receiving through memory for any asynchronous runtime."""

from __future__ import annotations

from functools import partial

from interprocess._interface.async_byte_stream import MOST_AT_ONCE, AsyncByteReceiver
from interprocess._interface.octets import checked_buffers, checked_size, octets
from interprocess.shared_memory._barrier import barrier
from interprocess.shared_memory._ring import HEAD, LEFT, TAIL, WANTED, WRITER
from interprocess.shared_memory._sleeping import MOST_WAKES, begin_sleep, end_sleep, forget_wakes
from interprocess.shared_memory.local_socket._async_end import AsyncChannelEnd, Direction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from interprocess._interface.byte_stream import WritableBuffer
    from interprocess.shared_memory._ring import Reader
    from interprocess.shared_memory.local_socket._async_views import AsyncPeek


class AsyncChannelReceiver(AsyncChannelEnd, AsyncByteReceiver):
    """Receiving through memory."""

    _reading: Direction
    _peek_type: type[AsyncPeek]

    def _begin(self) -> None:
        super()._begin()
        self._reading = Direction(self._runtime, "receiving from")
        self._directions += (self._reading,)

    async def recv(self, size: int, /) -> bytes:
        size = min(checked_size(size), MOST_AT_ONCE)
        if not size or self._kept:
            kept: bytes = await self._at_once(self._take_bytes, size)
            return kept
        buffer = bytearray(size)
        count = await self._receive([buffer])
        del buffer[count:]
        return bytes(buffer)

    async def recv_into(self, buffer: WritableBuffer, /) -> int:
        return await self.recv_vectored([buffer])

    async def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        some = checked_buffers(buffers)
        if self._kept or not any(memoryview(buffer).nbytes for buffer in some):
            taken: int = await self._at_once(self._take_into, some)
            return taken
        return await self._receive(some)

    async def _at_once(self, call: Any, *arguments: object) -> Any:
        with self._reading:
            await self._runtime.yield_once()
            self._check_open()
            return call(*arguments)

    async def _receive(self, buffers: Sequence[WritableBuffer]) -> int:
        with self._reading:
            await self._runtime.yield_once()
            channel = await self._opened()
            reader = channel.reader
            if reader is None:
                count: int = await self._main.recv_vectored(buffers)
                return count
            after = tail = await self._turn(reader)
            try:
                available = await self._available_at(reader, tail)
                if not available:
                    return 0
                for buffer in buffers:
                    with octets(buffer) as whole:
                        count = min(len(whole), tail + available - after)
                        if count:
                            reader.take(after, whole[:count])
                            after += count
                self._publish_tail(reader, after)
                return after - tail
            finally:
                reader.place += (after,)

    def _publish_tail(self, reader: Reader, tail: int) -> None:
        """Return the room before TAIL to the peer, and wake the peer if it waits for that."""
        reader.words[TAIL] = tail
        state = reader.load_peer_state()
        if state not in (0, LEFT, reader.known) and reader.words[WANTED] <= tail:
            self._wake(reader, state, self._room)

    async def _available_at(self, reader: Reader, tail: int) -> int:
        """Wait for data and return the number of bytes; 0 means the end of the stream."""
        available = reader.available(tail)
        while not available and await self._sleep_to_read(reader, tail):
            available = reader.available(tail)
        return available

    async def _sleep_to_read(self, reader: Reader, tail: int) -> bool:
        """Do the same as `sleep_to_read`."""
        words = reader.words
        while True:
            begin_sleep(reader)
            try:
                barrier()
                if words[HEAD] != tail:
                    room = [bytearray(MOST_WAKES)]
                    forget_wakes(reader, partial(self._main._recv_into_now, room))
                    return True
                if words[WRITER] == LEFT or reader.rest:
                    return bool(words[HEAD] != tail)
                woken = await self._sleep(self._main)
                reader.unheard = 0
                if words[HEAD] != tail:
                    return True
                if not woken:
                    return False
            finally:
                end_sleep(reader)

    def peek(self, size: int, /) -> AsyncPeek:
        """Return an asynchronous context manager that provides a view of received data.

            async with stream.peek(4096) as view:
                parse(view)

        It works like `peek` of `interprocess.shared_memory.local_socket.Stream`. Entering the block
        waits like `recv`; a cancellation loses nothing. The end of the block does not wait. After
        an exception or a cancellation inside the block, nothing is received, and the next call
        receives the data. Other tasks cannot receive while the block runs.

        If the stream is closed inside the block, the view stays valid until the end of the block.
        """
        return self._peek_type(self, size)
