"""Sending through memory for any asynchronous runtime."""

from __future__ import annotations

from interprocess._interface.async_byte_stream import AsyncByteSender
from interprocess._interface.octets import checked_buffers, octets
from interprocess.shared_memory._barrier import barrier
from interprocess.shared_memory._ring import HEAD, LEFT, READER, TAIL, WANTED
from interprocess.shared_memory._sleeping import (
    begin_sleep,
    check_received,
    end_sleep,
    nobody_receives,
)
from interprocess.shared_memory.local_socket._async_end import AsyncChannelEnd, Direction
from interprocess.shared_memory.local_socket._platform import below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from interprocess._interface.byte_stream import Buffer
    from interprocess.shared_memory._ring import Writer
    from interprocess.shared_memory.local_socket._async_views import AsyncReservation

#: The largest number of bytes that one call sends. It is smaller than that of synchronous streams,
#: because the other tasks of the loop wait while it is copied.
_PIECE = 1 << 16


class AsyncChannelSender(AsyncChannelEnd, AsyncByteSender):
    """Sending through memory."""

    _writing: Direction
    _reservation_type: type[AsyncReservation]

    def _begin(self) -> None:
        super()._begin()
        self._writing = Direction(self._runtime, "sending to")
        self._directions += (self._writing,)

    async def send(self, data: Buffer, /) -> int:
        with octets(data) as rest:
            return await self._send(rest)

    async def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        with memoryview(b"".join(map(octets, checked_buffers(buffers)))) as rest:
            return await self._send(rest)

    async def _send(self, rest: memoryview) -> int:
        with self._writing:
            await self._runtime.yield_once()
            writer = (await self._opened()).writer
            try:
                self._check_may_send()
                if writer is not None:
                    return await self._put(writer, rest)
            except BrokenPipeError as error:
                raise self._as_runtime_has_it(error) from None
            count: int = await self._main.send(rest)
            return count

    def _check_may_send(self) -> None:
        """Raise the error of all further sends, if there is one."""
        if self._cut_short is not None:
            raise self._cut_short

    async def _put(self, writer: Writer, rest: memoryview) -> int:
        after = head = await self._turn(writer)
        try:
            count = min(len(rest), await self._room_at(writer, head, len(rest)), _PIECE)
            if count:
                writer.put(head, rest[:count])
                after = head + count
                self._publish_head(writer, after)
            return count
        finally:
            writer.place += (after,)

    def _publish_head(self, writer: Writer, head: int) -> None:
        """Pass the bytes before HEAD to the peer.

        Raises `BrokenPipeError` if the peer has left without receiving them.
        """
        writer.words[HEAD] = head
        state = writer.load_peer_state()
        if state not in (0, writer.known) and not self._wake(writer, state, self._main):
            check_received(writer)

    async def _room_at(self, writer: Writer, head: int, size: int) -> int:
        """Wait for room, unless SIZE is 0, and return the number of bytes.

        Raises `BrokenPipeError` if there never will be any.
        """
        words = writer.words
        while True:
            if writer.rest or words[READER] == LEFT:
                raise nobody_receives()
            room = writer.room(head)
            if room or not size:
                return room
            words[WANTED] = head + min(size, writer.capacity // 2) - writer.capacity
            begin_sleep(writer)
            try:
                barrier()
                must_sleep = words[READER] != LEFT and words[TAIL] == head - writer.capacity
                if must_sleep and not await self._sleep(self._room):
                    raise nobody_receives()
            finally:
                end_sleep(writer)

    async def wait_writable(self) -> None:
        """Wait until there may be room for data."""
        with self._writing:
            await self._runtime.yield_once()
            writer = (await self._opened()).writer
            if writer is None:
                return await self._main.wait_writable()  # type: ignore[no-any-return]  # `None`
            head = await self._turn(writer)
            try:
                await self._room_at(writer, head, 1)
            except BrokenPipeError:
                pass  # The next send raises it.
            finally:
                writer.place += (head,)
        return None

    def reserve(self, size: int, /) -> AsyncReservation:
        """Return an asynchronous context manager that provides a view of free room, to write data.

            async with stream.reserve(4096) as view:
                view[:] = bytes(len(view))

        It works like `reserve` of `interprocess.shared_memory.local_socket.Stream`. Entering the
        block waits like `send`, and the end of the block does not wait. After an exception or a
        cancellation inside the block, nothing is sent. Other tasks cannot send while the block
        runs. Without memory, the end of the block sends the view as `send_all` does, and waits.

        If the stream is closed inside the block, the view stays valid until the end of the block,
        which sends nothing and raises `ValueError`.
        """
        return self._reservation_type(self, size)

    def _stop_sending(self) -> None:
        writer = self._channel.writer
        if writer is not None:
            writer.leave()
            if not self._main.closed:
                self._wake(writer, 0, self._main)
                below.end_receiving(self._room)
                self._wires.carrier._stop_sending()
        elif self._channel.is_open:
            self._main._stop_sending()
