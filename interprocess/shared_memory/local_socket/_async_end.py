"""Receiving and sending through memory for any asynchronous runtime.

`interprocess.shared_memory._sleeping` explains the protocol. A task sleeps in a receive from an
asynchronous local socket. A call takes or publishes data only after the last point at which it can
be cancelled, and awaits nothing afterwards.
"""

from __future__ import annotations

import errno
import warnings
from functools import partial

from interprocess._interface import lifetime
from interprocess._interface.async_byte_stream import (
    MOST_AT_ONCE,
    AsyncByteReceiver,
    AsyncByteSender,
)
from interprocess._interface.async_owner import AsyncOwned
from interprocess._interface.byte_stream import closed_error
from interprocess._interface.octets import checked_buffers, checked_size, octets
from interprocess._interface.timeouts import pauses
from interprocess.errors import UnsupportedError
from interprocess.shared_memory._barrier import barrier
from interprocess.shared_memory._ring import HEAD, LEFT, READER, TAIL, WANTED, WRITER
from interprocess.shared_memory._sleeping import (
    MOST_WAKES,
    WAKE,
    begin_sleep,
    end_sleep,
    forget_wakes,
    nobody_receives,
)
from interprocess.shared_memory.local_socket._platform import below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeVar

    from interprocess._interface.async_runtime import Runtime
    from interprocess._interface.byte_stream import Buffer, WritableBuffer
    from interprocess._interface.peer_creds import PeerCreds
    from interprocess.shared_memory._ring import Reader, Side, Writer
    from interprocess.shared_memory.local_socket._channel import Channel

    End = TypeVar("End", bound="AsyncChannelEnd")

#: The largest number of bytes that one call sends.
_PIECE = 1 << 16


class _Direction:
    """A context manager that admits one task at a time to one direction of an object."""

    __slots__ = ("_busy_in", "_doing", "_runtime")

    def __init__(self, runtime: Runtime, doing: str) -> None:
        self._runtime = runtime
        self._doing = doing
        self._busy_in = -1

    @property
    def busy(self) -> bool:
        # Tasks of the parent process do not continue after a fork.
        return self._busy_in == lifetime.generation

    def __enter__(self) -> None:
        if self.busy:
            raise self._runtime.busy_error(f"another task is already {self._doing} this")
        self._busy_in = lifetime.generation

    def __exit__(self, *exception: object) -> None:
        self._busy_in = -1


class AsyncChannelEnd(below.NumberOwner, AsyncOwned):
    """An object over a channel and the local sockets that wake its sides."""

    _channel: Channel
    _main: Any
    _room: Any
    _held: list[bool]
    #: The type of an asynchronous local socket.
    _plain_type: Any
    _directions: tuple[Any, ...] = ()

    @classmethod
    def _over(cls: type[End], channel: Channel, main: Any, room: Any) -> End:
        """Return a new object that holds a channel open."""
        end = cls.__new__(cls)
        end._channel, end._main, end._room = channel, main, room
        channel.holders.append(True)
        end._held = [True]
        end._start()
        return end

    def _start(self) -> None:
        """Create the guards of the object's directions."""

    async def _opened(self) -> Channel:
        """Return the channel once it is open."""
        channel = self._channel
        for pause in pauses():
            self._check_open()
            below.check_loop(self._main)
            if channel.is_open:
                break
            if channel.begin_to_open():
                try:
                    await channel.agree_async(self._main)
                finally:
                    channel.end_opening()
            else:
                await self._runtime.sleep(pause)
        if self._room is None and channel.room is not None:
            self._room = self._plain_type.from_sync(channel.room)
        return channel

    async def _turn(self, side: Side) -> int:
        """Take the turn of SIDE, once it is free, and return the index."""
        for pause in pauses():
            self._check_open()
            try:
                for index in side.turns:
                    return index
            except IndexError:
                await self._runtime.sleep(pause)
        raise AssertionError("pauses never end")

    def _wake(self, side: Side, state: int, stream: Any) -> bool:
        """Send a wake byte to the peer, whose STATE is new; return `False` if the peer has left."""
        if stream.closed:
            return True
        try:
            stream._send_now(WAKE)
        except BlockingIOError:
            pass  # The socket is full of wake bytes.
        except (BrokenPipeError, ConnectionResetError):
            return False
        side.known = state
        return True

    async def _sleep(self, stream: Any) -> bool:
        """Wait for a wake byte; return `False` if the peer has left."""
        try:
            return bool(await stream.recv(MOST_WAKES))
        except (ConnectionResetError, BrokenPipeError):
            return False

    def _check_open(self) -> None:
        if self.closed:
            raise closed_error(self)

    @property
    def closed(self) -> bool:
        """True if the object was closed, converted, split or reunited."""
        return bool(self._main.closed)

    def close(self) -> None:
        """Close the object; closing again does nothing.

        Calls in progress in other tasks wake up and raise `ValueError`.
        """
        try:
            if self._held:
                self._held.pop()
                self._channel.leave()
        finally:
            self._main.close()
            for room in (self._room, None if self._channel.holders else self._channel.room):
                if room is not None:
                    room.close()

    def _give_up(self) -> None:
        """Release the connection, which other objects now hold."""
        self._held.clear()
        self._channel.holders.pop()

    def __del__(self) -> None:
        main = getattr(self, "_main", None)
        if main is None or main.closed:
            return
        try:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
        finally:  # Warnings can be turned into errors.
            self.close()

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"<{name} closed>" if self.closed else f"<{name} {self._shown_number()}>"

    def detach(self) -> int:
        """Raise `UnsupportedError`: the local socket is useless without the memory."""
        self._check_idle()
        self._check_nothing_kept()
        raise UnsupportedError(errno.ENOTSUP, "a connection through memory cannot be detached")

    def peer_creds(self) -> PeerCreds:
        """Return the credentials of the peer, as reported by the local socket."""
        creds: PeerCreds = self._main.peer_creds()
        return creds

    def take_error(self) -> OSError | None:
        """Return and clear the pending error of the local socket; `None` if there is none."""
        error: OSError | None = self._main.take_error()
        return error

    def _as_runtime_has_it(self, error: OSError) -> OSError:
        """Convert a system error to the runtime's error."""
        return error


