"""An owned file descriptor: its waits, its deadlines, and waking its calls.

`interprocess._interface.lifetime` has the rules by which threads, signal handlers and forks share
it. This module implements waiting: if the system says 'not yet', a call waits in poll(2), next to a
waker that `close` uses.
"""

from __future__ import annotations

import errno
import os
from math import ceil
from time import monotonic

from interprocess._bindings.libc import ffi
from interprocess._interface import lifetime
from interprocess._interface.lifetime import ClosedError, Lifetime
from interprocess.os.unix import _calls
from interprocess.os.unix._descriptor.numbers import close_numbers, move_numbers
from interprocess.os.unix._descriptor.open_file_mode import OpenFileMode
from interprocess.os.unix._descriptor.waker import (
    Waker,
    common_waker_of,
    common_wakers,
    drop_waker,
    wake,
    wake_common,
    waker_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from interprocess._bindings._types import CData

    Result = TypeVar("Result")
    DescriptorType = TypeVar("DescriptorType", bound="Descriptor")

#: poll(2) takes an int of milliseconds; waiting starts again if the deadline is further away.
LONGEST_POLL = 2**31 - 1


class Descriptor(Lifetime):
    """A file descriptor with one owner, used by any number of threads.

    `Descriptor()` owns nothing until `obtain` creates a descriptor; `Descriptor(number)` owns an
    existing one. `number` may only be used while the descriptor is held, that is by functions
    called through `perform`. If `nonblocking` is true, the system's answer 'not yet' is raised as
    an error instead of waited for. `shared` means that a clone or another process has the open file
    too.
    """

    __slots__ = ("mode", "nonblocking", "number", "shared")

    _kind = "descriptor"

    def __init__(
        self, number: int | None = None, nonblocking: bool = False, shared: bool = False
    ) -> None:
        super().__init__(() if number is None else (number,))
        self.number = -1 if number is None else number
        self.nonblocking = nonblocking
        self.shared = shared
        #: `None` until this library has switched it.
        self.mode: OpenFileMode | None = None

    @classmethod
    def adopt(cls: type[DescriptorType], number: int) -> DescriptorType:
        """Return the owner of an adopted descriptor, which other code may still have.

        It becomes close-on-exec. Its mode is unchanged.
        """
        os.set_inheritable(number, False)
        return cls(number, not os.get_blocking(number), shared=True)

    @classmethod
    def arrived(cls: type[DescriptorType], numbers: list[int]) -> DescriptorType:
        """Return the owner of the descriptor in a list, received from another process.

        The list is empty afterwards. The descriptor becomes close-on-exec.
        """
        [number] = numbers
        os.set_inheritable(number, False)
        descriptor = cls(None, not os.get_blocking(number), shared=True)
        descriptor.obtain(move_numbers, numbers)
        return descriptor

    def obtain(self, create: Callable[..., object], *arguments: object) -> None:
        """Own the descriptor that CREATE puts into the list that is its last argument."""
        create(*arguments, self.owned)
        self.number = self.owned[0]

    @property
    def others_have_it(self) -> bool:
        """Return true if a clone or another process may have the open file too."""
        return self.shared or self.epoch is not lifetime.epoch

    def perform(
        self,
        call: Callable[..., Result],
        event: int,
        deadline: float | None,
        *arguments: object,
    ) -> Result:
        """Return `call(number, *arguments)`, waiting for EVENT while the system says 'not yet'.

        Raises `ClosedError` if the descriptor is closed before or during the call, `TimeoutError`
        when the deadline passes and, in nonblocking mode, `BlockingIOError`.
        """
        uses = self.uses
        uses.append(lifetime.generation)
        try:
            ready = 0
            while not self.closing:
                try:
                    result = call(self.number, *arguments)
                except InterruptedError:
                    continue  # Python has run its signal handlers by now, which may have raised.
                except BlockingIOError:
                    if self.nonblocking:
                        raise
                    self._check_waiting_helps(ready)
                    ready = self._wait(event, deadline)
                    continue
                if not result and self.closing:
                    break  # The end of the stream, caused by `close` to wake this call.
                return result
            raise ClosedError
        except OSError:
            if self.closing:
                raise ClosedError from None
            raise
        finally:
            uses.pop()
            if self.closing:
                self.settle()

    def _wait(self, event: int, deadline: float | None) -> int:
        """Return when EVENT may have happened, or when `close` was called.

        The result is poll(2)'s result for the descriptor.
        """
        while True:
            if deadline is not None and monotonic() >= deadline:
                raise self._timed_out(event)
            # Repeated after every signal, since a handler may have forked: the child has no wakers.
            waker = self.current_waker()
            entries = self._poll_entries(event, waker)
            if self.closing:
                return 0
            try:
                if _calls.poll(entries, len(entries), milliseconds_until(deadline)):
                    if entries[1].revents:
                        waker.woken = True  # An interrupted `wake` may not have set it.
                    return int(entries[0].revents)
            except InterruptedError:
                pass

    def current_waker(self) -> Waker:
        """Return the waker to poll next to the descriptor until it wakes or a signal comes."""
        if self._woken_by_shutdown():
            waker = common_waker_of(self)
            # Checked again: a fork or a clone wakes the calls that have the common waker by then.
            if self._woken_by_shutdown():
                return waker
            common_wakers.pop(id(self), None)
        return waker_of(self)

    def _poll_entries(self, event: int, waker: Waker) -> CData:
        entries = ffi.new("struct pollfd[]", 2)
        entries[0].fd = self.number
        entries[0].events = event
        entries[1].fd = waker.receiver
        entries[1].events = _calls.POLLIN
        return entries

    def _check_waiting_helps(self, ready: int) -> None:
        """Raise an error if poll(2) said READY but the call will always say 'not yet'."""

    def _timed_out(self, event: int) -> TimeoutError:
        doing = "to send to" if event == _calls.POLLOUT else "to receive from"
        return TimeoutError(errno.ETIMEDOUT, f"timed out waiting {doing} {self._peer()}")

    def _peer(self) -> str:
        """Return a description of the peer, for error messages."""
        return f"descriptor {self.number}"

    def _woken_by_shutdown(self) -> bool:
        """Return true if `_shut_down` wakes every wait, so that no separate waker is needed.

        It never does if another process or a clone has the open file: it would end their
        connection.
        """
        return False

    def _shut_down(self, number: int) -> None:
        """Wake the calls that wait in the kernel."""

    def _wake(self, number: int) -> None:
        if self._woken_by_shutdown():
            self._shut_down(number)
        else:
            wake(self)

    def _release(self, taken: list[int]) -> None:
        self._forget()
        if self.mode is not None and self.mode.is_last() and self.others_have_it:
            self.mode.restore(taken[0])
        close_numbers(taken)

    def _forget(self) -> None:
        """Release all other objects with the number, before it gets another owner."""
        drop_waker(self)

    def _hand_over(self, taken: list[int]) -> None:
        """Move the number to a list, and restore the original mode of the open file."""
        self.take(taken)
        self._forget()
        if self.mode is not None and self.mode.restore(taken[0]):
            self.nonblocking = False

    def detach(self) -> int:
        """Return the open number, which the caller then owns.

        Raises `ValueError` if another thread is inside a call, since that would still use the
        number.
        """
        taken: list[int] = []
        try:
            self._hand_over(taken)
            if self.mode is not None:
                self.mode.is_last()
            # No handler can raise between here and the caller's next step.
            number = taken[0]
            del taken[:]
        finally:
            if taken:
                self.give_back(taken)
        return number

    def successor(self: DescriptorType) -> DescriptorType:
        """Give the number to a new owner of the same kind, in the mode that the user chose.

        Raises `ValueError` if another thread is inside a call on it.
        """
        new = type(self)(shared=self.shared)
        new.epoch = self.epoch
        taken: list[int] = []
        try:
            self._hand_over(taken)
            new.number, new.nonblocking, new.mode = taken[0], self.nonblocking, self.mode
            new.owned += taken
            del taken[:]
        finally:
            self.give_back(taken)
        return new

    def clone(self: DescriptorType) -> DescriptorType:
        """Return the owner of another descriptor for the same open file. fcntl(2)."""
        clone = type(self)(nonblocking=self.nonblocking, shared=True)
        self._note_shared()
        if self.mode is not None:
            # Counted before it exists: this one may be closed meanwhile, as the last one.
            clone.mode = self.mode
            self.mode.clones.append(None)
        try:
            clone.obtain(self.perform, _calls.duplicate, 0, None)
        except BaseException:
            if self.mode is not None and not clone.owned:
                self.mode.is_last()
            raise
        return clone

    def _note_shared(self) -> None:
        if not self.shared:
            self.shared = True
            wake_common()

    def share(self) -> None:
        """Note that another process has the open file from now on, in its original mode."""
        self._note_shared()
        if self.mode is not None:
            self.perform(self.mode.restore, 0, None)

    def show(self) -> None:
        """Note that the number is handed out, and may be used for more than waiting."""

    def set_nonblocking(self, nonblocking: bool) -> None:
        """Switch nonblocking mode, for all holders of the open file. fcntl(2), O_NONBLOCK."""
        self.perform(os.set_blocking, 0, None, not nonblocking)
        if self.mode is not None:
            self.mode.note_switched(nonblocking)
        self.nonblocking = nonblocking

    def _call_without_waiting(
        self, number: int, call: Callable[..., Result], *arguments: object
    ) -> Result:
        mode = self.mode
        assert mode is not None, "the caller ensures it"
        calls = mode.calls
        calls += (lifetime.generation,)  # No signal handler can raise before `try`.
        try:
            if mode.restoring:
                mode.wait_for_restore()
            if not mode.nonblocking or mode.shown or self.others_have_it:
                mode.ensure_nonblocking(number)
            return call(number, *arguments)
        finally:
            calls.pop()

    def enter_event_loop(self) -> None:
        """Switch nonblocking mode on for an event loop, until the descriptor is given up."""
        if not self.nonblocking:
            self.mode = self.mode or OpenFileMode(False)
            self.perform(self.mode.ensure_nonblocking, 0, None)
            self.nonblocking = True


def milliseconds_until(deadline: float | None) -> int:
    """Return the timeout of poll(2) for DEADLINE, rounded up so that it does not return early."""
    if deadline is None:
        return -1
    return ceil(min(LONGEST_POLL, max(0, (deadline - monotonic()) * 1000)))


def poll_until(number: int, event: int, deadline: float | None) -> int:
    """Return poll(2)'s result for a descriptor once there is an event; 0 at DEADLINE."""
    entry = ffi.new("struct pollfd *")
    entry.fd = number
    entry.events = event
    while True:
        try:
            if _calls.poll(entry, 1, milliseconds_until(deadline)):
                return int(entry.revents)
        except InterruptedError:
            continue
        if deadline is not None and monotonic() >= deadline:
            return 0


def poll_now(number: int, event: int) -> int:
    """Return poll(2)'s present result for a descriptor: the event, an error, or 0."""
    entry = ffi.new("struct pollfd *")
    entry.fd = number
    entry.events = event
    _calls.poll(entry, 1, 0)
    return int(entry.revents)


def is_ready(number: int, event: int) -> bool:
    """Return true if a descriptor is ready for an event, or broken. poll(2)."""
    return bool(poll_now(number, event))
