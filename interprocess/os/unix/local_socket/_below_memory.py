"""What a connection through shared memory requires of the local sockets below it.

The client sends an offer of memory. Three descriptors accompany it: the memory, and one end each of
two other pairs of local sockets, the room and the carrier: see
`interprocess.shared_memory.local_socket._wires`.
"""

from __future__ import annotations

import os

from interprocess.os.unix import _calls
from interprocess.os.unix._shared_memory.memory import Memory
from interprocess.os.unix._unix_socket.descriptor import shut_down
from interprocess.os.unix.local_socket._stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess._interface.byte_stream import Noted, WritableBuffer

#: True if the end of the objects can be signalled without closing their connection.
HAS_HALF_CLOSE = True

#: The number of descriptors in an offer: of memory, room and carrier.
_DESCRIPTORS = 3


class NumberOwner:
    """An object over a local socket, whose descriptor it shows."""

    _main: Any
    _check_open: Callable[[], None]
    #: Its kind for `send_object`: it cannot be sent.
    _passed_as = ""

    def fileno(self) -> int:
        """Return the descriptor of the local socket. It does not show if data is in the memory.

        To wait for several streams, use `interprocess.wait`.
        """
        return self._number()

    def _number(self) -> int:
        self._check_open()
        number: int = self._main.fileno()
        return number

    @property
    def _descriptor(self) -> Any:
        """The descriptor whose closing ends the connection, for `serve`."""
        return self._main._descriptor

    def _shown_number(self) -> str:
        return f"fd={self._number()}"


class ListenerNumberOwner:
    """An object over a listener of local sockets, whose descriptor it shows."""

    _plain: Any

    def fileno(self) -> int:
        """Return the descriptor of the listener, which still owns it."""
        number: int = self._plain.fileno()
        return number


class Offered:
    """What came with an offer: its descriptors, until they are taken. A context manager."""

    def __init__(self, numbers: list[int]) -> None:
        self._numbers = numbers

    @property
    def is_complete(self) -> bool:
        """True if memory and local sockets came."""
        return len(self._numbers) == _DESCRIPTORS

    def take_memory(self) -> Memory:
        """Return the offered memory. Raises `ValueError` or `OSError` if it is unacceptable."""
        memory = Memory.adopt(self._numbers[0])
        del self._numbers[0]
        return memory

    def take_beside(self) -> list[Stream]:
        """Return our ends of room and carrier. Raises `ValueError` or `OSError` if unacceptable."""
        beside: list[Stream] = []
        try:
            while self._numbers:
                beside.append(Stream(self._numbers[0]))
                del self._numbers[0]
        except BaseException:
            for wire in beside:
                wire.close()
            raise
        return beside

    def __enter__(self) -> Offered:
        return self

    def __exit__(self, *exception: object) -> None:
        for number in self._numbers:
            os.close(number)


def new_beside() -> tuple[list[Stream], list[Stream]]:
    """Return our ends of a new room and a new carrier, and theirs, which `send_offer` closes."""
    room, their_room = Stream.pair()
    try:
        carrier, their_carrier = Stream.pair()
    except BaseException:
        room.close()
        their_room.close()
        raise
    return [room, carrier], [their_room, their_carrier]


def has_other_end(wire: Stream) -> bool:  # noqa: ARG001  # Windows needs it
    """Return true: the server got its end with the offer."""
    return True


def send_offer(main: Stream, offer: bytes, memory: Memory, theirs: list[Stream]) -> None:
    """Send an offer with MEMORY and the peer's local sockets. sendmsg(2), SCM_RIGHTS."""
    room, carrier = theirs
    with room, carrier:
        main.send_fds(offer, [memory, room, carrier])


async def send_offer_async(main: Any, offer: bytes, memory: Memory, theirs: list[Stream]) -> None:
    """Do the same over an asynchronous stream."""
    room, carrier = theirs
    with room, carrier:
        await main.send_fds(offer, [memory, room, carrier])


def send_empty_offer(main: Stream, offer: bytes) -> None:
    """Send an offer without memory."""
    main.send_all(offer)


async def send_empty_offer_async(main: Any, offer: bytes) -> None:
    """Do the same over an asynchronous stream."""
    await main.send_all(offer)


def recv_offer(main: Stream, size: int, timeout: float | None) -> tuple[bytes, Offered]:
    """Receive an offer of SIZE bytes and what comes with it. recvmsg(2)."""
    main.set_recv_timeout(timeout)
    try:
        data, numbers = main.recv_fds(size, _DESCRIPTORS)
    finally:
        main.set_recv_timeout(None)
    return data, Offered(numbers)


async def recv_offer_async(main: Any, size: int) -> tuple[bytes, Offered]:
    """Do the same over an asynchronous stream."""
    data, numbers = await main.recv_fds(size, _DESCRIPTORS)
    return data, Offered(numbers)


def recv_offer_now(main: Any, size: int) -> tuple[bytes, Offered]:
    """Do the same without waiting; raises `BlockingIOError`."""
    data, numbers = main._recv_fds_now(size, _DESCRIPTORS)
    return data, Offered(numbers)


def effective_busy_poll(main: Stream, seconds: float, *, through_memory: bool) -> float:
    """Return for how many SECONDS a receive polls: 0 if that would keep the peer from running.

    Without memory, receives from MAIN poll. Otherwise only the ring is polled.
    """
    main.set_busy_poll(seconds)
    effective = main._busy_poll
    if through_memory:
        main.set_busy_poll(0)
    return effective


def receive(main: Any, buffer: WritableBuffer, deadline: float | None, noted: Noted) -> int:
    """Receive over a local socket that is used without memory, polling first if it polls."""
    receive = main._receive_polling if deadline != 0 else main._receive
    count: int = receive(buffer, deadline, noted)
    return count


def end_receiving(stream: Any) -> None:
    """End all receives from a local socket. shutdown(2)."""
    stream._descriptor.perform(shut_down, 0, None, _calls.SHUT_RD)


def check_loop(main: Any) -> None:
    """Do nothing: any event loop can wait for a descriptor."""
