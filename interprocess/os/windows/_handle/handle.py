"""An owned handle: its operations and their deadlines.

Every handle is opened with FILE_FLAG_OVERLAPPED, and a synchronous call begins an operation and
waits for its event. Handles opened otherwise let one call wait for another's end, with no way out:
two threads that read and write one such pipe lock each other up.

`interprocess._interface.lifetime` has the rules by which threads and signal handlers share a
handle. What `close` wakes are the operations in progress, by cancelling them: those of a duplicate
go on.
"""

from __future__ import annotations

import errno
from time import monotonic

from interprocess._interface import lifetime
from interprocess._interface.lifetime import ClosedError, Lifetime
from interprocess.os.windows import _calls
from interprocess.os.windows._handle.operation import Operation, slice_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeVar

    from interprocess._bindings._types import CData
    from interprocess._interface.byte_stream import Noted

    HandleType = TypeVar("HandleType", bound="Handle")
    Result = TypeVar("Result")

    class UnderWay(Protocol):
        """An operation that `close` has to end."""

        @property
        def overlapped(self) -> CData: ...


class Handle(Lifetime):
    """A handle with one owner, used by any number of threads.

    `Handle()` owns nothing until `obtain` has the system make something; `Handle(value)` owns what
    is there. `value` is for those who hold the handle, that is for functions called through
    `perform`. `nonblocking` says whether an operation that does not end at once goes to the user as
    an error.
    """

    __slots__ = ("nonblocking", "operations", "value")

    _kind = "handle"

    def __init__(self, value: int | None = None, nonblocking: bool = False) -> None:
        super().__init__(() if value is None else (value,))
        self.value = -1 if value is None else value
        self.nonblocking = nonblocking
        #: Those that go on, and have to be ended when the handle is closed.
        self.operations: list[UnderWay] = []

    def obtain(self, create: Callable[..., object], *arguments: object) -> None:
        """Own what CREATE makes, which puts it into the list that is its last argument."""
        create(*arguments, self.owned)
        self.value = self.owned[0]

    @classmethod
    def given_up(cls: type[HandleType]) -> HandleType:
        """Return one that has been closed, without a value."""
        handle = cls()
        handle.closing = True
        return handle

    def perform(self, call: Callable[..., Result], *arguments: object) -> Result:
        """Return `call(value, *arguments)`, which does not wait."""
        uses = self.uses
        uses.append(lifetime.generation)
        try:
            if self.closing:
                raise ClosedError
            return call(self.value, *arguments)
        finally:
            uses.pop()
            if self.closing:
                self.settle()

    def hold(self) -> None:
        """Keep the handle from being closed until `let_go`; raises `ClosedError`."""
        self.uses.append(lifetime.generation)
        if self.closing:
            self.let_go()
            raise ClosedError

    def let_go(self) -> None:
        """End what `hold` began."""
        self.uses.pop()
        if self.closing:
            self.settle()

    def transfer(
        self,
        call: Callable[[int, CData, int, CData], bool],
        deadline: float | None,
        memory: CData,
        size: int,
        noted: Noted = (),
    ) -> int:
        """Read or write, waiting until DEADLINE, and return how many bytes that were.

        Raises `ClosedError` if the handle is closed, before or meanwhile, `TimeoutError` when the
        deadline passes and, in nonblocking mode, `BlockingIOError`. After the latter two, nothing
        was transferred.

        The list NOTED gets the result too, unless it is 0, and also if a signal handler raises.
        """
        operation = Operation.take()
        overlapped = operation.overlapped
        uses = self.uses
        uses.append(lifetime.generation)
        try:
            if self.closing:
                raise ClosedError
            operation.memory = memory
            if not operation.begin(call, self.value, memory, size):
                self._wait(operation, deadline)
                operation.check(self.value)
            return overlapped.InternalHigh  # type: ignore[no-any-return]  # the count
        except OSError:
            if self.closing:
                raise ClosedError from None
            raise
        finally:
            if operation.going_on:
                # A signal handler has raised, such as Ctrl-C's.
                operation.abandon(self.value)
            # However the call ends, the system says what it did.
            if not overlapped.Internal:
                count = overlapped.InternalHigh
                if count:
                    noted += (count,)
            elif overlapped.Internal == _calls.STATUS_CANCELLED:
                self._cut_short(call, size)
            uses.pop()
            if self.closing:
                self.settle()
            operation.give_back()

    def _wait(self, operation: Operation, deadline: float | None) -> None:
        """Return when OPERATION has ended; end it and raise if that may not be waited for."""
        if self.nonblocking:
            if operation.cancel(self.value):
                raise BlockingIOError(errno.EAGAIN, "the operation would have to wait")
            return
        operations = self.operations
        try:
            operations.append(operation)
            while not self.closing:
                if operation.ended(slice_until(deadline)):
                    return
                if deadline is not None and monotonic() >= deadline:
                    if operation.cancel(self.value):
                        raise TimeoutError(errno.ETIMEDOUT, "timed out")
                    return
        finally:
            if operation in operations:
                operations.remove(operation)
        # It began when `close` was already past it, or is the one that `close` has just ended.
        if operation.cancel(self.value):
            raise ClosedError

    def _cut_short(self, call: Callable[..., bool], size: int) -> None:
        """Note that what CALL had begun to do with SIZE bytes was cancelled."""

    @_calls.keeping_last_error
    def __del__(self) -> None:
        super().__del__()

    def _wake(self, number: int) -> None:
        for operation in tuple(self.operations):
            try:
                _calls.cancel(number, operation.overlapped)
            except OSError:
                pass  # Who waits for it looks at `closing` now and then.

    def _release(self, taken: list[int]) -> None:
        _calls.close_handles(taken)

    def detach(self) -> int:
        """Give up the handle, open, to the caller.

        Raises `ValueError` if another thread is inside a call on it: that would go on using it.
        """
        taken: list[int] = []
        try:
            self.take(taken)
            return taken.pop()
        finally:
            self.give_back(taken)

    def give_away(self, call: Callable[..., Result], *arguments: object) -> Result:
        """Return `call(value, *arguments)`, by which somebody else has the object, and close ours.

        If the call fails, all is as before. Raises `ValueError` if another thread is inside a call.
        """
        taken: list[int] = []
        try:
            self.take(taken)
            result = call(taken[0], *arguments)
            self._release(taken)
            return result
        finally:
            self.give_back(taken)

    def move_to(self, new: Handle) -> None:
        """Give up the handle to a new owner, which has none yet.

        Raises `ValueError` if another thread is inside a call on it.
        """
        taken: list[int] = []
        try:
            self.take(taken)
            new.value = taken[0]
            new.owned += taken
            del taken[:]
        finally:
            self.give_back(taken)

    def check_open(self) -> int:
        """Raise `ClosedError` after `close`; return 0."""
        if self.closing:
            raise ClosedError
        return 0