class AsyncChannelReceiver(AsyncChannelEnd, AsyncByteReceiver):
    """Receiving through memory."""

    _reading: _Direction

    def _start(self) -> None:
        super()._start()
        self._reading = _Direction(self._runtime, "receiving from")
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
                available = reader.available(tail)
                while not available:
                    if not await self._sleep_to_read(reader, tail):
                        return 0
                    available = reader.available(tail)
                for buffer in buffers:
                    with octets(buffer) as whole:
                        count = min(len(whole), tail + available - after)
                        if count:
                            reader.take(after, whole[:count])
                            after += count
                reader.words[TAIL] = after
                state = reader.load_peer_state()
                if state not in (0, LEFT, reader.known) and reader.words[WANTED] <= after:
                    self._wake(reader, state, self._room)
                return after - tail
            finally:
                reader.place += (after,)

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


class AsyncChannelSender(AsyncChannelEnd, AsyncByteSender):
    """Sending through memory."""

    _writing: _Direction

    def _start(self) -> None:
        super()._start()
        self._writing = _Direction(self._runtime, "sending to")
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
            channel = await self._opened()
            if self._cut_short is not None:
                raise self._cut_short
            writer = channel.writer
            if writer is None:
                count: int = await self._main.send(rest)
                return count
            try:
                return await self._publish(writer, rest)
            except BrokenPipeError as error:
                raise self._as_runtime_has_it(error) from None

    async def _publish(self, writer: Writer, rest: memoryview) -> int:
        after = head = await self._turn(writer)
        try:
            await self._wait_for_room(writer, head, len(rest))
            count = min(len(rest), writer.room(head), _PIECE)
            if not count:
                return 0
            writer.put(head, rest[:count])
            writer.words[HEAD] = after = head + count
            state = writer.load_peer_state()
            if state not in (0, writer.known) and not self._wake(writer, state, self._main):
                raise nobody_receives()
            return count
        finally:
            writer.place += (after,)

    async def _wait_for_room(self, writer: Writer, head: int, size: int) -> None:
        """Wait until there is room; raise `BrokenPipeError` if there never will be."""
        words = writer.words
        while True:
            if writer.rest or words[READER] == LEFT:
                raise nobody_receives()
            if writer.room(head) or not size:
                return
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
                await self._wait_for_room(writer, head, 1)
            except BrokenPipeError:
                pass  # The next send raises it.
            finally:
                writer.place += (head,)
        return None

    def _stop_sending(self) -> None:
        writer = self._channel.writer
        if writer is not None:
            writer.leave()
            if not self._main.closed:
                self._wake(writer, 0, self._main)
        elif self._channel.is_open:
            self._main._stop_sending()
