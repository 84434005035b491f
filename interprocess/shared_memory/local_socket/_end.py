"""The common part of streams and halves: a channel, and the local sockets that wake sides."""

from __future__ import annotations

import errno
from threading import get_ident
from time import monotonic, sleep

from interprocess._interface.byte_stream import ByteStream, closed_error
from interprocess._interface.options import check_bool
from interprocess._interface.timeouts import deadline_after, pauses
from interprocess.errors import UnsupportedError
from interprocess.shared_memory._sleeping import AT_ONCE
from interprocess.shared_memory.local_socket._holder import ChannelHolder
from interprocess.shared_memory.local_socket._wires import Wires

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, SupportsIndex, TypeVar

    from interprocess.shared_memory._ring import Side
    from interprocess.shared_memory.local_socket._channel import Channel

    End = TypeVar("End", bound="ChannelEnd")
    SideType = TypeVar("SideType")


class ChannelEnd(ChannelHolder, ByteStream):
    """A synchronous object over a channel."""

    _nonblocking = False
    #: `None` until the channel is open and uses memory.
    _busy_poll: float | None = None

    def _begin(self) -> None:
        """Adopt the current state of the channel."""
        if self._room is None and self._channel.beside:
            self._use(Wires(self._main, *self._channel.beside))

    @property
    def through_memory(self) -> bool:
        """True if the bytes go through memory, not over the local socket.

        Like the first transfer, waits until both sides agree on this, and raises the same errors.
        """
        # A sending half has no such timeout, but it exists only once the channel is open.
        return self._agreed(getattr(self, "_recv_timeout", None)).through_memory

    def _opened(self, deadline: float | None) -> Channel:
        """Return the channel once it is open."""
        self._check_open()
        channel = self._channel
        if not channel.is_open:
            channel.open(self._main, deadline)
            self._begin()
            self._check_open()
        return channel

    def _carrier(self) -> Any:
        """Return the local socket for objects, with the timeouts and the mode of this object."""
        self._agreed(None)
        carrier = self._wires.carrier or self._main
        carrier.set_nonblocking(self._nonblocking)
        return carrier

    def _agreed(self, timeout: float | None) -> Channel:
        """Do the same for a call that transfers nothing."""
        try:
            return self._opened(self._soon(deadline_after(timeout)))
        except TimeoutError:
            raise self._timed_out("to agree with") from None

    def _side(self, side: SideType) -> SideType:
        """Return SIDE, a side of the channel; raise `ValueError` if the object was closed."""
        if self._channel.has_ended:
            raise closed_error(self)
        return side

    def _soon(self, deadline: float | None) -> float | None:
        """Return DEADLINE, or a deadline in the past in nonblocking mode."""
        return AT_ONCE if self._nonblocking else deadline

    def _poll_time(self, deadline: float | None) -> float:
        """Return the number of seconds to poll."""
        poll = self._busy_poll or 0.0
        return poll if deadline is None or not poll else min(poll, deadline - monotonic())

    def _timed_out(self, doing: str) -> OSError:
        if self._nonblocking:
            return BlockingIOError(errno.EAGAIN, f"would have to wait {doing} the peer")
        return TimeoutError(errno.ETIMEDOUT, f"timed out waiting {doing} the peer")

    def _wait_for_turn(self, side: Side, deadline: float | None) -> None:
        """Wait while another thread has the turn."""
        for pause in pauses():
            self._check_open()
            if side.place:
                return
            if side.holder == get_ident():
                raise RuntimeError(
                    "this thread uses this direction already: in a block with a view, or in the"
                    " call that a signal handler has interrupted"
                )
            if deadline is not None and monotonic() >= deadline:
                raise TimeoutError
            sleep(pause)

    def close(self) -> None:
        """Close the object; closing again does nothing.

        Unix: close(2). Windows: CloseHandle function.

        Calls in progress in other threads wake up and raise `ValueError`. While files from
        `makefile` are open, the connection stays open and those calls continue.
        """
        if self._files is not None and self._files.inherit(self):
            return
        self._end_holding()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(f"{self!r} cannot be sent: its memory belongs to two processes")

    def detach(self) -> int:
        """Raise `UnsupportedError`: the local socket is useless without the memory."""
        self._check_open()
        raise UnsupportedError(errno.ENOTSUP, "a connection through memory cannot be detached")

    def set_nonblocking(self, nonblocking: bool) -> None:
        """Set whether calls raise `BlockingIOError` instead of waiting."""
        check_bool("nonblocking", nonblocking)
        self._check_open()
        self._nonblocking = nonblocking
        if self._channel.is_open and not self._channel.through_memory:
            self._main.set_nonblocking(nonblocking)

    def _is_nonblocking(self) -> bool:
        return self._nonblocking

    def _heir(self: End) -> End:
        heir = type(self).__new__(type(self))
        heir.__dict__.update(self.__dict__, _files=None)
        return heir

    def _forsake(self) -> None:
        self._held = []
        self._forget()
        self._use(Wires(_CLOSED))


class _Closed:
    """A local socket that is already closed."""

    closed = True

    def close(self) -> None:
        pass


_CLOSED = _Closed()
