"""The room in a pipe, as far as the system reports it, and writing no more than that."""

from __future__ import annotations

from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe.origin import UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData
    from interprocess.os.windows._pipe.origin import Origin

#: A ULONG wraps at 32 bits.
_ULONG = 1 << 32

#: As many processes can write to one pipe at the same moment without exceeding its buffer.
_MOST_AT_ONCE = 8

#: The quota from which the system counts a client's room; empty if it does not report the room.
_counted_from: list[str] = []


class Fitting:
    """Writing data that certainly fits into a pipe, or else a single byte.

    A write that waits for room can be read in part: a single large read takes the data before it in
    the pipe and its beginning. It still waits for the rest, and if it is cancelled, the number of
    bytes sent is unknown. A single byte is either read or not.
    """

    __slots__ = ("_origin", "_quota", "size")

    def __init__(self, origin: Origin, quota: int) -> None:
        self._origin = origin
        self._quota = quota
        #: The number of bytes that it writes, once known.
        self.size = 0

    def __call__(self, handle: int, memory: CData, size: int, overlapped: CData) -> bool:
        """Begin to write as much of SIZE bytes as fits, within the quota; true if complete."""
        origin = self._origin
        # No other write of ours may come between querying the room and this write.
        with origin.turn:
            self.size = _fitting(handle, origin, size, self._quota)
            # Counted before the write, so that an interrupt leaves too much rather than too little.
            origin.unread += self.size
            return _calls.write_file(handle, memory, self.size, overlapped)


def may_be_read_in_part(origin: Origin, size: int) -> bool:
    """Return true if the peer may have a part of a cancelled write of SIZE bytes that waited.

    On Wine, a write that fits into an empty pipe is not read in part while it waits.
    """
    return size > 1 and (origin.is_remote or bool(counted_from()))


def _fitting(handle: int, origin: Origin, size: int, quota: int) -> int:
    if not origin.is_shared and origin.unread + size < quota:
        return size
    if origin.is_remote or not counted_from():
        return size
    is_ours_alone = not origin.is_shared or _is_ours_alone(handle, origin)
    room = free_bytes(handle)
    if not is_ours_alone:
        return min(size, (room or 0) // _MOST_AT_ONCE or 1)
    if origin.is_told:
        origin.unread = UNKNOWN  # Another process may have written and left.
    origin.is_shared = origin.is_told
    if room is None:
        return size if origin.unread + size <= quota else 1
    if room < quota - origin.unread:
        # Our data does not take that much room: a waiting read reserves it, so the pipe is empty.
        origin.unread = 0
        return size
    if not room:
        # Either the pipe is full, or it is empty and the peer waits for more than its size.
        return 1
    origin.unread = quota - room
    return min(size, room)


def free_bytes(handle: int) -> int | None:
    """Return the number of bytes that can be written without waiting; `None` without access.

    The size of the peer's waiting read counts as used, perhaps all of it. A server's end that only
    sends has no access. NtQueryInformationFile function.
    """
    try:
        information = pipes.pipe_information(handle)
    except OSError:
        return None  # Writing raises any other error.
    if information.NamedPipeEnd:
        quota = counted = information.OutboundQuota
    else:
        quota = information.InboundQuota
        counted = getattr(information, counted_from() or "InboundQuota")
    # The free room exceeds the quota while another process's write has been read in part.
    return min((information.WriteQuotaAvailable + quota - counted) % _ULONG, quota)  # type: ignore[no-any-return]  # fields of integers


def counted_from() -> str:
    """Return the quota from which a client's room is counted; empty if no room is reported.

    It should be that of its own direction, `InboundQuota`. ReactOS, which describes Windows here,
    uses `OutboundQuota`. Wine reports no room.
    """
    if not _counted_from:
        # Imported here, because that module imports this one.
        from interprocess.os.windows._pipe.making import RECEIVES, connected_pair

        try:
            server, client = connected_pair(RECEIVES, buffer_size=4096, other_buffer_size=8192)
        except OSError:
            return "InboundQuota"  # For this call only.
        try:
            _counted_from.append(client.perform(_asked_of_an_empty_pipe))
        finally:
            client.close()
            server.close()
    return _counted_from[0]


def _asked_of_an_empty_pipe(handle: int) -> str:
    information = pipes.pipe_information(handle)
    if not information.WriteQuotaAvailable:
        return ""
    if information.WriteQuotaAvailable == information.OutboundQuota:
        return "OutboundQuota"
    return "InboundQuota"


def _is_ours_alone(handle: int, origin: Origin) -> bool:
    """Return true if this process has all handles of the end. NtQueryObject function."""
    try:
        return pipes.handle_count(handle) <= len(origin.handles)
    except OSError:
        return False
