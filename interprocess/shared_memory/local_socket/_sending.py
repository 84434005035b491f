"""Sending through memory: what streams and their sending halves share."""

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

#: How many bytes are published at once: the peer takes them while we copy the next.
_PIECE = 1 << 16


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

    @property
    def _is_patient(self) -> bool:
        """Whether a send may wait."""
        return self._send_timeout is None and not self._nonblocking

    def _forget_writer(self) -> None:
        self._writer = NO_SIDE

    def send(self, data: Buffer, /) -> int:
        """Send at least one byte of DATA and return how many; `send_all` sends the whole.

        Waits until there is room. Raises `TimeoutError` when the send timeout expires,
        `BlockingIOError` in nonblocking mode and `BrokenPipeError` if nobody can receive any more.
        """
        writer = self._writer
        try:
            for head in writer.turns:  # noqa: B007  # it is used below
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
        finally:
            writer.place += (after,)
        return self._send(data, deadline_after(self._send_timeout))

    def send_all(self, data: Buffer, /) -> None:
        writer = self._writer
        if type(data) is not bytes:
            return super().send_all(data)
        try:
            for head in writer.turns:  # noqa: B007  # it is used below
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
            # Not where the peer has left: then nothing went out to anybody.
            sent = 0 if isinstance(error, BrokenPipeError) else after - head
            error.characters_written = sent  # type: ignore[attr-defined]  # documented
            raise
        finally:
            writer.place += (after,)
        return super().send_all(data)

    send_all.__doc__ = ByteSender.send_all.__doc__

    def _send(self, data: Buffer, deadline: float | None, noted: Noted = ()) -> int:
        # Released at once: a traceback must not keep the user from changing the data's size.
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
                state = writer.words[READER]
                if state and state != writer.known:
                    wake_reader(writer, state, self._main, patient=self._is_patient)
                return count
            finally:
                writer.place += (after,)
        except TimeoutError:
            raise self._timed_out("to send to") from None

    def _turn_to_write(self, deadline: float | None) -> tuple[Any, int]:
        """Return the writer and its index, which is out of its place; `None` without memory."""
        while True:
            writer = self._writer
            try:
                for head in writer.turns:
                    return writer, head
            except IndexError:
                if not self._prepare_to_write(writer, self._soon(deadline)):
                    return None, 0

    def _room_at(self, writer: Writer, head: int, size: int, deadline: float | None) -> int:
        """Return how much room there is at HEAD, as soon as there is some."""
        words = writer.words
        while True:
            if words[READER] == LEFT:
                raise nobody_receives()
            room = writer.room(head)
            if room:
                return room
            self._wait_for_room(writer, head, size, self._soon(deadline))

    def _prepare_to_write(self, writer: Any, deadline: float | None) -> bool:
        """Do something about it that WRITER had no turn; return `False` if there is no memory."""
        ours = self._side(self._opened(deadline).writer)
        if ours is None:
            return False
        if ours.rest:
            self._side(ours)  # By `shutdown`, unless another thread is about to close this.
            raise nobody_receives()
        if writer is ours:
            self._wait_for_turn(writer, deadline)
        self._writer = ours
        return True

    def _wait_for_room(self, writer: Writer, head: int, size: int, deadline: float | None) -> None:
        if deadline == AT_ONCE:
            # Either raises, or there were bytes that wake: then it is worth to look again.
            if not receive_wakes(self._room, AT_ONCE):
                raise nobody_receives()
            return
        poll = self._poll_time(deadline)
        if poll and poll_index(writer, TAIL, head - writer.capacity, poll):
            return
        sleep_for_room(writer, head, size, self._room, deadline)

    def reserve(self, size: int, /) -> Reservation:
        """Return a context manager that gives a view of room in the memory, to write what is sent.

            with stream.reserve(4096) as view:
                view[:] = bytes(len(view))

        The view has at least one and at most SIZE bytes, fewer than there is room for if that is
        not in one piece. Entering waits as `send` does. At the end of the block all of it is sent,
        or as much as `Reservation.commit(count)` has said; after an exception, nothing. The view is
        released then; what is made of it, a slice or an array, must not be used any more. Meanwhile
        nothing else is sent. Without memory the view is of a buffer, which `send_all` sends.
        """
        return Reservation(self, size)

    def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        """Send from several buffers, in their order, as one; otherwise as `send`."""
        return self.send(b"".join(map(octets, checked_buffers(buffers))))
