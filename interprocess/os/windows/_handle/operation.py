"""An operation that continues after the call that began it: its event, its `OVERLAPPED`.

Making an event costs a system call, so operations are kept and reused. Memory that the system may
still write to is never freed: a cancelled operation is awaited, and keeps its memory until then.
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

#: The longest single wait in the system, so that Python can run signal handlers: Ctrl-C does not
#: interrupt such a wait, and Python runs its handlers between two instructions.
SLICE_MILLISECONDS = 100

#: The number of idle operations that are kept, for all handles together.
MOST_IDLE = 32

_idle: list[Operation] = []

#: Operations that may not have ended: the system may still write to their memory.
_in_doubt: list[Operation] = []


class Operation:
    """A reusable operation, for one call at a time."""

    __slots__ = ("_owned", "event", "going_on", "memory", "overlapped")

    def __init__(self) -> None:
        #: The event, in the list in which it is closed.
        self._owned: list[int] = []
        _calls.create_event(self._owned)
        self.event = self._owned[0]
        #: `Internal` is 0 from the success of an operation until it is given back. So it shows the
        #: result of one that an interrupt has abandoned.
        self.overlapped = _calls.new_overlapped(self.event)
        self.overlapped.Internal = _calls.STATUS_PENDING
        #: The memory that the system reads or writes while the operation is in progress.
        self.memory: CData | None = None
        #: True if it may not have ended yet. After an interrupt this may be unknown.
        self.going_on = False

    @classmethod
    def take(cls) -> Operation:
        """Return an unused operation."""
        try:
            return _idle.pop()
        except IndexError:
            return cls()

    def give_back(self) -> None:
        """Make the operation, which has ended, available for reuse."""
        if self.going_on:
            _in_doubt.append(self)
            return
        self.memory = None
        self.overlapped.Internal = _calls.STATUS_PENDING
        if len(_idle) < MOST_IDLE:
            _idle.append(self)
        # Otherwise it is dropped.

    @_calls.keeping_last_error
    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        if is_finalizing():
            return  # The modules are gone.
        # Both attributes may be missing after an interrupt.
        if getattr(self, "going_on", False):
            _in_doubt.append(self)
        else:
            _calls.close_handles(getattr(self, "_owned", []))

    def begin(self, call: Callable[..., bool], handle: int, *arguments: object) -> bool:
        """Begin an operation with CALL, and return true if it is already complete."""
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
        """Return true if it continues although its call seems to have failed, and cancel it then.

        A signal handler or finalizer may make system calls between a call and reading its error.
        Then the error is that of another call, and the operation may still use its memory.
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
        """Wait, and return true if it has ended in time, successfully or not."""
        if _calls.wait_for(self.event, milliseconds):
            self.going_on = False
            return True
        return False

    def check(self, handle: int) -> None:
        """Raise the error of the operation, if any."""
        if self.overlapped.Internal:
            _calls.check_result(handle, self.overlapped)

    def cancel(self, handle: int) -> bool:
        """Cancel it and wait for its end; return true if it did nothing."""
        _calls.cancel(handle, self.overlapped)
        while not self.ended(SLICE_MILLISECONDS):
            pass
        return self.overlapped.Internal == _calls.STATUS_CANCELLED  # type: ignore[no-any-return]

    def abandon(self, handle: int) -> None:
        """End the operation after an interrupt, perhaps before it began or after it ended."""
        goes_on = _calls.cancel(handle, self.overlapped)
        while not self.ended(SLICE_MILLISECONDS):
            if not goes_on:
                # The system refused the call, which had reset the event, so there is nothing to
                # end.
                self.going_on = False
                return


def slice_until(deadline: float | None) -> int:
    """Return the milliseconds of a single wait until DEADLINE."""
    if deadline is None:
        return SLICE_MILLISECONDS
    # Rounded up, so that the wait does not end before the deadline.
    return min(SLICE_MILLISECONDS, max(0, ceil((deadline - monotonic()) * 1000)))


def idle_count() -> int:
    """Return the number of events that are kept, for tests that count handles."""
    return len(_idle)
