"""An owned file descriptor: its lifetime, its waits and its deadlines.

Several threads may be inside calls on one descriptor when another closes it. Three rules keep that
right, and they are all in this file:

- A call in progress holds the descriptor: `perform` notes itself in a list on the way in and takes
  itself off on the way out. Appending to a list and popping from it are atomic on every Python,
  which makes this the cheapest lock there is.
- `close()` first marks the descriptor as closing, so that no call starts any more, and then wakes
  the calls in progress.
- Whoever leaves last, a call or `close()` itself, gives the number back to the system. Nothing ever
  acts on a number that the system may have handed out again.
"""

from __future__ import annotations

import errno
import os
from _thread import allocate_lock
from math import ceil
from time import monotonic

from interprocess._bindings.libc import ffi
from interprocess.os.unix import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from interprocess._bindings._types import CData

    Result = TypeVar("Result")

#: poll(2) takes an int of milliseconds; waiting starts again where a deadline is further away.
LONGEST_POLL = 2**31 - 1

#: Which fork of this process we are in. Calls that the parent's other threads had in progress when
#: it forked are not in progress in the child, where those threads do not exist.
generation = 0


def _forked() -> None:
    global generation
    generation += 1


os.register_at_fork(after_in_child=_forked)

_waker_lock = allocate_lock()

#: What `closing` is while giving the number up may yet be refused: true, but not what `close` sets.
_RESERVED = 2


