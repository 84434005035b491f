"""One direction of a connection through memory: a ring of bytes, with one writer and one reader.

Two indices count the bytes that were ever written and ever read: `HEAD` and `TAIL`. What lies
between them is in the ring, at its place modulo the capacity. Each side stores its own index, and
only ever loads the other's:

    offset  line of   words of eight bytes
         0  writer    HEAD, WRITER (its state), WANTED
       128  reader    TAIL, READER (its state)

Every word has one writer, so no store overtakes another's. A state is 0 (awake), the number of
a sleep (see `interprocess.shared_memory._sleeping`) or `LEFT`: there will be no more of that side.

**The peer may be hostile.** It can write anything into any of this, at any time. So a side keeps
its own index for itself and never loads it. It loads an index of the peer once, and checks the
distance between the two before it uses it: there are never fewer than 0 bytes in the ring, nor more
than its capacity. All offsets are computed from the side's own index. So the worst that a peer
achieves is wrong data, or `ConnectionAbortedError`, on its own connection.

**Ordering.** The writer stores data, then `HEAD`; the reader loads `HEAD`, then data. That needs
a processor on which neither two stores nor two loads pass each other, and an interpreter that
stores eight bytes at once: x86-64, and a `memoryview` of CPython cast to "Q".

**Turns.** A side may be used by several threads, and interrupted by signal handlers at any call.
Its own index stands in a list, `place`. Whoever takes it out has the turn, and whoever puts it
back, or the next one, ends the turn. Taking it is iterating over `turns`, which is no call: so no
handler comes between taking the index and storing it in a variable.
"""

from __future__ import annotations

import errno
from itertools import repeat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

#: Words of the two lines of a direction, in units of eight bytes.
HEAD, WRITER, WANTED = 0, 1, 2
TAIL, READER = 16, 17
#: How many words the two lines have.
WORDS = 32

#: The state of a side that has left.
LEFT = (1 << 64) - 1


class Side:
    """What both sides of a ring have: memory, a place in it, and what is known of the peer."""

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

    #: Which words are ours and the peer's: the index, the state.
    own_state: int
    peer_state: int

    def __init__(self, memory: memoryview, direction: int, base: int, capacity: int) -> None:
        """Use MEMORY, for the indices from DIRECTION on and for bytes from BASE on.

        Both are offsets in bytes, and CAPACITY is a power of two.
        """
        self.words: Any = memory[direction : direction + 8 * WORDS].cast("Q")
        self.data: Any = memory[base : base + capacity]
        self.base = base
        self.capacity = capacity
        self.mask = capacity - 1
        #: A slice of CPython's own type is copied in a third of the time of one of its views. It
        #: does as long as nothing wraps around, that is up to `fast_end`.
        self.mapping: Any = memory.obj
        self.fast_end = base + capacity if type(memory.obj).__name__ == "mmap" else -1
        #: Our own index, while nobody has the turn.
        self.place = [0]
        self.turns: Iterator[int] = map(self.place.pop, repeat(-1))
        #: The state of the peer for which nothing is to be done any more.
        self.known = 0
        #: How often we slept, and our state while we do not: 0, or `LEFT`.
        self.sleeps = 0
        self.rest = 0
        #: The thread that has the turn and sleeps, or shows the user a view; 0 for none.
        self.holder = 0

    def leave(self) -> None:
        """Say that there will be no more of this side."""
        self.rest = LEFT
        self.words[self.own_state] = LEFT


class Writer(Side):
    """The side that writes."""

    __slots__ = ("limit",)

    own_state, peer_state = WRITER, READER

    def __init__(self, memory: memoryview, direction: int, base: int, capacity: int) -> None:
        super().__init__(memory, direction, base, capacity)
        #: How far the index may go, by what was last seen of the reader's.
        self.limit = self.capacity

    def room(self, head: int) -> int:
        """Return how many bytes there is room for, at HEAD."""
        tail: int = self.words[TAIL]
        used = head - tail
        if not 0 <= used <= self.capacity:
            raise broken(f"it has read up to byte {tail} of the {head} that were sent")
        self.limit = tail + self.capacity
        return self.capacity - used

    def put(self, head: int, piece: memoryview) -> None:
        """Copy a PIECE, for which there is room, into the ring at HEAD. It is not published."""
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
        #: How many bytes that wake may have come for sleeps that are over.
        self.unheard = 0

    def available(self, tail: int) -> int:
        """Return how many bytes are there, from TAIL on."""
        head = self.words[HEAD]
        count: int = head - tail
        if not 0 <= count <= self.capacity:
            raise broken(f"it has sent up to byte {head}, of which {tail} were received")
        return count

    def take(self, tail: int, room: memoryview) -> None:
        """Copy what is at TAIL into ROOM, which is no larger than what is there."""
        start = tail & self.mask
        first = self.capacity - start
        if len(room) <= first:
            room[:] = self.data[start : start + len(room)]
        else:
            room[:first] = self.data[start:]
            room[first:] = self.data[: len(room) - first]


def broken(what: str) -> ConnectionAbortedError:
    """Return the error for what a peer must not have written; WHAT says what that was."""
    return ConnectionAbortedError(
        errno.ECONNABORTED, f"the peer has broken the shared memory: {what}"
    )


class NoSide:
    """What stands for a side where there is none yet, or none any more: nobody ever has a turn."""

    __slots__ = ("place", "turns")

    def __init__(self) -> None:
        self.place: list[int] = []
        self.turns: Iterator[int] = map([].pop, repeat(-1))


#: The one that all share.
NO_SIDE: Any = NoSide()
