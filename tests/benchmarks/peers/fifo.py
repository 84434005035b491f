"""The library faster-fifo: a queue of messages in shared memory, with a lock and two conditions.

`multiprocessing.shared_memory` has no way to announce data, so large writes go through both: the
bytes through a block of memory, and the numbers of its slots through the queue.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from multiprocessing import connection, context, reduction, resource_tracker
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import faster_fifo  # type: ignore[import-not-found, unused-ignore]  # not installed everywhere

from tests.benchmarks.peers.interface import Connection, Messages

#: How many bytes of messages `put_many` sends at once; the queue has room for a million.
BATCH = 1 << 18
#: Up to this size, a write goes through the queue itself.
LITTLE = 1 << 12
#: The bytes of a slot, and how many slots there are: the fastest of those that were tried.
SLOT = 1 << 19
SLOTS = 4


class FasterFifo:
    """A queue for each direction: `put_many` where many are sent, `put`, and `get_many`."""

    def listen(self, address: str) -> FifoListener:
        return FifoListener(address, self)

    def connect(self, address: str) -> Connection:
        with connection.Client(address) as handing_over:
            there, back = reduction.ForkingPickler.loads(handing_over.recv_bytes())
        return self.connection(back, there)

    def lane(self) -> Any:
        """Return a new direction, which can be pickled while a process is started."""
        return _queue()

    def connection(self, incoming: Any, outgoing: Any) -> Connection:
        return FifoConnection(incoming, outgoing)


class FifoConnection(Messages):
    """Two queues."""

    def __init__(self, incoming: Any, outgoing: Any) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def sender(self) -> Callable[[bytes], object]:
        put: Callable[[bytes], object] = self._outgoing.put
        return put

    def send_many(self, messages: Iterable[bytes]) -> None:
        rest = iter(messages)
        for first in rest:
            self._outgoing.put_many([first, *islice(rest, BATCH // len(first))])

    def receiver(self, size: int) -> Callable[[], bytes | bytearray]:
        arrived: deque[bytes] = deque()
        get_many = self._incoming.get_many

        def receive() -> bytes:
            if not arrived:
                arrived.extend(get_many())
            return arrived.popleft()

        return receive

    def close(self) -> None:
        pass


class SharedMemoryAndFifo(FasterFifo):
    """Large writes through a `SharedMemory`, whose slots the queues name."""

    def lane(self) -> Lane:
        free = _queue()
        free.put_many([bytes([number]) for number in range(SLOTS)])
        return Lane(_queue(), free, SharedMemory(create=True, size=SLOT * SLOTS))

    def connection(self, incoming: Lane, outgoing: Lane) -> Connection:
        return SlotConnection(incoming, outgoing)


class Lane:
    """One direction: the queue of data or of full slots, the queue of free slots, the memory."""

    def __init__(self, queue: Any, free: Any, memory: SharedMemory) -> None:
        self.queue = queue
        self.free = free
        self.memory = memory
        self.is_owner = True

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "memory": self.memory.name, "is_owner": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, memory=_opened(state["memory"]))

    def close(self) -> None:
        self.memory.close()
        if self.is_owner:
            self.memory.unlink()


class SlotConnection(FifoConnection):
    """Two queues, and memory for what is too large for them."""

    def __init__(self, incoming: Lane, outgoing: Lane) -> None:
        super().__init__(incoming.queue, outgoing.queue)
        self._lanes = incoming, outgoing

    def sender(self) -> Callable[[bytes], object]:
        outgoing = self._lanes[1]
        memory: Any = outgoing.memory.buf
        put, take_free = outgoing.queue.put, outgoing.free.get

        def send(data: bytes) -> None:
            if len(data) <= LITTLE:
                put(data)
                return
            whole = memoryview(data)
            for start in range(0, len(data), SLOT):
                piece = whole[start : start + SLOT]
                slot = take_free()
                place = slot[0] * SLOT
                memory[place : place + len(piece)] = piece
                put(slot)

        return send

    def receiver(self, size: int) -> Callable[[], bytes | bytearray]:
        if size <= LITTLE:
            return super().receiver(size)
        incoming = self._lanes[0]
        memory: Any = incoming.memory.buf
        get, put_free = incoming.queue.get, incoming.free.put
        buffer = bytearray(size)
        whole = memoryview(buffer)

        def receive() -> bytearray:
            for start in range(0, size, SLOT):
                slot = get()
                place, count = slot[0] * SLOT, min(SLOT, size - start)
                whole[start : start + count] = memory[place : place + count]
                put_free(slot)
            return buffer

        return receive

    def close(self) -> None:
        for lane in self._lanes:
            lane.close()


class FifoListener:
    """Hands the queues over to a client."""

    def __init__(self, address: str, peer: FasterFifo) -> None:
        self._listener = connection.Listener(address)
        self._peer = peer

    def accept(self) -> Connection:
        there, back = self._peer.lane(), self._peer.lane()
        with self._listener.accept() as handing_over:
            handing_over.send_bytes(_pickled_as_for_a_child((there, back)))
        return self._peer.connection(there, back)

    def close(self) -> None:
        self._listener.close()


def _queue() -> Any:
    """Return a queue of bytes, which pickles nothing."""
    return faster_fifo.Queue(loads=bytes, dumps=bytes)


def _opened(name: str) -> SharedMemory:
    """Return the memory of another process, which that process will remove."""
    if sys.version_info >= (3, 13):
        return SharedMemory(name, track=False)
    memory = SharedMemory(name)
    resource_tracker.unregister(f"/{memory.name.lstrip('/')}", "shared_memory")
    return memory


def _pickled_as_for_a_child(value: object) -> bytes:
    """Return VALUE pickled as `multiprocessing` does for a process that it starts.

    It shares a queue's memory with no other process.
    """
    child: Any = _Child()
    context.set_spawning_popen(child)
    try:
        return bytes(reduction.ForkingPickler.dumps(value))
    finally:
        context.set_spawning_popen(None)


class _Child:
    """A stand-in for the process."""

    def duplicate_for_child(self, number: int) -> int:
        return number

    def DupFd(self, number: int) -> _Descriptor:  # noqa: N802  # `multiprocessing` calls it so
        return _Descriptor(f"/proc/{os.getpid()}/fd/{number}")


class _Descriptor:
    """A descriptor of another process."""

    def __init__(self, path: str) -> None:
        self._path = path

    def detach(self) -> int:
        """Open what it refers to."""
        return os.open(self._path, os.O_RDWR)
