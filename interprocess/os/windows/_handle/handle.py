"""An owned handle: its operations and their deadlines.

Every handle is opened with FILE_FLAG_OVERLAPPED, and a synchronous call begins an operation and
waits for its event. With other handles, each call waits for the end of the one before, without a
way out: two threads that read and write one such pipe deadlock.

`interprocess._interface.lifetime` has the rules by which threads and signal handlers share a
handle. `close` wakes the operations in progress by cancelling them; those of a duplicate continue.
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

    `Handle()` owns nothing until `obtain` creates a handle; `Handle(value)` owns an existing one.
    `value` may only be used while the handle is held, that is by functions called through
    `perform`. If `nonblocking` is true, an operation that does not end at once raises an error.
    """

    __slots__ = ("nonblocking", "operations", "value")

    _kind = "handle"

    def __init__(self, value: int | None = None, nonblocking: bool = False) -> None:
        super().__init__(() if value is None else (value,))
        self.value: int = -1 if value is None else value
        self.nonblocking: bool = nonblocking
        #: Operations in progress, which must be ended when the handle is closed.
        self.operations: list[UnderWay] = []

    def obtain(self, create: Callable[..., object], *arguments: object) -> None:
        """Own the handle that CREATE puts into the list that is its last argument."""
        create(*arguments, self.owned)
        self.value = self.owned[0]

    @classmethod
    def given_up(cls: type[HandleType]) -> HandleType:
        """Return a closed handle, without a value."""
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
        """Read or write, waiting until DEADLINE, and return the number of bytes.

        Raises `ClosedError` if the handle is closed before or during the call, `TimeoutError` when
        the deadline passes and, in nonblocking mode, `BlockingIOError`. After the latter two,
        nothing was transferred.

        A result other than 0 is also appended to the list NOTED, even if a signal handler raises.
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
                self._wait(operation, deadline, call)
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
            # However the call ends, the system knows the number transferred.
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

    def _wait(
        self, operation: Operation, deadline: float | None, call: Callable[..., bool]
    ) -> None:
        """Return when OPERATION of CALL has ended; cancel it and raise if it may not wait."""
        if self.nonblocking:
            if operation.cancel(self.value):
                raise BlockingIOError(errno.EAGAIN, "the operation would have to wait")
            return
        operations = self.operations
        try:
            operations.append(operation)
            while not self._ends(call):
                if operation.ended(slice_until(deadline)):
                    return
                if deadline is not None and monotonic() >= deadline:
                    if operation.cancel(self.value):
                        raise TimeoutError(errno.ETIMEDOUT, "timed out")
                    return
        finally:
            if operation in operations:
                operations.remove(operation)
        # It began after `close` had cancelled all operations, or is one that `close` has just
        # cancelled.
        if operation.cancel(self.value):
            raise ClosedError

    def _ends(self, call: Callable[..., bool]) -> bool:  # noqa: ARG002  # for those who end some
        """Return true if the operations of CALL end now, because the handle is being closed."""
        return bool(self.closing)

    def _cut_short(self, call: Callable[..., bool], size: int) -> None:
        """Note that the operation of CALL with SIZE bytes was cancelled."""

    @_calls.keeping_last_error
    def __del__(self) -> None:
        super().__del__()

    def _wake(self, number: int) -> None:
        for operation in tuple(self.operations):
            try:
                _calls.cancel(number, operation.overlapped)
            except OSError:
                pass  # The waiting thread checks `closing` regularly.

    def _release(self, taken: list[int]) -> None:
        _calls.close_handles(taken)

    def detach(self) -> int:
        """Return the open handle, which the caller then owns.

        Raises `ValueError` if another thread is inside a call, since that would still use the
        handle.
        """
        taken: list[int] = []
        try:
            self.take(taken)
            return taken.pop()
        finally:
            self.give_back(taken)

    def give_away(self, call: Callable[..., Result], *arguments: object) -> Result:
        """Return `call(value, *arguments)`, which duplicates the handle elsewhere, and close ours.

        If the call fails, nothing changes. Raises `ValueError` if another thread is inside a call.
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
        """Give the handle to a new owner, which has none yet.

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
