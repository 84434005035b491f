"""Receiving through memory: what streams and their receiving halves share."""

from __future__ import annotations

from interprocess._interface.byte_stream import MOST_AT_ONCE, ByteReceiver
from interprocess._interface.octets import checked_buffers, checked_size, octets
from interprocess._interface.timeouts import deadline_after
from interprocess.shared_memory._ring import HEAD, NO_SIDE, TAIL, WRITER
from interprocess.shared_memory._sleeping import (
    AT_ONCE,
    look_once_more,
    poll_index,
    sleep_to_read,
    wake_writer,
    watch,
)
from interprocess.shared_memory.local_socket._end import ChannelEnd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from interprocess._interface.byte_stream import Noted, WritableBuffer
    from interprocess.shared_memory._ring import Reader

#: For how many seconds a call polls unless it is told otherwise.
USUAL_BUSY_POLL = 2e-5


class ChannelReceiver(ChannelEnd, ByteReceiver):
    """Receiving through memory."""

    _reader: Any = NO_SIDE
    _receiving_state = (*ByteReceiver._receiving_state, "_busy_poll", "_nonblocking")

    def _begin(self) -> None:
        super()._begin()
        self._reader = self._channel.reader or NO_SIDE
        if self._channel.reader is not None and self._busy_poll is None:
            self.set_busy_poll(USUAL_BUSY_POLL)

    def _forget(self) -> None:
        super()._forget()
        self._reader = NO_SIDE

    def set_busy_poll(self, seconds: float) -> None:
        """Have calls poll for at most so many seconds before they sleep; 0: not at all.

        20 µs are the default, which is about what a sleep costs both processes. Polling makes no
        system call, and keeps a core busy while it lasts. A process that may run on one core only,
        when this is called, does not poll.
        """
        self._main.set_busy_poll(seconds)
        self._busy_poll = self._main._busy_poll

    def recv(self, size: int, /) -> bytes:
        """Receive at least one and at most SIZE bytes; `b""` is the end of the stream.

        Otherwise as `recv_into`.
        """
        # In one frame, as all that is busy.
        reader = self._reader
        if type(size) is not int or size <= 0:
            return self._recv(size)
        try:
            for tail in reader.turns:  # noqa: B007  # it is used below
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
        finally:
            reader.place += (after,)
        return self._recv(size)

    def _recv(self, size: int) -> bytes:
        buffer = bytearray(min(checked_size(size), MOST_AT_ONCE))
        count = self._receive(buffer, deadline_after(self._recv_timeout))
        return bytes(memoryview(buffer)[:count])

    def _receive(self, buffer: WritableBuffer, deadline: float | None, noted: Noted = ()) -> int:
        # Released at once: a traceback must not keep the user from changing the buffer's size.
        with octets(buffer) as room:
            if room.readonly:
                raise TypeError(f"a writable buffer is required, not {type(buffer).__name__!r}")
            return self._fill(room, deadline, noted) if room else self._receive_nothing()

    def _fill(self, room: memoryview, deadline: float | None, noted: Noted) -> int:
        if self._nonblocking:
            deadline = AT_ONCE
        try:
            while True:
                reader = self._reader
                try:
                    for tail in reader.turns:  # noqa: B007  # it is used below
                        break
                    break
                except IndexError:
                    if not self._prepare_to_read(reader, deadline):
                        count: int = self._main._receive(room, deadline, noted)
                        return count
            after = tail
            try:
                words = reader.words
                while True:
                    count = reader.available(tail)
                    if count:
                        break
                    if not self._wait_to_read(reader, tail, deadline):
                        noted += (0,)
                        return 0
                if count > len(room):
                    count = len(room)
                reader.take(tail, room[:count])
                words[TAIL] = after = tail + count
                noted += (count,)
                state = words[WRITER]
                if state and state != reader.known:
                    wake_writer(reader, state, after, self._room)
                return count
            finally:
                reader.place += (after,)
        except TimeoutError:
            raise self._timed_out("to receive from") from None

    def _prepare_to_read(self, reader: Any, deadline: float | None) -> bool:
        """Do something about it that READER had no turn; return `False` if there is no memory."""
        channel = self._opened(deadline)
        if channel.reader is None:
            return False
        if reader is channel.reader:
            self._wait_for_turn(reader, deadline)
        self._reader = channel.reader
        return True

    def _wait_to_read(self, reader: Reader, tail: int, deadline: float | None) -> bool:
        """Wait until something is there; return `False` for the end of the stream."""
        if deadline == AT_ONCE:
            return look_once_more(reader, tail, self._main)
        poll = self._poll_time(deadline)
        if poll and poll_index(reader, HEAD, tail, poll):
            return True
        return sleep_to_read(reader, tail, self._main, deadline)

    def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        """Receive into several buffers, each filled before the next; otherwise as `recv_into`."""
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
        channel = self._opened(None)
        if channel.reader is None:
            return self._main._wait_source()  # type: ignore[no-any-return]  # any stream's
        while True:
            reader = self._reader
            try:
                for tail in reader.turns:  # noqa: B007  # it is used below
                    break
                break
            except IndexError:
                self._prepare_to_read(reader, None)
        try:
            return watch(reader, tail, self._main), self._main
        finally:
            reader.place += (tail,)