class Descriptor:
    """A file descriptor with one owner, used by any number of threads.

    `number` is for those who hold the descriptor, that is for functions called through `perform`.
    `uses`, `generation` and `leave` are for calls that do by themselves what `perform` does.
    `nonblocking` says whether the system's answer 'not yet' goes to the user or is waited for.
    """

    __slots__ = ("_is_ours", "_waker", "closing", "nonblocking", "number", "uses")

    def __init__(self, number: int, nonblocking: bool = False) -> None:
        self.number = number
        self.nonblocking = nonblocking
        self.closing: int = False
        self.uses: list[int] = []
        # There for as long as the number is ours. Who deletes it may close the number, nobody else:
        # only one thread can.
        self._is_ours = True
        self._waker: Waker | None = None

    def perform(
        self,
        call: Callable[..., Result],
        event: int,
        deadline: float | None,
        *arguments: object,
    ) -> Result:
        """Return `call(number, *arguments)`, waiting for EVENT where it says 'not yet'.

        Raises `ClosedDescriptorError` if the descriptor is closed, before or meanwhile,
        `TimeoutError` when the deadline passes and, in nonblocking mode, `BlockingIOError`.
        """
        uses = self.uses
        # An interrupt between this line and the `try` leaks the descriptor until the process ends,
        # the other order could close it under another thread's call.
        uses.append(generation)
        try:
            while not self.closing:
                try:
                    result = call(self.number, *arguments)
                except InterruptedError:
                    continue  # Python has run its signal handlers by now, which may have raised.
                except BlockingIOError:
                    if self.nonblocking:
                        raise
                    self._wait(event, deadline)
                    continue
                if not result and self.closing:
                    break  # The end of the stream that `close` itself made, to wake this call.
                return result
            raise ClosedDescriptorError
        except OSError:
            if self.closing:
                raise ClosedDescriptorError from None
            raise
        finally:
            uses.pop()
            if self.closing:
                self.leave()

    def _wait(self, event: int, deadline: float | None) -> None:
        """Return when EVENT may have happened, or when `close` wants the descriptor."""
        entries = self._poll_entries(event)
        count = len(entries)
        while not self.closing:
            try:
                if _calls.poll(entries, count, milliseconds_until(deadline)):
                    return
            except InterruptedError:
                continue
            if deadline is not None and monotonic() >= deadline:
                raise TimeoutError(errno.ETIMEDOUT, "timed out")

    def _poll_entries(self, event: int) -> CData:
        waker = None if self._woken_by_shutdown() else self._waker or self._make_waker()
        entries = ffi.new("struct pollfd[]", 1 if waker is None else 2)
        entries[0].fd = self.number
        entries[0].events = event
        if waker is not None:
            entries[1].fd = waker.receiver
            entries[1].events = _calls.POLLIN
        return entries

    def _make_waker(self) -> Waker:
        # Two threads, a reader and a writer, may come here at once: both must wait for the same
        # waker.
        waker = Waker()
        with _waker_lock:
            if self._waker is None:
                self._waker = waker
                return waker
        waker.close()
        return self._waker

    def _woken_by_shutdown(self) -> bool:
        """Whether `_shut_down` wakes every wait, so that no second descriptor is needed for it."""
        return False

    def _shut_down(self) -> None:
        """Wake the calls that the kernel holds."""

    def close(self) -> None:
        """Give the number back to the system, as soon as the calls in progress have left.

        Those are woken and raise `ClosedDescriptorError`. Closing again does nothing.
        """
        uses = self.uses
        uses.append(generation)
        self.closing = True
        try:
            if len(uses) > 1:
                self._wake_others()
        finally:
            uses.pop()
            self.leave()

    def _wake_others(self) -> None:
        for use in tuple(self.uses):
            if use != generation:
                self.uses.remove(use)
        if len(self.uses) > 1:
            if self._woken_by_shutdown():
                self._shut_down()
            elif self._waker is not None:
                self._waker.wake()

    def leave(self) -> None:
        """Give the number back to the system, if nobody else is inside a call."""
        if self.uses:
            return
        try:
            del self._is_ours
        except AttributeError:
            return  # Another thread was faster.
        if self._waker is not None:
            self._waker.close()
        self._forget()
        self._release(self.number)

    def _forget(self) -> None:
        """Let go of everything else that knows the number, before somebody else owns it."""

    def _release(self, number: int) -> None:
        os.close(number)

    def detach(self) -> int:
        """Give up the number, open, to the caller.

        Raises `ValueError` if another thread is inside a call on it: that would go on using it.
        """
        self._reserve()
        self._forget()
        return self.number

    def _reserve(self) -> None:
        """Let no call start any more, and make sure that nobody closes the number.

        Raises `ValueError`, and changes nothing, if another thread is inside a call.
        """
        try:
            # First: a call that is about to start, and finds that it must not, would close it.
            del self._is_ours
        except AttributeError:
            raise ClosedDescriptorError from None
        # Asked twice: first for the sake of calls in progress, which this must not disturb, then
        # for those that began meanwhile.
        if not self.uses:
            self.closing = _RESERVED
        if self.uses:
            self._unreserve()
            raise ValueError("another thread is inside a call on this descriptor")

    def _unreserve(self) -> None:
        if self.closing is _RESERVED:
            self.closing = False
        self._is_ours = True
        if self.closing:
            self.leave()  # Another thread has closed it meanwhile, and could not.

    def duplicate(self) -> int:
        """Return a new number for the same open file. fcntl(2), F_DUPFD_CLOEXEC."""
        return self.perform(_calls.duplicate, 0, None)

    def prepare_for_child(self) -> None:
        """Leave no traces of how we wait in the open file, which a child is about to share."""

    def set_nonblocking(self, nonblocking: bool) -> None:
        """Switch nonblocking mode, for all who share the open file. fcntl(2), O_NONBLOCK."""
        self.perform(os.set_blocking, 0, None, not nonblocking)
        self.nonblocking = nonblocking


class Waker:
    """A pipe that makes poll(2) return: what is written into it is never read."""

    __slots__ = ("receiver", "sender")

    def __init__(self) -> None:
        self.receiver, self.sender = os.pipe()

    def wake(self) -> None:
        os.write(self.sender, b"\0")

    def close(self) -> None:
        os.close(self.receiver)
        os.close(self.sender)


class ClosedDescriptorError(ValueError):
    """The descriptor was closed, before the call or during it."""

    def __init__(self) -> None:
        super().__init__("I/O operation on closed file")


def milliseconds_until(deadline: float | None) -> int:
    """Return what poll(2) wants for DEADLINE. Rounded up: it must not return before."""
    if deadline is None:
        return -1
    return min(LONGEST_POLL, max(0, ceil((deadline - monotonic()) * 1000)))
