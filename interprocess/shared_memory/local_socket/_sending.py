"""Sending through memory: the common part of streams and sending halves."""

from __future__ import annotations

from interprocess._interface.byte_stream import ByteSender
from interprocess._interface.octets import checked_buffers, octets
from interprocess._interface.timeouts import deadline_after
from interprocess.shared_memory._ring import HEAD, LEFT, NO_SIDE, READER, TAIL
from interprocess.shared_memory._sleeping import (
    AT_ONCE,
    nobody_receives,
    poll_index,
    receive_wakes,
    send_wake,
    sleep_for_room,
    wake_reader,
)
from interprocess.shared_memory.local_socket._end import ChannelEnd
from interprocess.shared_memory.local_socket._views import Reservation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from interprocess._interface.byte_stream import Buffer, Noted
    from interprocess.shared_memory._ring import Writer

#: The number of bytes published at once: the peer takes them while we copy the next.
_PIECE = 1 << 18


class ChannelSender(ChannelEnd, ByteSender):
    """Sending through memory."""

    _writer: Any = NO_SIDE
    _sending_state = (*ByteSender._sending_state, "_busy_poll", "_nonblocking")

    def _begin(self) -> None:
        super()._begin()
        self._writer = self._channel.writer or NO_SIDE

    def _forget(self) -> None:
        super()._forget()
        self._forget_writer()

    def _carrier(self) -> Any:
        carrier = super()._carrier()
        carrier._set_send_timeout(self._send_timeout)
        return carrier

    @property
    def _is_patient(self) -> bool:
        """True if a send may wait without a limit."""
        return self._send_timeout is None and not self._nonblocking

    def _forget_writer(self) -> None:
        self._writer = NO_SIDE

    def send(self, data: Buffer, /) -> int:
        """Send at least one byte of DATA and return the number; `send_all` sends all of DATA.

        Waits until there is room. Raises `TimeoutError` when the send timeout expires,
        `BlockingIOError` in nonblocking mode if there is no room, and `BrokenPipeError` if the peer
        no longer receives.
        """
        writer = self._writer
        try:
            for head in writer.turns:  # noqa: B007  # used below
                break
        except IndexError:
            return self._send(data, deadline_after(self._send_timeout))
        after = head
        try:
            if type(data) is bytes and data:
                size = len(data)
                start = writer.base + (head & writer.mask)
                end = start + size
                if head + size <= writer.limit and end <= writer.fast_end:
                    writer.mapping[start:end] = data
                    words = writer.words
                    words[HEAD] = after = head + size
                    state = words[READER]
                    if state and state != writer.known:
                        wake_reader(writer, state, self._main, patient=self._is_patient)
                    return size
        except BaseException:
            if after != head:
                send_wake(self._main)
            raise
        finally:
            writer.place += (after,)
        return self._send(data, deadline_after(self._send_timeout))

    def send_all(self, data: Buffer, /) -> None:
        writer = self._writer
        if type(data) is not bytes:
            return super().send_all(data)
        try:
            for head in writer.turns:  # noqa: B007  # used below
                break
        except IndexError:
            return super().send_all(data)
        after = head
        try:
            size = len(data)
            start = writer.base + (head & writer.mask)
            end = start + size
            if size and head + size <= writer.limit and end <= writer.fast_end:
                writer.mapping[start:end] = data
                words = writer.words
                words[HEAD] = after = head + size
                state = words[READER]
                if state and state != writer.known:
                    wake_reader(writer, state, self._main, patient=self._is_patient)
                return None
        except BaseException as error:
            if after != head:
                send_wake(self._main)
            # If the peer has left, the peer receives nothing.
            sent = 0 if isinstance(error, BrokenPipeError) else after - head
            error.characters_written = sent  # type: ignore[attr-defined]  # documented
            raise
        finally:
            writer.place += (after,)
        return super().send_all(data)

    send_all.__doc__ = ByteSender.send_all.__doc__

    def _send(self, data: Buffer, deadline: float | None, noted: Noted = ()) -> int:
        # Released at once: a view in a traceback would prevent the user from resizing the data.
        with octets(data) as rest:
            return self._send_first(rest, deadline, noted)

    def _send_first(self, rest: memoryview, deadline: float | None, noted: Noted) -> int:
        try:
            writer, head = self._turn_to_write(deadline)
            if writer is None:
                sent: int = self._main._send(rest, self._soon(deadline), noted)
                return sent
            after = head
            try:
                if not rest:
                    return 0
                count = min(len(rest), self._room_at(writer, head, len(rest), deadline), _PIECE)
                writer.put(head, rest[:count])
                writer.words[HEAD] = after = head + count
                noted += (count,)
                state = writer.load_peer_state()
                if state and state != writer.known:
                    wake_reader(writer, state, self._main, patient=self._is_patient)
                return count
            except BaseException:
                if after != head:
                    send_wake(self._main)
                raise
            finally:
                writer.place += (after,)
        except TimeoutError:
            raise self._timed_out("to send to") from None

    def _turn_to_write(self, deadline: float | None) -> tuple[Any, int]:
        """Take the turn; return the writer and its index, or `None` and 0 without memory."""
        while True:
            writer = self._writer
            try:
                for head in writer.turns:
                    return writer, head
            except IndexError:
                if not self._prepare_to_write(writer, self._soon(deadline)):
                    return None, 0

    def _room_at(self, writer: Writer, head: int, size: int, deadline: float | None) -> int:
        """Wait for room at HEAD and return the number of bytes."""
        words = writer.words
        while True:
            if words[READER] == LEFT:
                raise nobody_receives()
            room = writer.room(head)
            if room:
                return room
            self._wait_for_room(writer, head, size, self._soon(deadline))

    def _prepare_to_write(self, writer: Any, deadline: float | None) -> bool:
        """Get ready to take a turn after WRITER gave none; return `False` without memory."""
        ours = self._side(self._opened(deadline).writer)
        if ours is None:
            return False
        if ours.rest:
            self._side(ours)  # `shutdown` has ended it, or another thread is closing the object.
            raise nobody_receives()
        if writer is ours:
            self._wait_for_turn(writer, deadline)
        self._writer = ours
        return True

    def _wait_for_room(self, writer: Writer, head: int, size: int, deadline: float | None) -> None:
        if deadline == AT_ONCE:
            # If there were wake bytes, the caller checks for room again; otherwise this raises.
            if not receive_wakes(self._room, AT_ONCE):
                raise nobody_receives()
            return
        poll = self._poll_time(deadline)
        if poll and poll_index(writer, TAIL, head - writer.capacity, poll):
            return
        sleep_for_room(writer, head, size, self._room, deadline)

    def reserve(self, size: int, /) -> Reservation:
        """Return a context manager that provides a view of free room in the ring, to write data.

            with stream.reserve(4096) as view:
                view[:] = bytes(len(view))

        The view has 1 to SIZE bytes. It can be shorter than the free room if the ring wraps around.
        Entering the block waits like `send`. The end of the block sends the whole view, or the
        first COUNT bytes after `Reservation.commit(count)`; after an exception, it sends nothing.
        The view contains old bytes at first: fill all of it, or call `commit`.

        The end of the block also releases the view: do not use slices or arrays made from the view
        afterwards. Until then, sends of other threads wait, and one of this thread raises
        `RuntimeError`. Without memory, the view shows a buffer, which `send_all` then sends.
        """
        return Reservation(self, size)

    def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        """Send several buffers, in order, as if they were one; otherwise like `send`."""
        return self.send(b"".join(map(octets, checked_buffers(buffers))))
