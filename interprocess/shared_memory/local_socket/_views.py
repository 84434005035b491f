"""Views of a ring: write data to send, or read received data, in place.

Each class is a context manager that holds the turn of its side while its block runs.
"""

from __future__ import annotations

from threading import get_ident

from interprocess._interface.octets import checked_size
from interprocess._interface.timeouts import deadline_after
from interprocess.shared_memory._ring import HEAD, TAIL
from interprocess.shared_memory._sleeping import (
    nobody_receives,
    send_wake,
    wake_reader,
    wake_writer,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess.shared_memory._ring import Side, Writer
    from interprocess.shared_memory.local_socket._receiving import ChannelReceiver
    from interprocess.shared_memory.local_socket._sending import ChannelSender

#: Stands for the exception of a signal handler that ran before the first statement of `__exit__`.
_INTERRUPTED = object()
#: The largest view without memory.
MOST_WITHOUT_MEMORY = 1 << 16


class View:
    """A part of a ring, or of a buffer if there is no memory."""

    #: The side of the ring, while this object has its turn.
    _side: Any = None

    def __init__(self, size: int) -> None:
        self._size = checked_size(size)
        if not self._size:
            raise ValueError("a view has at least 1 byte, not 0")
        self._view: memoryview | None = None
        #: The number of bytes to send or receive; `None` means the whole view.
        self._count: int | None = None

    def _show(self, side: Side, index: int, count: int) -> memoryview:
        """Return a view of the first of the COUNT bytes at INDEX, up to the end of the ring."""
        start = index & side.mask
        view: memoryview = side.data[start : start + min(self._size, count)]
        side.holder = get_ident()
        return view

    def _note(self, count: int) -> None:
        view = self._view
        if view is None:
            raise ValueError("the view exists only inside its `with` block")
        number = checked_size(count, "count")
        if number > len(view):
            raise ValueError(f"count must be at most {len(view)} bytes, not {count}")
        self._count = number

    def _counted(self, exception: object) -> int:
        """Return the number of bytes to send or receive: 0 after an EXCEPTION."""
        if exception is not None or self._view is None:
            return 0
        return len(self._view) if self._count is None else self._count

    def _release(self) -> None:
        view, self._view, self._count = self._view, None, None
        if view is not None:
            view.release()


class Reservation(View):
    """A context manager that provides a view of free room; `Stream.reserve` creates it.

    The end of the block sends the bytes committed with `commit`, by default the whole view. After
    an exception, it sends nothing.
    """

    __module__ = "interprocess.shared_memory.local_socket"

    def __init__(self, end: ChannelSender, size: int) -> None:
        super().__init__(size)
        self._end = end
        self._buffer = bytearray()
        #: The index of the writer, while this object has the turn.
        self._head = 0

    def commit(self, count: int) -> None:
        """Send only the first COUNT bytes of the view at the end of the block."""
        self._note(count)

    def __enter__(self) -> memoryview:
        try:
            return self._begin()
        except TimeoutError:
            raise self._end._timed_out("to send to") from None

    def _begin(self) -> memoryview:
        end = self._end
        deadline = deadline_after(end._send_timeout)
        writer, head = end._turn_to_write(deadline)
        if writer is None:
            self._buffer = bytearray(min(self._size, MOST_WITHOUT_MEMORY))
            self._view = memoryview(self._buffer)
            return self._view
        try:
            room = end._room_at(writer, head, self._size, deadline)
            view = self._show(writer, head, room)
            self._view, self._head, self._side = view, head, writer
            return view
        except BaseException:
            self._side = None
            writer.holder = 0
            writer.place += (head,)
            raise

    def __exit__(self, exception: object, *details: object) -> None:
        count, end = self._counted(exception), self._end
        writer, self._side = self._side, None
        if writer is None:
            try:
                if count:
                    end.send_all(self._buffer[:count])
            finally:
                self._release()
            return
        after = self._head
        try:
            if count:
                if end._writer is not writer or writer.rest:
                    check_may_send(end, writer)
                writer.words[HEAD] = after = self._head + count
                state = writer.load_peer_state()
                if state and state != writer.known:
                    wake_reader(writer, state, end._main, patient=end._is_patient)
        except BaseException:
            if after != self._head:
                send_wake(end._main)
            raise
        finally:
            writer.holder = 0
            writer.place += (after,)
            self._release()

    def __del__(self) -> None:
        if self._side is not None:
            self.__exit__(_INTERRUPTED)


class Peek(View):
    """A context manager that provides a read-only view of data; `Stream.peek` creates it.

    The end of the block receives the bytes given to `consume`, by default the whole view. After an
    exception, it receives nothing, and the next call receives the data.
    """

    __module__ = "interprocess.shared_memory.local_socket"

    def __init__(self, end: ChannelReceiver, size: int) -> None:
        super().__init__(size)
        self._end = end
        self._tail = 0

    def consume(self, count: int) -> None:
        """Receive only the first COUNT bytes of the view at the end of the block."""
        self._note(count)

    def __enter__(self) -> memoryview:
        try:
            return self._begin()
        except TimeoutError:
            raise self._end._timed_out("to receive from") from None

    def _begin(self) -> memoryview:
        end = self._end
        deadline = deadline_after(end._recv_timeout)
        reader, tail = end._turn_to_read(deadline)
        if reader is None:
            kept = end._received_before(min(self._size, MOST_WITHOUT_MEMORY), deadline)
            self._view = memoryview(bytes(kept[: self._size]))
            return self._view
        try:
            available = end._available_at(reader, tail, deadline)
            view = self._show(reader, tail, available).toreadonly()
            self._view, self._tail, self._side = view, tail, reader
            return view
        except BaseException:
            self._side = None
            reader.holder = 0
            reader.place += (tail,)
            raise

    def __exit__(self, exception: object, *details: object) -> None:
        count, end = self._counted(exception), self._end
        if end._reader is not self._side and end.closed:
            count = 0  # A clone may receive the data.
        reader, self._side = self._side, None
        if reader is None:
            self._release()
            del end._kept_here[:count]
            return
        after = self._tail
        try:
            reader.words[TAIL] = after = self._tail + count
            state = reader.load_peer_state()
            if state and state != reader.known:
                wake_writer(reader, state, after, end._room)
        except BaseException:
            if after != self._tail:
                send_wake(end._room)
            raise
        finally:
            reader.holder = 0
            reader.place += (after,)
            self._release()

    def __del__(self) -> None:
        if self._side is not None:
            self.__exit__(_INTERRUPTED)


def check_may_send(end: Any, writer: Writer) -> None:
    """Raise the error of a send if END was closed, or shut down, while a block ran."""
    end._check_open()
    if writer.rest:
        raise nobody_receives()
