"""The server's side of a named pipe: instances that wait for clients, and accepting these."""

from __future__ import annotations

import errno
from _thread import allocate_lock
from time import monotonic

from interprocess._bindings.kernel32 import ffi
from interprocess.os.windows import _calls, _pipe_calls
from interprocess.os.windows._handle import ClosedHandleError
from interprocess.os.windows._operation import Operation, slice_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: How many instances wait for clients, so that as many may come between two calls of `accept`.
SPARE_INSTANCES = 8


class Instance:
    """An instance of a pipe that waits for its client."""

    __slots__ = ("_operation", "connected", "handle")

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self.connected = False
        self._operation = Operation.take()
        try:
            self._begin()
        except BaseException:
            self._end()
            raise

    @property
    def event(self) -> int:
        """What is signalled when `settle` has something to do."""
        return self._operation.event

    def _begin(self) -> None:
        while True:
            try:
                self.connected = self._operation.begin_connect(self.handle)
                return
            except OSError as error:
                # A client came and went before we asked: the next one finds us only after this.
                if _calls.error_number(error) != _calls.ERROR_NO_DATA:
                    raise
                _pipe_calls.disconnect_named_pipe(self.handle)

    def settle(self) -> None:
        """Find out what the event was about: a client, or an end that was not our doing.

        When a thread ends, the system cancels what it began.
        """
        if not self._operation.ended(0):
            return
        try:
            self._operation.check(self.handle)
        except OSError:
            self._begin()
        else:
            self.connected = True

    def wake(self) -> None:
        """Have the event signalled."""
        try:
            _calls.cancel(self.handle, self._operation.overlapped)
        except OSError:
            pass  # Another thread closes the listener too, and was faster.

    def give_up(self) -> int:
        """Return the handle to a new owner; nobody waits for a client any more."""
        self._end()
        return self.handle

    def _end(self) -> None:
        if self._operation.going_on:
            self._operation.abandon(self.handle)
        self._operation.give_back()


class PipeServer:
    """A pipe that takes clients, shared by any number of threads.

    As with `Handle`, whoever leaves last after `close` gives the handles back to the system.
    """

    __slots__ = (
        "_create",
        "_instances",
        "_limit",
        "_open",
        "_spares",
        "_turn",
        "_uses",
        "closing",
        "path",
    )

    def __init__(
        self, path: str, create: Callable[[bool], int], instance_limit: int, adopted: int = 0
    ) -> None:
        """Begin to listen; CREATE returns a new instance, and is told if it has to be the first.

        ADOPTED is an instance that exists already.
        """
        self.path = path
        self.closing = False
        self._create = create
        self._limit = instance_limit
        self._spares = min(SPARE_INSTANCES, instance_limit)
        self._open = [True]
        self._uses: list[None] = []
        self._turn = allocate_lock()
        self._instances: list[Instance] = []
        if adopted:
            self._instances.append(Instance(adopted))
        else:
            self._add(first=True)
        self._refill()

    def _add(self, first: bool = False) -> None:
        handle = self._create(first)
        try:
            instance = Instance(handle)
        except BaseException:
            _calls.close_handle(handle)
            raise
        self._instances.append(instance)

    def _refill(self, taken: int = 0) -> None:
        """Have as many instances wait as should, when TAKEN of them are about to go."""
        try:
            while len(self._instances) - taken < self._spares:
                self._add()
        except OSError:
            pass  # Where nobody is left to wait for clients, the next `accept` raises this.

    def _have_one(self) -> None:
        """Make sure that an instance waits, or raise why none can."""
        if self._instances:
            return
        try:
            self._add()
        except OSError as error:
            if _calls.error_number(error) != _calls.ERROR_PIPE_BUSY:
                raise
            message = f"all {self._limit} instances that the pipe may have are in use"
            raise _calls.error_of(_calls.ERROR_PIPE_BUSY, message, self.path) from None

    def accept(self, deadline: float | None, nonblocking: bool) -> int:
        """Wait until DEADLINE for the next client and return the handle of its instance.

        Raises `TimeoutError`, with NONBLOCKING `BlockingIOError`, and `ClosedHandleError`.
        """
        self._uses.append(None)
        try:
            self._take_turn(deadline, nonblocking)
            try:
                instance = self._next(deadline, nonblocking)
                self._refill(taken=1)
                self._instances.remove(instance)
            finally:
                self._turn.release()
            return instance.give_up()
        finally:
            self._uses.pop()
            if self.closing:
                self._leave()

    def _take_turn(self, deadline: float | None, nonblocking: bool) -> None:
        """Wait until no other thread is waiting for a client."""
        while not self._turn.acquire(False):
            if self.closing:
                raise ClosedHandleError
            self._check_may_wait(deadline, nonblocking)
            if self._turn.acquire(timeout=slice_until(deadline) / 1000):
                return

    def _next(self, deadline: float | None, nonblocking: bool) -> Instance:
        while not self.closing:
            self._have_one()
            for instance in self._instances:
                if instance.connected:
                    return instance
            count = len(self._instances)
            events = ffi.new("intptr_t[]", [instance.event for instance in self._instances])
            index = _calls.wait_for_any(events, count, 0 if nonblocking else slice_until(deadline))
            if index is None:
                self._check_may_wait(deadline, nonblocking)
            elif not self.closing:
                self._instances[index].settle()
        raise ClosedHandleError

    def _check_may_wait(self, deadline: float | None, nonblocking: bool) -> None:
        if nonblocking:
            raise BlockingIOError(errno.EAGAIN, "no client is waiting", self.path)
        if deadline is not None and monotonic() >= deadline:
            raise TimeoutError(errno.ETIMEDOUT, "no client came", self.path)

    @property
    def handle(self) -> int:
        """The handle of the instance that has waited longest."""
        self._have_one()
        return self._instances[0].handle

    def close(self) -> None:
        """Stop listening. Calls in progress are woken and raise `ClosedHandleError`."""
        if self.closing:
            return
        self._uses.append(None)
        self.closing = True
        try:
            for instance in tuple(self._instances):
                instance.wake()
        finally:
            self._uses.pop()
            self._leave()

    def _leave(self) -> None:
        if self._uses:
            return
        try:
            self._open.pop()
        except IndexError:
            return  # Another thread was faster.
        while self._instances:
            _calls.close_handle(self._instances.pop().give_up())

    def detach(self) -> int:
        """Stop listening, and give up the handle of one instance to the caller.

        Raises `ValueError` while another thread is inside a call.
        """
        if self.closing:
            raise ClosedHandleError
        self._have_one()
        self.closing = True
        if self._uses:
            self.closing = False
            raise ValueError("another thread is inside a call on this listener")
        kept = self._instances.pop(0)
        self._leave()
        return kept.give_up()
