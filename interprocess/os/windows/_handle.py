"""An owned handle: its lifetime, its operations and their deadlines.

Every handle is opened with FILE_FLAG_OVERLAPPED, and a synchronous call begins an operation and
waits for its event. Handles opened otherwise let one call wait for another's end, with no way out:
two threads that read and write one such pipe lock each other up.

Several threads may be inside calls on one handle when another closes it. Three rules keep that
right:

- A call in progress holds the handle: it notes itself in a list on the way in and takes itself off
  on the way out. Both are atomic on every Python, which makes this the cheapest lock there is.
- `close()` first marks the handle as closing, so that no call starts any more, and then cancels the
  operations in progress, which are its own: those of a duplicate go on.
- Whoever leaves last, a call or `close()` itself, gives the handle back to the system. Nothing ever
  acts on a handle that the system may have given to somebody else.
"""

from __future__ import annotations

import errno
from time import monotonic

from interprocess.os.windows import _calls
from interprocess.os.windows._operation import Operation, slice_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol, TypeVar

    from interprocess._bindings._types import CData

    HandleType = TypeVar("HandleType", bound="Handle")
    Result = TypeVar("Result")

    class UnderWay(Protocol):
        """An operation that `close` has to end."""

        @property
        def overlapped(self) -> CData: ...


#: What `closing` is while giving the handle up may yet be refused: true, but not what `close` sets.
_RESERVED = 2


class SharedByThreads:
    """What any number of threads use until one closes it or gives it up: the third rule above."""

    __slots__ = ()

    #: What messages call it.
    _kind: str
    closing: int
    _uses: list[Any]
    #: Holds one item for as long as this is ours: who pops it may give it back, nobody else.
    _open: list[bool]

    def _leave(self) -> None:
        if self._uses:
            return
        try:
            self._open.pop()
        except IndexError:
            return  # Another thread was faster.
        self._give_back()

    def _give_back(self) -> None:
        """Give what this owns back to the system."""
        raise NotImplementedError

    def _reserve(self) -> None:
        """Let no call start any more, and make sure that nobody gives this back.

        Raises `ValueError`, and changes nothing, if another thread is inside a call.
        """
        try:
            # First: a call that is about to start, and finds that it must not, would close it.
            self._open.pop()
        except IndexError:
            raise ClosedHandleError from None
        # Asked twice: first for the sake of calls in progress, which this must not disturb, then
        # for those that began meanwhile.
        if not self._uses:
            self.closing = _RESERVED  # type: ignore[misc]  # a slot of the classes below
        if self._uses:
            self.attach()
            raise ValueError(f"another thread is inside a call on this {self._kind}")

    def attach(self) -> None:
        """Undo giving it up: it is ours again."""
        if self.closing is _RESERVED:
            self.closing = False  # type: ignore[misc]  # a slot of the classes below
        self._open.append(True)
        if self.closing:
            self._leave()  # Another thread has closed it meanwhile, and could not.


class Handle(SharedByThreads):
    """A handle with one owner, used by any number of threads.

    `value` is for those who hold the handle, that is for functions called through `perform`.
    `nonblocking` says whether an operation that does not end at once goes to the user as an error.
    """

    __slots__ = ("_open", "_uses", "closing", "nonblocking", "value")

    _kind = "handle"

    def __init__(self, value: int, nonblocking: bool = False) -> None:
        self.value = value
        self.nonblocking = nonblocking
        self.closing: int = False
        self._uses: list[UnderWay | None] = []
        self._open = [True]

    @classmethod
    def given_up(cls: type[HandleType]) -> HandleType:
        """Return one that has been closed, without a value."""
        handle = cls(0)
        handle._open.clear()
        handle.closing = True
        return handle

    def perform(self, call: Callable[..., Result], *arguments: object) -> Result:
        """Return `call(value, *arguments)`, which does not wait."""
        self._uses.append(None)
        try:
            if self.closing:
                raise ClosedHandleError
            return call(self.value, *arguments)
        finally:
            self._uses.remove(None)
            if self.closing:
                self._leave()

    def hold(self) -> None:
        """Keep the handle from being closed until `let_go`; raises `ClosedHandleError`."""
        self._uses.append(None)
        if self.closing:
            self.let_go()
            raise ClosedHandleError

    def let_go(self) -> None:
        """End what `hold` began."""
        self._uses.remove(None)
        if self.closing:
            self._leave()

    def transfer(
        self,
        call: Callable[[int, CData, int, CData], bool],
        deadline: float | None,
        memory: CData,
        size: int,
    ) -> int:
        """Read or write, waiting until DEADLINE, and return how many bytes that were.

        Raises `ClosedHandleError` if the handle is closed, before or meanwhile, `TimeoutError` when
        the deadline passes and, in nonblocking mode, `BlockingIOError`. After the latter two,
        nothing was transferred.
        """
        operation = Operation.take()
        uses = self._uses
        uses.append(operation)
        try:
            if self.closing:
                raise ClosedHandleError
            operation.memory = memory
            if not operation.begin(call, self.value, memory, size):
                self._wait(operation, deadline)
                operation.check(self.value)
            return operation.overlapped.InternalHigh  # type: ignore[no-any-return]  # the count
        except OSError:
            if self.closing:
                raise ClosedHandleError from None
            raise
        finally:
            if operation.going_on:
                # A signal handler has raised, such as Ctrl-C's.
                operation.abandon(self.value)
            uses.remove(operation)
            operation.give_back()
            if self.closing:
                self._leave()

    def _wait(self, operation: Operation, deadline: float | None) -> None:
        """Return when OPERATION has ended; end it and raise if that may not be waited for."""
        if self.nonblocking:
            if operation.cancel(self.value):
                raise BlockingIOError(errno.EAGAIN, "the operation would have to wait")
            return
        while not operation.ended(slice_until(deadline)):
            if self.closing:
                # It began while `close` was already past it.
                operation.cancel(self.value)
                raise ClosedHandleError
            if deadline is not None and monotonic() >= deadline:
                if operation.cancel(self.value):
                    raise TimeoutError(errno.ETIMEDOUT, "timed out")
                return

    def close(self) -> None:
        """Give the handle back to the system, as soon as the calls in progress have left.

        Those are woken and raise `ClosedHandleError`. Closing again does nothing.
        """
        self._uses.append(None)
        self.closing = True
        try:
            for operation in tuple(self._uses):
                if operation is not None:
                    _calls.cancel(self.value, operation.overlapped)
        finally:
            self._uses.remove(None)
            self._leave()

    def _give_back(self) -> None:
        self._release(self.value)

    def _release(self, value: int) -> None:
        _calls.close_handle(value)

    def detach(self) -> int:
        """Give up the handle, open, to the caller.

        Raises `ValueError` if another thread is inside a call on it: that would go on using it.
        """
        self._reserve()
        return self.value

    def check_open(self) -> int:
        """Raise `ClosedHandleError` after `close`; return 0."""
        if self.closing:
            raise ClosedHandleError
        return 0

    def duplicate(self) -> int:
        """Return another handle for the same object. DuplicateHandle function."""
        return self.perform(_calls.duplicate_handle)


class ClosedHandleError(ValueError):
    """The handle was closed, before the call or during it."""

    def __init__(self) -> None:
        super().__init__("I/O operation on closed file")
