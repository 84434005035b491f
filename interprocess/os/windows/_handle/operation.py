"""An operation that goes on after the call that began it: its event, its `OVERLAPPED`.

Making an event costs a system call, so operations are kept and used again. What the system may
still write to is never freed: a cancelled operation is awaited, and until then it holds its memory.
"""

from __future__ import annotations

import sys
from math import ceil
from time import monotonic

from interprocess.os.windows import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from interprocess._bindings._types import CData

#: How long a thread waits in the system before Python may run signal handlers. Windows wakes nobody
#: for Ctrl-C, and a signal handler of Python runs between two of its instructions.
SLICE_MILLISECONDS = 100

#: How many idle operations are kept, for all handles together.
MOST_IDLE = 32

_idle: list[Operation] = []

#: Those of which nobody knows whether they have ended: the system may still write to their memory.
_in_doubt: list[Operation] = []


class Operation:
    """An operation, used again and again: one at a time."""

    __slots__ = ("_owned", "event", "going_on", "memory", "overlapped")

    def __init__(self) -> None:
        #: The event, in the list in which it is closed.
        self._owned: list[int] = []
        _calls.create_event(self._owned)
        self.event = self._owned[0]
        #: `Internal` is 0 from the moment at which an operation has ended well until it is given
        #: back. So it says what became of one that an interrupt has left.
        self.overlapped = _calls.new_overlapped(self.event)
        self.overlapped.Internal = _calls.STATUS_PENDING
        #: What the system reads from or writes to while the operation goes on.
        self.memory: CData | None = None
        #: Whether it may not have ended yet. An interrupt can leave us without knowing.
        self.going_on = False

    @classmethod
    def take(cls) -> Operation:
        """Return one that nobody uses."""
        try:
            return _idle.pop()
        except IndexError:
            return cls()

    def give_back(self) -> None:
        """Let others use it, now that it has ended."""
        if self.going_on:
            _in_doubt.append(self)
            return
        self.memory = None
        self.overlapped.Internal = _calls.STATUS_PENDING
        if len(_idle) < MOST_IDLE:
            _idle.append(self)
        # Else it is dropped.

    @_calls.keeping_last_error
    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        if is_finalizing():
            return  # There are no modules any more.
        # Neither is there yet if an interrupt came first.
        if getattr(self, "going_on", False):
            _in_doubt.append(self)
        else:
            _calls.close_handles(getattr(self, "_owned", []))

    def begin(self, call: Callable[..., bool], handle: int, *arguments: object) -> bool:
        """Begin what CALL does with HANDLE and so on, and return whether it is done already."""
        while True:
            self.going_on = True
            try:
                self.going_on = not call(handle, *arguments, self.overlapped)
                return not self.going_on
            except OSError:
                if not self._take_back(handle):
                    raise
            if self.overlapped.Internal != _calls.STATUS_CANCELLED:
                self.check(handle)
                return True

    def _take_back(self, handle: int) -> bool:
        """Return whether it goes on although its call seems to have failed, and end it then.

        A signal handler, or a finalizer, that makes system calls itself may come between a call and
        reading its error. Then that error is another's, and the operation may use its memory still.
        """
        try:
            goes_on = _calls.cancel(handle, self.overlapped)
        except OSError:
            goes_on = False
        if not goes_on:
            self.going_on = False
            return False
        while not self.ended(SLICE_MILLISECONDS):
            pass
        return True

    def ended(self, milliseconds: int) -> bool:
        """Wait, and return whether it has ended in time, well or not."""
        if _calls.wait_for(self.event, milliseconds):
            self.going_on = False
            return True
        return False

    def check(self, handle: int) -> None:
        """Raise the error that it ended with."""
        if self.overlapped.Internal:
            _calls.check_result(handle, self.overlapped)

    def cancel(self, handle: int) -> bool:
        """Cancel it and wait for its end; return whether it did nothing."""
        _calls.cancel(handle, self.overlapped)
        while not self.ended(SLICE_MILLISECONDS):
            pass
        return self.overlapped.Internal == _calls.STATUS_CANCELLED  # type: ignore[no-any-return]

    def abandon(self, handle: int) -> None:
        """End it after an interrupt, which may have come before it began or after it ended."""
        goes_on = _calls.cancel(handle, self.overlapped)
        while not self.ended(SLICE_MILLISECONDS):
            if not goes_on:
                # Its event was reset by a call that the system refused, so there is nothing to end.
                self.going_on = False
                return


def slice_until(deadline: float | None) -> int:
    """Return how many milliseconds to wait at once for what has to happen until DEADLINE."""
    if deadline is None:
        return SLICE_MILLISECONDS
    # Rounded up: waiting must not end before the deadline.
    return min(SLICE_MILLISECONDS, max(0, ceil((deadline - monotonic()) * 1000)))


def idle_count() -> int:
    """Return how many events are kept, for those who count handles."""
    return len(_idle)
