"""The shared state of a connection's halves, and the agreement to use memory or the socket."""

from __future__ import annotations

import errno
import mmap
from time import sleep

from interprocess._interface import lifetime
from interprocess._interface.lifetime import ClosedError
from interprocess._interface.timeouts import pauses, remaining
from interprocess.local_socket import Stream as PlainStream
from interprocess.shared_memory import Memory
from interprocess.shared_memory._sleeping import AT_ONCE
from interprocess.shared_memory.local_socket import _layout, _memory
from interprocess.shared_memory.local_socket._platform import below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess.shared_memory._ring import Reader, Writer
    from interprocess.shared_memory.local_socket._layout import Capacities

#: For how many seconds a listener waits for a client's offer. If none has come by then, the first
#: call of the stream waits for it.
PATIENCE = 0.1


#: The errors of a process that has no descriptors or memory left for one more connection.
_SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class Channel:
    """The path of a connection's bytes: memory, or the local socket.

    `is_open` is true once both sides have agreed on the path. `reader` and `writer` exist if the
    bytes go through memory. `beside` has the local sockets beside the first: see `Wires`.
    """

    def __init__(self) -> None:
        self.is_open = False
        self.has_ended = False
        self.reader: Reader | None = None
        self.writer: Writer | None = None
        self.beside: list[PlainStream] = []
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
        sides = self._sides()
        self.reader = self.writer = None
        if self._epoch is lifetime.epoch:
            for side in sides:
                if side is not None:
                    side.leave()

    def close_beside(self) -> None:
        """Close what belongs to the first local socket, if nothing holds the channel open.

        The first one is closed already. Another thread may have received the others just now.
        """
        if not self.holders:
            for wire in self.beside:
                wire.close()

    def _sides(self) -> tuple[Reader | None, Writer | None]:
        """Return the sides that the peer may know."""
        return self.reader, self.writer

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
        #: The memory that was offered, until the answer has come.
        self._memory: Memory | None = None

    def offer(self, main: Any) -> None:
        """Offer memory to the server. This does not wait: the socket is still empty."""
        if not _memory.prepare():
            below.send_empty_offer(main, _layout.offer_of(_layout.NO_MEMORY))
            self.is_open = True
            return
        memory, theirs = self._prepare_offer()
        below.send_offer(main, _layout.offer_of(self._capacities), memory, theirs)

    async def offer_async(self, main: Any) -> None:
        """Offer memory to the server. This does not wait either: the socket is still empty."""
        if not _memory.prepare():
            await below.send_empty_offer_async(main, _layout.offer_of(_layout.NO_MEMORY))
            self.is_open = True
            return
        memory, theirs = self._prepare_offer()
        await below.send_offer_async(main, _layout.offer_of(self._capacities), memory, theirs)

    def _prepare_offer(self) -> tuple[Memory, Any]:
        """Return new memory, and the other ends of new local sockets."""
        self._memory = memory = Memory(_layout.size_for(self._capacities))
        memory.map()  # The same mapping is used later.
        self.beside, theirs = below.new_beside()
        return memory, theirs

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

    def _sides(self) -> tuple[Reader | None, Writer | None]:
        memory = self._memory
        if memory is None:
            return super()._sides()
        # The server may have agreed, although the answer has not been received.
        return _layout.sides(memory.map(), self._capacities, client=True)

    def close_beside(self) -> None:
        super().close_beside()
        # Not earlier: a server that finds no memory has to find that the client has left, too.
        if not self.holders:
            self._withdraw()

    def _withdraw(self) -> None:
        """Close the memory that was offered: it is mapped, or no longer needed."""
        memory, self._memory = self._memory, None
        if memory is not None:
            memory.close()

    def conclude(self) -> None:
        """Apply the server's answer. If there is none, the server has left."""
        memory = self._memory
        if memory is None or self.has_ended:
            raise ClosedError  # By another thread.
        if not sum(self._answered) or self._answer == _layout.DECLINED:
            for wire in self.beside:
                wire.close()
            self.beside = []
            self.is_open = True
        elif self._answer == _layout.AGREED:
            if not all(map(below.has_other_end, self.beside)):
                raise _layout.refused("it agrees without its ends of the connections")
            self.reader, self.writer = _layout.sides(memory.map(), self._capacities, client=True)
            self.is_open = True
        else:
            raise _layout.refused(f"its answer is {bytes(self._answer)!r}")
        self._withdraw()


