"""The shared state of a connection's halves, and the agreement to use memory or the socket."""

from __future__ import annotations

import mmap
import os
from time import sleep

from interprocess._interface import lifetime
from interprocess._interface.lifetime import ClosedError
from interprocess._interface.timeouts import pauses, remaining
from interprocess.local_socket import Stream as PlainStream
from interprocess.shared_memory import Memory
from interprocess.shared_memory._sleeping import AT_ONCE
from interprocess.shared_memory.local_socket import _layout, _memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess.shared_memory._ring import Reader, Writer
    from interprocess.shared_memory.local_socket._layout import Capacities

#: For how many seconds a listener waits for a client's offer. If none has come by then, the first
#: call of the stream waits for it.
PATIENCE = 0.1


class Channel:
    """The path of a connection's bytes: memory, or the local socket.

    `is_open` is true once both sides have agreed on the path. `reader` and `writer` exist if the
    bytes go through memory. `room` is the local socket that wakes a side that waits for room.
    """

    def __init__(self) -> None:
        self.is_open = False
        self.has_ended = False
        self.reader: Reader | None = None
        self.writer: Writer | None = None
        self.room: Any = None
        #: One item for each object that holds the connection open: a stream, a clone or a half.
        self.holders: list[bool] = []
        #: Contains one item unless a thread is opening the channel.
        self._turn = [True]
        self._opening: list[bool] = []
        #: If the process has forked since, another process has the connection too.
        self._epoch = lifetime.epoch

    @property
    def through_memory(self) -> bool:
        """True if bytes go through memory."""
        return self.reader is not None

    def leave(self) -> None:
        """Remove a holder; if it was the last one, notify the peer.

        If another process may have the connection too, only the end of the sockets notifies the
        peer.
        """
        self.holders.pop()
        if self.holders:
            return
        self.has_ended = True  # First: a channel without sides looks like one without memory.
        # The memory is freed as soon as no call uses it any more.
        sides = self.reader, self.writer
        self.reader = self.writer = None
        if self._epoch is lifetime.epoch:
            for side in sides:
                if side is not None:
                    side.leave()

    def begin_to_open(self) -> bool:
        """Take the turn to open the channel; return `False` if another thread has it.

        The caller must end the turn with `end_opening`.
        """
        try:
            self._opening += map(self._turn.pop, lifetime.LAST)
        except IndexError:
            return False
        return True

    def end_opening(self) -> None:
        """End the turn from `begin_to_open`."""
        self._turn += self._opening
        del self._opening[:]

    def open(self, main: Any, deadline: float | None) -> None:
        """Agree with the peer over the local socket MAIN before DEADLINE."""
        for pause in pauses():
            if self.is_open:
                return
            if self.begin_to_open():
                try:
                    if not self.is_open:
                        self._agree(main, deadline)
                    return
                finally:
                    self.end_opening()
            main._check_open()
            if remaining(deadline) == 0:
                raise TimeoutError
            sleep(pause)

    def _agree(self, main: Any, deadline: float | None) -> None:
        raise NotImplementedError

    async def agree_async(self, main: Any) -> None:
        """Agree with the peer over the asynchronous local socket MAIN."""
        raise NotImplementedError


class ClientChannel(Channel):
    """The channel of the side that has connected."""

    def __init__(self, capacities: Capacities) -> None:
        super().__init__()
        self._capacities = capacities
        self._answer = bytearray(1)
        self._answered: list[int] = []
        self._memory: memoryview | None = None

    def offer(self, main: Any) -> None:
        """Offer memory to the server. This does not wait: the socket is still empty."""
        if not _memory.prepare():
            main.send_all(_layout.OFFER.pack(_layout.MAGIC, *_layout.NO_MEMORY))
            self.is_open = True
            return
        with self._new_memory() as memory, self._new_room() as theirs:
            main.send_fds(self._offer_of_memory(), [memory, theirs])

    async def offer_async(self, main: Any) -> None:
        """Offer memory to the server. This does not wait either: the socket is still empty."""
        if not _memory.prepare():
            await main.send_all(_layout.OFFER.pack(_layout.MAGIC, *_layout.NO_MEMORY))
            self.is_open = True
            return
        with self._new_memory() as memory, self._new_room() as theirs:
            await main.send_fds(self._offer_of_memory(), [memory, theirs])

    def _new_memory(self) -> Memory:
        memory = Memory(_layout.size_for(self._capacities))
        self._memory = memory.map()
        return memory

    def _new_room(self) -> PlainStream:
        self.room, theirs = PlainStream.pair()
        return theirs

    def _offer_of_memory(self) -> bytes:
        return _layout.OFFER.pack(_layout.MAGIC, *self._capacities)

    def _agree(self, main: Any, deadline: float | None) -> None:
        if not self._answered:
            try:
                main._receive(self._answer, deadline, self._answered)
            except (ConnectionResetError, BrokenPipeError):
                self._answered += (0,)
        self.conclude()

    async def agree_async(self, main: Any) -> None:
        if not self._answered:
            try:
                self._answer[:] = await main.recv(1)
                self._answered.append(len(self._answer))
            except (ConnectionResetError, BrokenPipeError):
                self._answered.append(0)
        self.conclude()

    def leave(self) -> None:
        super().leave()
        if not self.holders:
            self._memory = None

    def conclude(self) -> None:
        """Apply the server's answer. If there is none, the server has left."""
        memory = self._memory
        if memory is None:
            raise ClosedError  # By another thread.
        if not sum(self._answered) or self._answer == _layout.DECLINED:
            self.room.close()
            self.room = None
            self.is_open = True
        elif self._answer == _layout.AGREED:
            self.reader, self.writer = _layout.sides(memory, self._capacities, client=True)
            self.is_open = True
        else:
            raise _layout.refused(f"its answer is {bytes(self._answer)!r}")
        self._memory = None


