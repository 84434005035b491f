"""One direction of a connection through memory: a ring of bytes, with one writer and one reader.

Two indices count all bytes ever written and ever read: `HEAD` and `TAIL`. The ring contains the
bytes between them, each at its index modulo the capacity. Each side stores its own index and only
loads the other side's:

    offset  line of   words of eight bytes
         0  writer    HEAD, WRITER (its state), WANTED
       128  reader    TAIL, READER (its state)

Every word has one writer, so stores never conflict. A state is 0 (awake), the number of a sleep
(see `interprocess.shared_memory._sleeping`) or `LEFT` (that side has left for good).

**The peer may be hostile.** It can write anything anywhere in the memory, at any time. So each side
keeps a private copy of its own index and never loads it from the memory. It loads the peer's index
once and checks the distance between both indices before using it: the ring holds at least 0 bytes
and at most its capacity. All offsets are computed from the side's own index. So a hostile peer can
only cause wrong data, or `ConnectionAbortedError`, on its own connection.

**Ordering.** The writer stores data, then `HEAD`; the reader loads `HEAD`, then data. This requires
a processor that reorders neither two stores nor two loads (x86-64), and an interpreter that stores
eight bytes at once (CPython, with a `memoryview` cast to "Q").

**Turns.** Several threads may use one side, and signal handlers may interrupt any call. The list
`place` holds the side's own index. A thread takes its turn by removing the index, and ends the turn
by putting the old or the new index back. It removes the index by iterating over `turns`. That is
not a call, so no signal handler can run between taking the index and storing it in a variable.
"""

from __future__ import annotations

import errno
from itertools import repeat

from interprocess.shared_memory._barrier import BARRIER_IS_REMOTE, fence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

#: Words of the two lines of a direction, in units of eight bytes.
HEAD, WRITER, WANTED = 0, 1, 2
TAIL, READER = 16, 17
#: The number of words in the two lines.
WORDS = 32

#: The state of a side that has left.
LEFT = (1 << 64) - 1


class Side:
    """The common part of both sides of a ring: memory, an index, the peer's last known state."""

    __slots__ = (
        "base",
        "capacity",
        "data",
        "fast_end",
        "holder",
        "known",
        "mask",
        "mapping",
        "place",
        "rest",
        "sleeps",
        "turns",
        "words",
    )

    #: The positions of the two state words: this side's and the peer's.
    own_state: int
    peer_state: int

    def __init__(self, memory: memoryview, direction: int, base: int, capacity: int) -> None:
        """Use MEMORY: the indices are at the offset DIRECTION, the bytes at the offset BASE.

        Both offsets are in bytes. CAPACITY is a power of two.
        """
        self.words: Any = memory[direction : direction + 8 * WORDS].cast("Q")
        self.data: Any = memory[base : base + capacity]
        self.base = base
        self.capacity = capacity
        self.mask = capacity - 1
        #: Copying a slice of an `mmap` takes a third of the time of copying a slice of a view. The
        #: fast path does that for bytes that end by offset `fast_end`: they do not wrap around. It
        #: executes no fence.
        self.mapping: Any = memory.obj
        is_fast = BARRIER_IS_REMOTE and type(memory.obj).__name__ == "mmap"
        self.fast_end = base + capacity if is_fast else -1
        #: Our own index; empty while a thread has the turn.
        self.place = [0]
        self.turns: Iterator[int] = map(self.place.pop, repeat(-1))
        #: The last state of the peer that was handled: this sleep needs no further wake byte.
        self.known = 0
        #: How often we have slept, and our state while we are awake: 0, or `LEFT`.
        self.sleeps = 0
        self.rest = 0
        #: The thread that sleeps, or shows the user a view, during its turn; 0 if there is none.
        self.holder = 0

    def load_peer_state(self) -> int:
        """Return the state of the peer, not loaded before our last store is visible to the peer."""
        fence()
        state: int = self.words[self.peer_state]
        return state

    def leave(self) -> None:
        """Announce that this side has left for good."""
        self.rest = LEFT
        self.words[self.own_state] = LEFT


class Writer(Side):
    """The side that writes."""

    __slots__ = ("limit",)

    own_state, peer_state = WRITER, READER

    def __init__(self, memory: memoryview, direction: int, base: int, capacity: int) -> None:
        super().__init__(memory, direction, base, capacity)
        #: How far our index may go, according to the reader's index when we last loaded it.
        self.limit = self.capacity

    def room(self, head: int) -> int:
        """Return the number of free bytes at HEAD."""
        tail: int = self.words[TAIL]
        used = head - tail
        if not 0 <= used <= self.capacity:
            raise broken(f"it has read up to byte {tail} of the {head} that were sent")
        self.limit = tail + self.capacity
        return self.capacity - used

    def put(self, head: int, piece: memoryview) -> None:
        """Copy PIECE, which must fit, into the ring at HEAD, without publishing it."""
        start = head & self.mask
        first = self.capacity - start
        if len(piece) <= first:
            self.data[start : start + len(piece)] = piece
        else:
            self.data[start:] = piece[:first]
            self.data[: len(piece) - first] = piece[first:]


class Reader(Side):
    """The side that reads."""

    __slots__ = ("unheard",)

    own_state, peer_state = READER, WRITER

    def __init__(self, memory: memoryview, direction: int, base: int, capacity: int) -> None:
        super().__init__(memory, direction, base, capacity)
        #: The largest number of wake bytes that may have come for sleeps that are over.
        self.unheard = 0

    def available(self, tail: int) -> int:
        """Return the number of bytes in the ring, from TAIL on."""
        head = self.words[HEAD]
        count: int = head - tail
        if not 0 <= count <= self.capacity:
            raise broken(f"it has sent up to byte {head}, of which {tail} were received")
        return count

    def take(self, tail: int, room: memoryview) -> None:
        """Copy the bytes at TAIL into ROOM, which must not exceed the available bytes."""
        start = tail & self.mask
        first = self.capacity - start
        if len(room) <= first:
            room[:] = self.data[start : start + len(room)]
        else:
            room[:first] = self.data[start:]
            room[first:] = self.data[: len(room) - first]


def broken(what: str) -> ConnectionAbortedError:
    """Return the error for invalid values in the memory; WHAT describes the violation."""
    return ConnectionAbortedError(
        errno.ECONNABORTED, f"the peer has broken the shared memory: {what}"
    )


class NoSide:
    """A placeholder for a side that does not exist yet or any more; it never gives a turn."""

    __slots__ = ("place", "turns")

    def __init__(self) -> None:
        self.place: list[int] = []
        self.turns: Iterator[int] = map([].pop, repeat(-1))


#: The only instance.
NO_SIDE: Any = NoSide()
