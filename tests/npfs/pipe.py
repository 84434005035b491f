"""A model of Windows' named pipe file system: one pipe, its two queues, and what waits in them.

It is written from ReactOS' `drivers/filesystems/npfs`, whose functions the docstrings name, and
does what that does, also where that is strange. It computes, and waits for nothing. What Wine's
tests say of Windows (`dlls/kernel32/tests/pipe.c`, `dlls/ntdll/tests/pipe.c`) agrees, as far as
they go.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

#: A ULONG has 32 bits, and so wraps.
ULONG = 1 << 32

SUCCESS = 0
PENDING = 0x103
BUFFER_OVERFLOW = 0x80000005
PIPE_DISCONNECTED = 0xC00000B0
PIPE_CLOSING = 0xC00000B1
CANCELLED = 0xC0000120
PIPE_BROKEN = 0xC000014B


@dataclass(eq=False)
class Request:
    """What a program asks for (an IRP): how it ended, how many bytes that was, what was read."""

    status: int = PENDING
    count: int = 0
    data: bytes = b""

    def end(self, status: int, count: int = 0, data: bytes = b"") -> None:
        """Note how it ended."""
        self.status, self.count, self.data = status, count, data


class State(enum.Enum):
    """What the entries of a queue are."""

    EMPTY = "none"
    READS = "reads that wait for data"
    WRITES = "writes, and flushes behind them"


@dataclass(eq=False)
class Entry:
    """A write's data, a read that waits, or a flush."""

    size: int
    data: bytes = b""
    quota: int = 0
    request: Request | None = None
    is_flush: bool = False


