"""Receiving through memory: the common part of streams and receiving halves."""

from __future__ import annotations

from interprocess._interface.byte_stream import MOST_AT_ONCE, ByteReceiver
from interprocess._interface.octets import checked_buffers, checked_size, octets
from interprocess._interface.timeouts import deadline_after
from interprocess._waiting import wait
from interprocess.shared_memory._ring import HEAD, NO_SIDE, TAIL, WRITER
from interprocess.shared_memory._sleeping import (
    AT_ONCE,
    look_once_more,
    poll_index,
    send_wake,
    sleep_to_read,
    wake_writer,
    watch,
)
from interprocess.shared_memory.local_socket._end import ChannelEnd
from interprocess.shared_memory.local_socket._platform import below
from interprocess.shared_memory.local_socket._views import Peek

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from interprocess._interface.byte_stream import Noted, WritableBuffer
    from interprocess.shared_memory._ring import Reader

#: Up to this size, copying twice is faster than creating a view.
_LITTLE = 1 << 12
#: The default number of seconds that a call polls.
USUAL_BUSY_POLL = 2e-5


class ChannelReceiver(ChannelEnd, ByteReceiver):
    """Receiving through memory."""

    _reader: Any = NO_SIDE
    _receiving_state = (
        *ByteReceiver._receiving_state,
        "_busy_poll",
        "_nonblocking",
        "_kept_here",
    )
    #: Bytes that `peek` received from the local socket and that no call has received yet.
    _kept_here: bytearray

    def _begin(self) -> None:
        super()._begin()
        self.__dict__.setdefault("_kept_here", bytearray())
        self._reader = self._channel.reader or NO_SIDE
        if self._channel.reader is not None and self._busy_poll is None:
            self.set_busy_poll(USUAL_BUSY_POLL)

    def _forget(self) -> None:
        super()._forget()
        self._reader = NO_SIDE

    def _carrier(self) -> Any:
        carrier = super()._carrier()
        carrier._set_recv_timeout(self._recv_timeout)
        return carrier

    def set_busy_poll(self, seconds: float) -> None:
        """Poll for up to SECONDS before sleeping; 0 disables polling.

        The default is 20 µs, about the cost of a sleep for both processes. Polling makes no system
        calls and keeps a core busy. If the process may run on only one core when this is called, it
        does not poll.
        """
        through_memory = self._channel.through_memory
        self._busy_poll = below.effective_busy_poll(
            self._main, seconds, through_memory=through_memory
        )

    def recv(self, size: int, /) -> bytes:
        """Receive 1 to SIZE bytes; `b""` means the end of the stream.

        Otherwise works like `recv_into`.
        """
        # Written without helper calls, for speed.
        reader = self._reader
        if type(size) is not int or size <= 0:
            return self._recv(size)
        try:
            for tail in reader.turns:  # noqa: B007  # used below
                break
        except IndexError:
            return self._recv(size)
        after = tail
        try:
            words = reader.words
            count = words[HEAD] - tail
            if not count and self._recv_timeout is None and not self._nonblocking:
                if not self._wait_to_read(reader, tail, None):
                    return b""
                count = words[HEAD] - tail
            if 0 < count <= reader.capacity:
                if count > size:
                    count = size
                start = reader.base + (tail & reader.mask)
                end = start + count
                if end <= reader.fast_end:
                    data: bytes = reader.mapping[start:end]
                    words[TAIL] = after = tail + count
                    state = words[WRITER]
                    if state and state != reader.known:
                        wake_writer(reader, state, after, self._room)
                    return data
        except BaseException:
            if after != tail:
                send_wake(self._room)
            raise
        finally:
            reader.place += (after,)
        return self._recv(size)

    def recv_into(self, buffer: WritableBuffer, /) -> int:
        """Receive at least one byte into BUFFER and return the number; 0 is the end of the stream.

        Waits until there is data. Raises `TimeoutError` when the receive timeout expires,
        `BlockingIOError` in nonblocking mode if there is no data, and `ConnectionAbortedError` if
        the peer has broken the memory. Data that the peer sent before it left is received first.
        """
        if type(buffer) is not bytearray or not buffer:
            return super().recv_into(buffer)
        # Again without helper calls, for speed.
        reader = self._reader
        try:
            for tail in reader.turns:  # noqa: B007  # used below
                break
        except IndexError:
            return super().recv_into(buffer)
        after = tail
        try:
            words = reader.words
            count: int = words[HEAD] - tail
            if not count and self._recv_timeout is None and not self._nonblocking:
                if not self._wait_to_read(reader, tail, None):
                    return 0
                count = words[HEAD] - tail
            if 0 < count <= reader.capacity:
                if count > len(buffer):
                    count = len(buffer)
                start = reader.base + (tail & reader.mask)
                end = start + count
                if count <= _LITTLE and end <= reader.fast_end:
                    buffer[:count] = reader.mapping[start:end]
                    words[TAIL] = after = tail + count
                    state = words[WRITER]
                    if state and state != reader.known:
                        wake_writer(reader, state, after, self._room)
                    return count
        except BaseException:
            if after != tail:
                send_wake(self._room)
            raise
        finally:
            reader.place += (after,)
        return super().recv_into(buffer)

    def _recv(self, size: int) -> bytes:
        buffer = bytearray(min(checked_size(size), MOST_AT_ONCE))
        count = self._receive(buffer, deadline_after(self._recv_timeout))
        return bytes(memoryview(buffer)[:count])

    def _receive(self, buffer: WritableBuffer, deadline: float | None, noted: Noted = ()) -> int:
        # Released at once: a view in a traceback would prevent the user from resizing the buffer.
        with octets(buffer) as room:
            if room.readonly:
                raise TypeError(f"a writable buffer is required, not {type(buffer).__name__!r}")
            return self._fill(room, deadline, noted) if room else self._receive_nothing()

    def _fill(self, room: memoryview, deadline: float | None, noted: Noted) -> int:
        try:
            reader, tail = self._turn_to_read(deadline)
            if reader is None:
                return self._fill_from_socket(room, deadline, noted)
            after = tail
            try:
                count = self._available_at(reader, tail, deadline)
                if count > len(room):
                    count = len(room)
                reader.take(tail, room[:count])
                reader.words[TAIL] = after = tail + count
                noted += (count,)
                state = reader.load_peer_state()
                if state and state != reader.known:
                    wake_writer(reader, state, after, self._room)
                return count
            except BaseException:
                if after != tail:
                    send_wake(self._room)
                raise
            finally:
                reader.place += (after,)
        except TimeoutError:
            raise self._timed_out("to receive from") from None

    def _turn_to_read(self, deadline: float | None) -> tuple[Any, int]:
        """Take the turn; return the reader and its index, or `None` and 0 without memory."""
        while True:
            reader = self._reader
            try:
                for tail in reader.turns:
                    return reader, tail
            except IndexError:
                if not self._prepare_to_read(reader, self._soon(deadline)):
                    return None, 0

    def _available_at(self, reader: Reader, tail: int, deadline: float | None) -> int:
        """Wait for data and return the number of bytes; 0 means the end of the stream."""
        while True:
            count = reader.available(tail)
            if count or not self._wait_to_read(reader, tail, self._soon(deadline)):
                return count

    def _fill_from_socket(self, room: memoryview, deadline: float | None, noted: Noted) -> int:
        kept = self._kept_here
        if not kept:
            return below.receive(self._main, room, self._soon(deadline), noted)
        count = min(len(room), len(kept))
        room[:count] = kept[:count]
        # No signal handler can run between these two statements.
        del kept[:count]
        noted += (count,)
        return count

    def _received_before(self, size: int, deadline: float | None) -> bytearray:
        """Return the kept bytes from the local socket, after receiving some if there are none."""
        kept = self._kept_here
        if not kept:
            buffer = bytearray(size)
            received: list[int] = []
            try:
                self._main._receive(buffer, self._soon(deadline), received)
            finally:
                kept += memoryview(buffer)[: sum(received)]
        return kept

    def _prepare_to_read(self, reader: Any, deadline: float | None) -> bool:
        """Get ready to take a turn after READER gave none; return `False` without memory."""
        ours = self._side(self._opened(deadline).reader)
        if ours is None:
            return False
        if reader is ours:
            self._wait_for_turn(reader, deadline)
        self._reader = ours
        return True

    def _wait_to_read(self, reader: Reader, tail: int, deadline: float | None) -> bool:
        """Wait until there is data; return `False` at the end of the stream."""
        if deadline == AT_ONCE:
            return look_once_more(reader, tail, self._main)
        poll = self._poll_time(deadline)
        if poll and poll_index(reader, HEAD, tail, poll):
            return True
        return sleep_to_read(reader, tail, self._main, deadline)

    def peek(self, size: int, /) -> Peek:
        """Return a context manager that provides a view of received data inside the ring.

            with stream.peek(4096) as view:
                parse(view)

        The view is read-only and has 1 to SIZE bytes. It can be shorter than the data that has
        arrived if the ring wraps around, and it is empty at the end of the stream. Entering the
        block waits like `recv`. The end of the block receives the whole view, or the first COUNT
        bytes after `Peek.consume(count)`; after an exception, it receives nothing. It also releases
        the view: do not use slices or arrays made from the view afterwards. Until then, receives of
        other threads wait, and one of this thread raises `RuntimeError`.

        **The peer can change the contents of the view** while the block runs. Copy data before
        checking it. Without memory, the view shows a copy.
        """
        return Peek(self, size)

    def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        """Receive into several buffers, each filled before the next; otherwise like `recv_into`."""
        deadline = deadline_after(self._recv_timeout)
        total = 0
        for buffer in checked_buffers(buffers):
            size = memoryview(buffer).nbytes
            if not size:
                continue
            try:
                count = self._receive(buffer, AT_ONCE if total else deadline)
            except (TimeoutError, BlockingIOError):
                if not total:
                    raise
                break
            total += count
            if count < size:
                break
        return total or self._receive_nothing()

    def _wait_source(self) -> tuple[bool, Any]:
        self._check_open()
        return False, self._main

    def _receives_at_once(self) -> bool | None:
        """Return true if a receive would not wait, for `interprocess.wait`.

        After `False`, the local socket becomes readable when that changes; after `None`, it may
        not: another thread is receiving, or is about to take the server's answer.
        """
        try:
            if self._opened(AT_ONCE).reader is None:
                return bool(self._kept_here or wait([self._main], 0))
            reader, tail = self._turn_to_read(AT_ONCE)
        except TimeoutError:
            return None
        except OSError:
            return True  # The receive raises it.
        try:
            return watch(reader, tail, self._main)
        finally:
            reader.place += (tail,)
