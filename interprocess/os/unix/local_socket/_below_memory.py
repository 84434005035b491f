"""What a connection through shared memory requires of the local sockets below it.

The client sends an offer of memory. Two descriptors accompany it: the memory, and one end of
another pair of local sockets, the room, on which the sides wake each other when there is room.
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

#: The number of descriptors in an offer.
_MEMORY_AND_ROOM = 2


class NumberOwner:
    """An object over a local socket, whose descriptor it shows."""

    _main: Any
    _check_open: Callable[[], None]

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


class Offered:
    """What came with an offer: its descriptors, until they are taken. A context manager."""

    def __init__(self, numbers: list[int]) -> None:
        self._numbers = numbers

    @property
    def is_complete(self) -> bool:
        """True if memory and a room came."""
        return len(self._numbers) == _MEMORY_AND_ROOM

    def take_memory(self) -> Memory:
        """Return the offered memory. Raises `ValueError` or `OSError` if it is unacceptable."""
        memory = Memory.adopt(self._numbers[0])
        del self._numbers[0]
        return memory

    def take_room(self) -> Stream:
        """Return our end of the room. Raises `ValueError` or `OSError` if it is unacceptable."""
        room = Stream(self._numbers[-1])
        del self._numbers[-1]
        return room

    def __enter__(self) -> Offered:
        return self

    def __exit__(self, *exception: object) -> None:
        for number in self._numbers:
            os.close(number)


def new_room() -> tuple[Stream, Stream]:
    """Return our end of a new room, and the other end, which `send_offer` gives away."""
    return Stream.pair()


def send_offer(main: Stream, offer: bytes, memory: Memory, room: Stream) -> None:
    """Send an offer with MEMORY and the other end of a ROOM. sendmsg(2), SCM_RIGHTS."""
    with room:
        main.send_fds(offer, [memory, room])


async def send_offer_async(main: Any, offer: bytes, memory: Memory, room: Stream) -> None:
    """Do the same over an asynchronous stream."""
    with room:
        await main.send_fds(offer, [memory, room])


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
        data, numbers = main.recv_fds(size, _MEMORY_AND_ROOM)
    finally:
        main.set_recv_timeout(None)
    return data, Offered(numbers)


async def recv_offer_async(main: Any, size: int) -> tuple[bytes, Offered]:
    """Do the same over an asynchronous stream."""
    data, numbers = await main.recv_fds(size, _MEMORY_AND_ROOM)
    return data, Offered(numbers)


def recv_offer_now(main: Any, size: int) -> tuple[bytes, Offered]:
    """Do the same without waiting; raises `BlockingIOError`."""
    data, numbers = main._recv_fds_now(size, _MEMORY_AND_ROOM)
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


def end_receiving(stream: Any) -> None:
    """End all receives from a local socket. shutdown(2)."""
    stream._descriptor.perform(shut_down, 0, None, _calls.SHUT_RD)


def check_loop(main: Any) -> None:
    """Do nothing: any event loop can wait for a descriptor."""
