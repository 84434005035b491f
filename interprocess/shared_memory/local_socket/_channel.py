"""What the two halves of a connection share: how its bytes go, and how that is agreed on."""

from __future__ import annotations

import os
from time import sleep

from interprocess._interface import lifetime
from interprocess._interface.lifetime import ClosedError
from interprocess._interface.timeouts import pauses, remaining
from interprocess.local_socket import Stream as PlainStream
from interprocess.shared_memory._sleeping import AT_ONCE
from interprocess.shared_memory.local_socket import _layout, _memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess.shared_memory._ring import Reader, Writer
    from interprocess.shared_memory.local_socket._layout import Capacities

#: For how many seconds a listener waits for what a client says as soon as it is connected. One that
#: says nothing is asked again by the first call of its stream.
PATIENCE = 0.1


class Channel:
    """How the bytes of a connection go: `is_open` once that is agreed on, `through_memory` or not.

    `reader` and `writer` are for bytes through memory, and `room` is the local socket over which
    a side that waits for room is woken.
    """

    def __init__(self) -> None:
        self.is_open = False
        self.reader: Reader | None = None
        self.writer: Writer | None = None
        self.room: Any = None
        #: What holds the connection open: a stream, or its halves.
        self.holders: list[bool] = []
        #: Holds one item while no thread is about to open it.
        self._turn = [True]
        #: Processes that were forked since have the connection too.
        self._epoch = lifetime.epoch

    @property
    def through_memory(self) -> bool:
        """Whether bytes go through memory."""
        return self.reader is not None

    def use(self, reader: Reader, writer: Writer, room: Any) -> None:
        """Have bytes go through memory."""
        self.room, self.writer, self.reader = room, writer, reader
        self.is_open = True

    def leave(self) -> None:
        """Take a holder off, and tell the peer if it was the last one.

        Where another process may have the connection too, the ends of the sockets tell it alone.
        """
        self.holders.pop()
        if self.holders:
            return
        # The memory goes as soon as no call uses it any more.
        sides = self.reader, self.writer
        self.reader = self.writer = None
        if self._epoch is lifetime.epoch:
            for side in sides:
                if side is not None:
                    side.leave()

    def open(self, main: Any, deadline: float | None) -> None:
        """Agree with the peer, over the local socket MAIN, until DEADLINE."""
        taken: list[bool] = []
        for pause in pauses():
            if self.is_open:
                return
            try:
                try:
                    taken += map(self._turn.pop, lifetime.LAST)
                except IndexError:  # Another thread has.
                    main._check_open()
                    if remaining(deadline) == 0:
                        raise TimeoutError from None
                else:
                    if not self.is_open:
                        self._agree(main, deadline)
                    return
            finally:
                self._turn += taken
            sleep(pause)

    def _agree(self, main: Any, deadline: float | None) -> None:
        raise NotImplementedError


class ClientChannel(Channel):
    """The channel of the side that has connected."""

    def __init__(self, capacities: Capacities) -> None:
        super().__init__()
        self._capacities = capacities
        self._answer = bytearray(1)
        self._answered: list[int] = []
        self._memory: memoryview | None = None

    def offer(self, main: PlainStream) -> None:
        """Offer memory to the server, without waiting."""
        if not _memory.prepare():
            main.send_all(_layout.OFFER.pack(_layout.MAGIC, *_layout.NO_MEMORY))
            self.is_open = True
            return
        numbers: list[int] = []
        try:
            self._memory = _memory.new_memory(_layout.size_for(self._capacities), numbers)
            self.room, theirs = PlainStream.pair()
            with theirs:
                offer = _layout.OFFER.pack(_layout.MAGIC, *self._capacities)
                main.send_fds(offer, [numbers[0], theirs])
        finally:
            for number in numbers:
                os.close(number)

    def _agree(self, main: Any, deadline: float | None) -> None:
        if not self._answered:
            try:
                main._receive(self._answer, deadline, self._answered)
            except (ConnectionResetError, BrokenPipeError):
                self._answered += (0,)
        self.conclude()

    def leave(self) -> None:
        super().leave()
        if not self.holders:
            self._memory = None

    def conclude(self) -> None:
        """Do what the server has answered; without an answer, it has left."""
        memory = self._memory
        if memory is None:
            raise ClosedError  # By another thread.
        if not sum(self._answered) or self._answer == _layout.DECLINED:
            self.room.close()
            self.is_open = True
        elif self._answer == _layout.AGREED:
            reader, writer = _layout.sides(memory, self._capacities, client=True)
            self.use(reader, writer, self.room)
        else:
            raise _layout.refused(f"it answers {bytes(self._answer)!r}")
        self._memory = None


class ServerChannel(Channel):
    """The channel of the side that has accepted."""

    def _agree(self, main: Any, deadline: float | None) -> None:
        main.set_recv_timeout(remaining(deadline))
        try:
            data, numbers = main.recv_fds(_layout.OFFER.size, 2)
        finally:
            main.set_recv_timeout(None)
        self.accept(main, data, numbers)

    def accept(self, main: Any, data: bytes, numbers: list[int]) -> None:
        """Answer the offer that has come, if one has: no data are the end of the stream."""
        try:
            if not data or _layout.parsed_offer(data) == _layout.NO_MEMORY:
                self.is_open = True
                return
            if not _memory.prepare() or len(numbers) != 2:
                main._send(_layout.DECLINED, AT_ONCE)
                self.is_open = True
                return
            capacities = _layout.parsed_offer(data)
            memory = _memory.adopted_memory(numbers[0], _layout.size_for(capacities))
            room = PlainStream(numbers[1])
            del numbers[1]
            self.room = room
            reader, writer = _layout.sides(memory, capacities, client=False)
            main._send(_layout.AGREED, AT_ONCE)
            self.use(reader, writer, room)
        finally:
            for number in numbers:
                os.close(number)


def paired_channels(capacity: int) -> tuple[Channel, Channel]:
    """Return the channels of two streams that are connected with each other."""
    channels = Channel(), Channel()
    if not _memory.prepare():
        for channel in channels:
            channel.is_open = True
        return channels
    capacities = capacity, capacity
    numbers: list[int] = []
    try:
        memory = _memory.new_memory(_layout.size_for(capacities), numbers)
    finally:
        for number in numbers:
            os.close(number)
    rooms = PlainStream.pair()
    for channel, room, is_client in zip(channels, rooms, (True, False)):
        channel.use(*_layout.sides(memory, capacities, client=is_client), room)
    return channels