class ServerChannel(Channel):
    """The channel of the side that has accepted."""

    #: The error that the client's offer caused, if any.
    _refusal: OSError | None = None

    def _agree(self, main: Any, deadline: float | None) -> None:
        self._check_not_refused()
        main.set_recv_timeout(remaining(deadline))
        try:
            data, numbers = main.recv_fds(_layout.OFFER.size, 2)
        except (TimeoutError, ConnectionResetError):
            raise
        except OSError as error:
            self._refusal = _as_it_was(error)  # The descriptors in the offer are lost.
            raise
        finally:
            main.set_recv_timeout(None)
        self._accept(data, numbers, lambda answer: main._send(answer, AT_ONCE))

    def agree_now(self, main: Any) -> None:
        """Agree over an asynchronous local socket, or raise `BlockingIOError`."""
        if not self.is_open and self.begin_to_open():
            try:
                data, numbers = main._recv_fds_now(_layout.OFFER.size, 2)
                self._accept(data, numbers, main._send_now)
            finally:
                self.end_opening()

    async def agree_async(self, main: Any) -> None:
        self._check_not_refused()
        try:
            data, numbers = await main.recv_fds(_layout.OFFER.size, 2)
        except ConnectionResetError:
            raise
        except OSError as error:
            self._refusal = _as_it_was(error)  # As above.
            raise
        self._accept(data, numbers, main._send_now)

    def _check_not_refused(self) -> None:
        error = self._refusal
        if error is not None:
            raise _as_it_was(error)

    def _accept(self, data: bytes, numbers: list[int], answer: Callable[[bytes], object]) -> None:
        """Answer the received offer. Empty DATA means the end of the stream."""
        try:
            if data and _layout.parsed_offer(data) != _layout.NO_MEMORY:
                if len(numbers) == 2 and _memory.prepare():
                    self._use_what_is_offered(_layout.parsed_offer(data), numbers)
                    answer(_layout.AGREED)
                else:
                    answer(_layout.DECLINED)
            self.is_open = True
        except (BrokenPipeError, ConnectionResetError):
            # The client has left without sending any data.
            self.reader = self.writer = None
            self.is_open = True
        except OSError as error:
            self._refusal = _as_it_was(error)
            raise
        finally:
            for number in numbers:
                os.close(number)

    def _use_what_is_offered(self, capacities: Capacities, numbers: list[int]) -> None:
        memory = _memory.adopted_memory(numbers, _layout.size_for(capacities))
        self.room = _adopted_stream(numbers)
        self.reader, self.writer = _layout.sides(memory, capacities, client=False)


def _as_it_was(error: OSError) -> OSError:
    """Return a copy of an error without its traceback, which would keep memory alive."""
    return type(error)(error.errno, error.strerror)


def _adopted_stream(numbers: list[int]) -> PlainStream:
    """Return a stream that owns the last descriptor in NUMBERS, and remove it from the list.

    Raises `ConnectionAbortedError` if it is not a socket.
    """
    try:
        stream = PlainStream(numbers[-1])
    except ValueError as error:
        raise _layout.refused(str(error)) from None
    del numbers[-1]
    return stream


def paired_channels(capacity: int) -> tuple[Channel, Channel]:
    """Return the channels of two streams that are connected to each other."""
    channels = Channel(), Channel()
    if not _memory.prepare():
        for channel in channels:
            channel.is_open = True
        return channels
    capacities = capacity, capacity
    # An anonymous mapping saves a descriptor: the memory is not passed to another process.
    memory = memoryview(mmap.mmap(-1, _layout.size_for(capacities)))
    rooms = PlainStream.pair()
    for channel, room, is_client in zip(channels, rooms, (True, False)):
        channel.room = room
        channel.reader, channel.writer = _layout.sides(memory, capacities, client=is_client)
        channel.is_open = True
    return channels
