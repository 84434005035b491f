"""The server's side of a named pipe: instances that wait for clients, and accepting these."""

from __future__ import annotations

import errno
from _thread import allocate_lock
from time import monotonic, sleep

from interprocess._bindings.kernel32 import ffi
from interprocess._interface.timeouts import pauses
from interprocess.os.windows import _calls
from interprocess.os.windows._handle import ClosedHandleError, SharedByThreads
from interprocess.os.windows._operation import Operation, slice_until
from interprocess.os.windows._pipe_handle import PipeHandle
from interprocess.os.windows._pipe_instances import PipeInstances

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from interprocess.os.windows._pipe_creation import PipeCreation


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
        try:
            self.connected = self._operation.begin(_calls.connect_named_pipe, self.handle)
        except OSError as error:
            if _calls.error_number(error) != _calls.ERROR_NO_DATA:
                raise
            # A client came and went before we asked. What it has sent can be received.
            self.connected = True

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


class PipeServer(PipeInstances, SharedByThreads):
    """A pipe that takes clients, shared by any number of threads.

    As with `Handle`, whoever leaves last after `close` gives the handles back to the system.
    """

    __slots__ = ("_open", "_turn", "_uses")

    _kind = "listener"

    _instances: list[Instance]

    def __init__(self, creation: PipeCreation, adopted: Sequence[int] = ()) -> None:
        """Begin to listen; `PipeInstances` tells the arguments."""
        self._open = [True]
        self._uses: list[None] = []
        self._turn = allocate_lock()
        super().__init__(creation, adopted)

    def _new_instance(self, handle: int) -> Instance:
        return Instance(handle)

    def accept(self, deadline: float | None, nonblocking: bool) -> PipeHandle:
        """Wait until DEADLINE for the next client and return the server's end of its instance.

        Raises `TimeoutError`, with NONBLOCKING `BlockingIOError`, and `ClosedHandleError`.
        """
        self._uses.append(None)
        try:
            self._take_turn(deadline, nonblocking)
            try:
                instance = self._next(deadline, nonblocking)
                self._refill(taken=1)
                self._instances.remove(instance)
                handle = PipeHandle(instance.give_up(), origin=self.creation.origin())
                self.creation.note_accepted(handle.origin)
            finally:
                self._turn.release()
            return handle
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
        pause = pauses()
        while not self.closing:
            if not self._have_one():
                self._check_may_wait(deadline, nonblocking)
                sleep(min(next(pause), slice_until(deadline) / 1000))
                continue
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
            raise BlockingIOError(errno.EAGAIN, "no client is waiting", self.creation.path)
        if deadline is not None and monotonic() >= deadline:
            raise TimeoutError(errno.ETIMEDOUT, "no client came", self.creation.path)

    def close(self) -> None:
        """Stop listening. Calls in progress are woken and raise `ClosedHandleError`."""
        self._uses.append(None)
        self.closing = True
        try:
            for instance in tuple(self._instances):
                instance.wake()
        finally:
            self._uses.pop()
            self._leave()

    def _give_back(self) -> None:
        self._close_all()

    def detach(self) -> int:
        """Stop listening, and give up the handle of one instance to the caller.

        Raises `ValueError` while another thread is inside a call.
        """
        if self.closing:
            raise ClosedHandleError
        if not self._have_one():
            raise self._busy_error()
        self._reserve()
        kept = self._instances.pop(0)
        self._close_all()
        return kept.give_up()

    def give_up_all(self) -> list[int]:
        """Stop listening, and give up the handles of all instances to the caller.

        Raises `ValueError` while another thread is inside a call.
        """
        self._reserve()
        handles = [instance.give_up() for instance in self._instances]
        self._instances.clear()
        return handles
