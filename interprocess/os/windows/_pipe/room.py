"""How much room there is in a pipe, as far as the system tells, and writing no more than that."""

from __future__ import annotations

from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe.origin import UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData
    from interprocess.os.windows._pipe.origin import Origin

#: A ULONG has 32 bits, and so wraps.
_ULONG = 1 << 32

#: So many processes can write to one pipe at the same moment, and what each of them writes fits.
_MOST_AT_ONCE = 8

#: Which quota the system counts a client's room from; an empty string where it tells no room.
_counted_from: list[str] = []


class Fitting:
    """Writing what surely fits into a pipe, or else a single byte.

    A write that waits for room can be read in part: a single large read takes what is before it in
    the pipe and the beginning of it. It goes on waiting for the rest, and nothing tells how much
    went when it is cancelled. A single byte is read or not.
    """

    __slots__ = ("_origin", "_quota", "size")

    def __init__(self, origin: Origin, quota: int) -> None:
        self._origin = origin
        self._quota = quota
        #: How many bytes it writes, once that is known.
        self.size = 0

    def __call__(self, handle: int, memory: CData, size: int, overlapped: CData) -> bool:
        """Begin to write what fits of SIZE bytes, at most the quota; return whether it is done."""
        origin = self._origin
        # No other write of ours may come between the look at the room and this one.
        with origin.turn:
            self.size = _fitting(handle, origin, size, self._quota)
            # Before it is written, so that an interrupt leaves too much rather than too little.
            origin.unread += self.size
            return _calls.write_file(handle, memory, self.size, overlapped)


def may_be_read_in_part(origin: Origin, size: int) -> bool:
    """Whether the peer may have a part of a write of SIZE bytes that waited and was cancelled.

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
        origin.unread = UNKNOWN  # Somebody may have written and left.
    origin.is_shared = origin.is_told
    if room is None:
        return size if origin.unread + size <= quota else 1
    if room < quota - origin.unread:
        # What we have sent does not take so much: a read that waits does, so the pipe is empty.
        origin.unread = 0
        return size
    if not room:
        # Either the pipe is full, or it is empty and the peer waits for more than it takes.
        return 1
    origin.unread = quota - room
    return min(size, room)


def free_bytes(handle: int) -> int | None:
    """Return how many bytes can be written without waiting; `None` where the handle may not ask.

    What the peer waits to read counts as taken, up to all. A server's end that only sends may not
    ask. NtQueryInformationFile function.
    """
    try:
        information = pipes.pipe_information(handle)
    except OSError:
        return None  # Whatever else is wrong, writing tells.
    if information.NamedPipeEnd:
        quota = counted = information.OutboundQuota
    else:
        quota = information.InboundQuota
        counted = getattr(information, counted_from() or "InboundQuota")
    # More than the quota is free while what somebody else writes has been read in part.
    return min((information.WriteQuotaAvailable + quota - counted) % _ULONG, quota)  # type: ignore[no-any-return]  # fields of integers


def counted_from() -> str:
    """Return which quota the room of a client is counted from; nothing if no room is told.

    It should be that of its own direction, `InboundQuota`. ReactOS, which describes Windows here,
    takes `OutboundQuota`. Wine tells no room.
    """
    if not _counted_from:
        # Not imported above: that needs this.
        from interprocess.os.windows._pipe.making import RECEIVES, connected_pair

        try:
            server, client = connected_pair(RECEIVES, buffer_size=4096, other_buffer_size=8192)
        except OSError:
            return "InboundQuota"  # For this time.
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
    """Whether this process has all handles for the end. NtQueryObject function."""
    try:
        return pipes.handle_count(handle) <= len(origin.handles)
    except OSError:
        return False
