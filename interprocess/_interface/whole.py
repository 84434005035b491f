"""Transfers that continue until they are complete, and report their progress if cut short.

If a timeout, an error or an exception of a signal handler cuts one short, the exception has the
data that had arrived in its attribute `partial`, and the number of bytes sent in its attribute
`characters_written`. Backends note the result of a system call before CPython from 3.11 can run a
signal handler. PyPy and older versions run handlers between any two steps: there, the result of
that one call may be missing.

The loops are written so that CPython's jump back is within `try`. From 3.12 it is not where a loop
has a condition of its own, or ends in an `if`; and handlers run at that jump.
"""

from __future__ import annotations

from interprocess.errors import IncompleteReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from interprocess._interface.byte_stream import Buffer

#: The number of bytes to receive at once where the length is unknown.
PIECE = 65536


def receive_exactly(
    receive: Callable[[memoryview, float | None, list[int]], int],
    begun: bytes,
    size: int,
    deadline: float | None,
) -> bytes:
    """Return BEGUN and the bytes that RECEIVE delivers until DEADLINE, SIZE bytes in all.

    A peer may claim any size. So the memory for data yet to arrive is never larger than the data
    that has arrived, except for the first piece.
    """
    blocks: list[bytes | bytearray] = [begun]
    arrived = len(begun)
    counts = [arrived]
    room = memoryview(b"")
    try:
        while True:
            if not room:
                if arrived >= size:
                    break
                block = bytearray(min(size - arrived, max(arrived, PIECE)))
                blocks.append(block)
                room = memoryview(block)
            count = receive(room, deadline, counts)
            if not count:
                raise IncompleteReadError(_first(blocks, arrived), size)
            arrived += count
            counts[:] = (arrived,)
            room = room[count:]
        # No call here: no handler may run between this and the caller.
        [whole] = map(b"".join, (blocks,))
        return whole
    except IncompleteReadError:
        raise
    except BaseException as error:
        error.partial = _first(blocks, sum(counts))  # type: ignore[attr-defined]  # documented above
        raise


def _first(blocks: Iterable[bytes | bytearray], size: int) -> bytes:
    """Return the first SIZE bytes of BLOCKS."""
    parts = []
    for block in blocks:
        parts.append(memoryview(block)[:size])
        size -= len(parts[-1])
    return b"".join(parts)


def receive_all(recv: Callable[[int], bytes]) -> bytes:
    """Call RECV until it returns nothing, and return all of the data."""
    received = bytearray()
    try:
        while True:
            [piece] = map(recv, (PIECE,))
            if not piece:
                return bytes(received)
            received += piece
    except BaseException as error:
        error.partial = bytes(received)  # type: ignore[attr-defined]  # documented above
        raise


def read_all(receive: Callable[[memoryview, list[int]], int]) -> bytes | None:
    """Call RECEIVE until it receives nothing, and return all of the data, as `io.RawIOBase` does.

    In nonblocking mode, return the available data, or `None` if there is none.
    """
    received = bytearray()
    room = memoryview(bytearray(PIECE))
    counts: list[int] = []
    try:
        while True:
            count = receive(room, counts)
            if not count:
                return bytes(received)
            received += room[:count]
            counts[:] = ()
    except BaseException as error:
        partial = bytes(received + room[: sum(counts)])
        error.partial = partial  # type: ignore[attr-defined]  # documented above
        if isinstance(error, BlockingIOError):
            return partial or None
        raise


def read_lines(file: Iterable[Any], lines: list[Any], hint: int | None) -> None:
    """Append the lines of FILE to LINES, until their size exceeds HINT if that is positive."""
    size = 0
    for line in file:
        lines.append(line)
        size += len(line)
        if hint is not None and 0 < hint < size:
            return


def write_lines(write: Callable[[Any], int | None], lines: Iterable[Buffer | str]) -> None:
    """Write all of the LINES."""
    written = 0
    try:
        for line in lines:
            written += write(line) or 0
    except BaseException as error:
        written += getattr(error, "characters_written", 0)
        error.characters_written = written  # type: ignore[attr-defined]  # documented above
        raise
