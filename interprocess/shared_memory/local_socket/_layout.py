"""What the two processes say to each other before bytes go through memory, and where things are.

Over the local socket, the client sends an offer as soon as it is connected:

    8 bytes   `MAGIC`, with the version in it
    8 bytes   the capacity of the ring from the client to the server, or 0 for no memory
    8 bytes   the capacity of the ring from the server to the client, or 0 for no memory

All numbers are in the processor's byte order. With memory, two descriptors come along: that of the
memory, and a socket connected with one of the client's. The server answers one byte, `AGREED` or
`DECLINED`. After `AGREED` all bytes of the connection go through the memory, and what comes over
the sockets is for waking: on the local socket for a side that waits for something to receive, on
the other one for a side that waits for room. After `DECLINED`, or without memory, they go over the
local socket as if there were no memory.

The memory begins with a page for the two directions' indices, at `DIRECTIONS`. Then come the bytes
of the client's ring, and those of the server's.
"""

from __future__ import annotations

import errno
from struct import Struct

from interprocess.shared_memory._ring import WORDS, Reader, Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    Capacities = tuple[int, int]

MAGIC = b"iprings\x01"
OFFER = Struct("=8sQQ")
AGREED = b"\x01"
DECLINED = b"\x00"

#: In bytes. Those before are spare.
DIRECTIONS = (128, 128 + 8 * WORDS)
#: Where the rings begin.
_DATA = 4096

LEAST_CAPACITY = 1 << 12
MOST_CAPACITY = 1 << 30
#: Enough that two cores rarely wait for each other, and little enough to stay in their caches.
USUAL_CAPACITY = 1 << 18

NO_MEMORY = (0, 0)


def capacity_for(size: int | None) -> int:
    """Return the capacity of a ring that takes SIZE bytes: a power of two."""
    if size is None:
        return USUAL_CAPACITY
    return min(max(LEAST_CAPACITY, 1 << (size - 1).bit_length()), MOST_CAPACITY)


def size_for(capacities: Capacities) -> int:
    """Return the size of a memory with two rings."""
    return _DATA + sum(capacities)


def parsed_offer(data: bytes) -> Capacities:
    """Return the capacities that a client offers. Raises `ConnectionAbortedError`."""
    if len(data) != OFFER.size:
        raise refused(f"its offer has {len(data)} bytes instead of {OFFER.size}")
    magic, *capacities = OFFER.unpack(data)
    if magic != MAGIC:
        raise refused(f"it begins with {magic!r}, which is no offer of this version")
    there, back = capacities
    if (there, back) != NO_MEMORY and not _is_capacity(there) & _is_capacity(back):
        raise refused(f"it offers rings of {there} and {back} bytes")
    return there, back


def _is_capacity(number: int) -> bool:
    return LEAST_CAPACITY <= number <= MOST_CAPACITY and number & (number - 1) == 0


def refused(why: str) -> ConnectionAbortedError:
    """Return the error for a peer that does not say what it should."""
    return ConnectionAbortedError(
        errno.ECONNABORTED, f"the peer speaks no shared_memory.local_socket: {why}"
    )


def sides(memory: memoryview, capacities: Capacities, *, client: bool) -> tuple[Reader, Writer]:
    """Return the sides of the two rings that the client has, or those of the server."""
    there = memory, DIRECTIONS[0], _DATA, capacities[0]
    back = memory, DIRECTIONS[1], _DATA + capacities[0], capacities[1]
    return (Reader(*back), Writer(*there)) if client else (Reader(*there), Writer(*back))
