"""The handshake before bytes go through memory, and the layout of the memory.

As soon as the client has connected, it sends an offer over the local socket:

    8 bytes   `MAGIC`, which includes the version
    8 bytes   the capacity of the ring from the client to the server, or 0 for no memory
    8 bytes   the capacity of the ring from the server to the client, or 0 for no memory

All numbers are in the processor's byte order. The memory and two more connections, the
room and the carrier, accompany the offer, in a way that depends on the system: see `_wires`, and
its `_below_memory`. The server
answers with one byte, `AGREED` or `DECLINED`. After `AGREED`, all bytes of the connection go
through the memory, and the local sockets only carry wake bytes: the first one for a side that waits
for data, the room for a side that waits for room. After `DECLINED`, or an offer without memory, all
bytes go over the local socket.

The memory begins with one page for the indices of both directions, at `DIRECTIONS`. The bytes of
the client's ring follow, then the bytes of the server's.
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

#: The offsets of the indices of both directions. The bytes before them are unused.
DIRECTIONS = (128, 128 + 8 * WORDS)
#: The offset of the rings.
_DATA = 4096

LEAST_CAPACITY = 1 << 12
MOST_CAPACITY = 1 << 30
#: Large enough that two cores rarely wait for each other; small enough for their caches.
USUAL_CAPACITY = 1 << 19

NO_MEMORY = (0, 0)


def capacity_for(size: int | None) -> int:
    """Return the capacity of a ring for SIZE bytes: a power of two."""
    if size is None:
        return USUAL_CAPACITY
    return min(max(LEAST_CAPACITY, 1 << (size - 1).bit_length()), MOST_CAPACITY)


def size_for(capacities: Capacities) -> int:
    """Return the size of a memory with two rings."""
    return _DATA + sum(capacities)


def offer_of(capacities: Capacities) -> bytes:
    """Return an offer of memory with rings of two capacities."""
    return OFFER.pack(MAGIC, *capacities)


def parsed_offer(data: bytes) -> Capacities:
    """Return the capacities in a client's offer; raise `ConnectionAbortedError` if invalid."""
    if len(data) != OFFER.size:
        raise refused(f"its offer has {len(data)} bytes instead of {OFFER.size}")
    magic, *capacities = OFFER.unpack(data)
    if magic != MAGIC:
        raise refused(f"it begins with {magic!r}, which is not an offer of this version")
    there, back = capacities
    if (there, back) != NO_MEMORY and not _is_capacity(there) & _is_capacity(back):
        raise refused(f"it offers rings of {there} and {back} bytes")
    return there, back


def _is_capacity(number: int) -> bool:
    return LEAST_CAPACITY <= number <= MOST_CAPACITY and number & (number - 1) == 0


def refused(why: str) -> ConnectionAbortedError:
    """Return the error for a peer that violates the handshake."""
    return ConnectionAbortedError(
        errno.ECONNABORTED, f"the peer speaks no shared_memory.local_socket: {why}"
    )


def sides(memory: memoryview, capacities: Capacities, *, client: bool) -> tuple[Reader, Writer]:
    """Return the client's sides of the two rings if CLIENT, otherwise the server's."""
    there = memory, DIRECTIONS[0], _DATA, capacities[0]
    back = memory, DIRECTIONS[1], _DATA + capacities[0], capacities[1]
    return (Reader(*back), Writer(*there)) if client else (Reader(*there), Writer(*back))