class ServerChannel(Channel):
    """The channel of the side that has accepted."""

    #: The error that the client's offer caused, if any.
    _refusal: OSError | None = None

    def _agree(self, main: Any, deadline: float | None) -> None:
        self._check_not_refused()

        def answer(data: bytes) -> None:
            main._send(data, AT_ONCE)

        try:
            data, offered = below.recv_offer(main, _layout.OFFER.size, remaining(deadline))
        except TimeoutError:
            raise
        except OSError as error:
            self._go_on_after(error, answer)
        else:
            self._accept(data, offered, answer)

    def agree_now(self, main: Any) -> None:
        """Agree over an asynchronous local socket, or raise `BlockingIOError`."""
        if not self.is_open and self.begin_to_open():
            try:
                data, offered = below.recv_offer_now(main, _layout.OFFER.size)
                self._accept(data, offered, main._send_now)
            except BlockingIOError:
                raise
            except OSError as error:
                self._go_on_after(error, main._send_now)
            finally:
                self.end_opening()

    async def agree_async(self, main: Any) -> None:
        self._check_not_refused()
        try:
            data, offered = await below.recv_offer_async(main, _layout.OFFER.size)
        except OSError as error:
            self._go_on_after(error, main._send_now)
        else:
            self._accept(data, offered, main._send_now)

    def _go_on_after(self, error: OSError, answer: Callable[[bytes], object]) -> None:
        """Decline an offer for which this process had too few descriptors; else raise ERROR.

        With `partial`, the offer was received, but its descriptors are lost. Otherwise the next
        call can receive it.
        """
        if hasattr(error, "partial"):
            if error.errno in _SHORTAGES:
                answer(_layout.DECLINED)
                self.is_open = True
                return
            self._refusal = _as_it_was(error)
        raise error from None

    def _check_not_refused(self) -> None:
        error = self._refusal
        if error is not None:
            raise _as_it_was(error)

    def _accept(
        self, data: bytes, offered: below.Offered, answer: Callable[[bytes], object]
    ) -> None:
        """Answer the received offer. Empty DATA means the end of the stream."""
        try:
            with offered:
                if data and _layout.parsed_offer(data) != _layout.NO_MEMORY:
                    agrees = self._uses(offered, _layout.parsed_offer(data))
                    answer(_layout.AGREED if agrees else _layout.DECLINED)
            self.is_open = True
        except (BrokenPipeError, ConnectionResetError):
            # The client has left without sending any data.
            self.reader = self.writer = None
            self.is_open = True
        except OSError as error:
            self._refusal = _as_it_was(error)
            raise

    def _uses(self, offered: below.Offered, capacities: Capacities) -> bool:
        """Use the offered memory; return `False` if this process cannot."""
        if not offered.is_complete or not _memory.prepare():
            return False
        try:
            memory = _memory.checked(offered.take_memory(), _layout.size_for(capacities))
            self.beside = offered.take_beside()
        except PermissionError:
            return False  # The client runs as another user.
        except ValueError as error:
            raise _layout.refused(str(error)) from None
        except OSError as error:
            if error.errno in _SHORTAGES:
                return False
            raise
        self.reader, self.writer = _layout.sides(memory, capacities, client=False)
        return True


def _as_it_was(error: OSError) -> OSError:
    """Return a copy of an error without its traceback, which would keep memory alive."""
    return type(error)(error.errno, error.strerror)


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
    ends: list[PlainStream] = []
    try:
        for _ in ("room", "carrier"):
            ends += PlainStream.pair()
    except BaseException:
        for end in ends:
            end.close()
        raise
    for channel, beside, is_client in zip(channels, (ends[::2], ends[1::2]), (True, False)):
        channel.beside = beside
        channel.reader, channel.writer = _layout.sides(memory, capacities, client=is_client)
        channel.is_open = True
    return channels