@dataclass(eq=False)
class Queue:
    """What goes in one direction: `NP_DATA_QUEUE`."""

    quota: int
    state: State = State.EMPTY
    used: int = 0
    #: How much of the first entry was read.
    offset: int = 0
    entries: list[Entry] = field(default_factory=list)

    @property
    def free(self) -> int:
        """How much of the quota is free. Reads that wait take some, too."""
        return (self.quota - self.used) % ULONG

    def add(self, state: State, entry: Entry, offset: int = 0) -> None:
        """`NpAddDataQueueEntry`."""
        self.used = (self.used + entry.quota) % ULONG
        self.state = state
        if offset:
            self.offset = offset
        self.entries.append(entry)

    def first_real(self) -> Entry | None:
        """Return the first that is no flush; the flushes before it end.

        `NpGetNextRealDataQueueEntry`
        """
        while self.entries and self.entries[0].is_flush:
            request = self.remove_first(and_flushes=False)
            if request is not None:
                request.end(SUCCESS)
        return self.entries[0] if self.entries else None

    def remove_first(self, *, and_flushes: bool = True) -> Request | None:
        """Take the first entry out, and return its request if that waits.

        `NpRemoveDataQueueEntry`
        """
        entry = self.entries.pop(0)
        was_full = self.state is State.WRITES and self.used >= self.quota and entry.quota > 0
        self.used = (self.used - entry.quota) % ULONG
        if not self.entries:
            self.state, was_full = State.EMPTY, False
        if and_flushes:
            self.first_real()
        if was_full:
            self.complete_stalled()
        self.offset = 0
        return entry.request

    def complete_stalled(self) -> None:
        """Give what is free to the writes that wait, and end those that have enough.

        `NpCompleteStalledWrites`
        """
        left, offset = self.free, self.offset
        for entry in self.entries:
            if not left:
                break
            if entry.request is not None and not entry.is_flush:
                unread = entry.size - offset
                if entry.quota < unread:
                    more = min(unread - entry.quota, left)
                    left -= more
                    entry.quota += more
                    if entry.quota == unread:
                        request, entry.request = entry.request, None
                        request.end(SUCCESS, entry.size)
            offset = 0
        self.used = (self.quota - left) % ULONG

    def write(self, data: bytes, request: Request, *, is_message: bool) -> None:
        """`NpCommonWrite`, `NpWriteDataQueue`."""
        left, is_empty_message = data, is_message and not data
        while self.state is State.READS and (left or is_empty_message):
            size = self.entries[0].size
            part, left = left[:size], left[size:]
            reader = self.remove_first()
            assert reader is not None
            reader.end(BUFFER_OVERFLOW if left and is_message else SUCCESS, len(part), part)
            is_empty_message = is_empty_message and bool(left)
        if not left and not is_empty_message:
            return request.end(SUCCESS, len(data))
        waits = self.free < len(left)
        quota = min(self.free, len(left))
        entry = Entry(len(data), data, quota, request if waits else None)
        self.add(State.WRITES, entry, len(data) - len(left))
        if not waits:
            request.end(SUCCESS, len(data))
        return None

    def read(self, size: int, request: Request, *, is_message: bool, is_closing: bool) -> None:
        """`NpCommonRead`."""
        if self.state is State.WRITES:
            data, status = self._take(size, is_message)
            request.end(status, len(data), data)
        elif is_closing:
            request.end(PIPE_BROKEN)
        else:
            self.add(State.READS, Entry(size, quota=min(self.free, size), request=request))

    def _take(self, size: int, is_message: bool) -> tuple[bytes, int]:
        """`NpReadDataQueue`: one read takes from as many writes as it has room for."""
        taken, status = bytearray(), SUCCESS
        entry = self.first_real()
        complete = False
        while entry is not None and len(taken) < size:
            unread = entry.data[self.offset :]
            part = unread[: size - len(taken)]
            taken += part
            # Where more is read than the entry has of the quota, this wraps: then the write waits
            # until it is read to its end, and may be cancelled in the midst of it.
            entry.quota = (entry.quota - len(part)) % ULONG
            self.used = (self.used - len(part)) % ULONG
            self.offset += len(part)
            complete = True
            if len(part) < len(unread):
                if is_message:
                    status = BUFFER_OVERFLOW
                    break
            else:
                request = self.remove_first()
                if request is not None:
                    request.end(SUCCESS, entry.size)
                if is_message:
                    break
            entry = self.first_real()
        if complete:
            self.complete_stalled()
        return bytes(taken), status

    def flush(self, request: Request) -> None:
        """`NpCommonFlushBuffers`."""
        if self.state is State.WRITES:
            self.add(State.WRITES, Entry(0, request=request, is_flush=True))
        else:
            request.end(SUCCESS)

    def cancel(self, request: Request) -> bool:
        """Take back what waits; return whether it waited. `NpCancelDataQueueIrp`"""
        entry = next((entry for entry in self.entries if entry.request is request), None)
        if entry is None:
            return False
        is_first = entry is self.entries[0]
        if is_first:
            self.offset = 0
        self.entries.remove(entry)
        was_full = self.state is State.WRITES and self.used >= self.quota and entry.quota > 0
        self.used = (self.used - entry.quota) % ULONG
        if not self.entries:
            self.state = State.EMPTY
        else:
            if is_first:
                self.first_real()
            if was_full:
                self.complete_stalled()
        request.end(CANCELLED)
        return True

    def clear(self, status: int, state: State | None = None) -> None:
        """End what waits, of one kind or of any, and forget it."""
        while self.state is not State.EMPTY and (state is None or self.state is state):
            request = self.remove_first(and_flushes=False)
            if request is not None:
                request.end(status)


@dataclass(eq=False)
class Pipe:
    """An instance of a pipe that has a client: `NP_CCB`."""

    inbound: Queue
    outbound: Queue
    is_message: bool = False
    closed: set[bool] = field(default_factory=set)

    def reads(self, is_server: bool) -> Queue:
        """Return the queue from which an end reads."""
        return self.inbound if is_server else self.outbound

    def writes(self, is_server: bool) -> Queue:
        """Return the queue to which an end writes."""
        return self.outbound if is_server else self.inbound

    def write(self, is_server: bool, data: bytes, request: Request) -> None:
        """Begin to write."""
        if self.closed:
            request.end(PIPE_CLOSING)
        else:
            self.writes(is_server).write(data, request, is_message=self.is_message)

    def read(self, is_server: bool, size: int, request: Request) -> None:
        """Begin to read."""
        queue = self.reads(is_server)
        queue.read(size, request, is_message=self.is_message, is_closing=bool(self.closed))

    def cancel(self, request: Request) -> bool:
        """Take back what waits."""
        return self.inbound.cancel(request) or self.outbound.cancel(request)

    def close(self, is_server: bool) -> None:
        """Close an end. What it has written stays. `NpSetClosingPipeState`"""
        self.closed.add(is_server)
        self.reads(is_server).clear(PIPE_BROKEN)
        self.writes(is_server).clear(PIPE_BROKEN, State.READS)
