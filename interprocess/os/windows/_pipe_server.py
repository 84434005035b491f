"""The server's side of a named pipe: instances that wait for clients, and accepting these."""

from __future__ import annotations

import errno
from _thread import allocate_lock
from time import monotonic, sleep

from interprocess._bindings.kernel32 import ffi
from interprocess._interface import lifetime
from interprocess._interface.lifetime import ClosedError, Lifetime
from interprocess._interface.timeouts import pauses
from interprocess.os.windows import _calls
from interprocess.os.windows._operation import Operation, slice_until
from interprocess.os.windows._pipe_instances import PipeInstances

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from interprocess.os.windows._pipe_creation import PipeCreation
    from interprocess.os.windows._pipe_handle import PipeHandle


class Instance:
    """An instance of a pipe that waits for its client."""

    __slots__ = ("_operation", "connected", "handle")

    def __init__(self, handle: PipeHandle) -> None:
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
        call, value = _calls.connect_named_pipe, self.handle.value
        try:
            self.connected = self._operation.begin(call, value)
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
            self._operation.check(self.handle.value)
        except OSError:
            self._begin()
        else:
            self.connected = True

    def wake(self) -> None:
        """Have the event signalled."""
        try:
            _calls.cancel(self.handle.value, self._operation.overlapped)
        except OSError:
            pass  # Who waits looks now and then.

    def give_up(self) -> PipeHandle:
        """Return the handle to a new owner; nobody waits for a client any more."""
        self._end()
        return self.handle

    def _end(self) -> None:
        if self._operation.going_on:
            self._operation.abandon(self.handle.value)
        self._operation.give_back()


class PipeServer(PipeInstances, Lifetime):
    """A pipe that takes clients, shared by any number of threads.

    What its lifetime is about is not one handle but all instances that wait. What is in `owned`
    stands for them.
    """

    _kind = "listener"

    _instances: list[Instance]

    def __init__(self, creation: PipeCreation, adopted: Sequence[PipeHandle] = ()) -> None:
        """Begin to listen; `PipeInstances` tells the arguments."""
        Lifetime.__init__(self, (0,))
        self.creation = creation
        self._turn = allocate_lock()
        self._listen(adopted)

    def _new_instance(self, handle: PipeHandle) -> Instance:
        return Instance(handle)

    def accept(self, deadline: float | None, nonblocking: bool) -> PipeHandle:
        """Wait until DEADLINE for the next client and return the server's end of its instance.

        Raises `TimeoutError`, with NONBLOCKING `BlockingIOError`, and `ClosedError`.
        """
        self.uses.append(lifetime.generation)
        try:
            self._take_turn(deadline, nonblocking)
            try:
                instance = self._next(deadline, nonblocking)
                self._refill(taken=1)
                self._instances.remove(instance)
                handle = instance.give_up()
                self.creation.note_accepted(handle)
            finally:
                self._turn.release()
            return handle
        finally:
            self.uses.pop()
            if self.closing:
                self.settle()

    def _take_turn(self, deadline: float | None, nonblocking: bool) -> None:
        """Wait until no other thread is waiting for a client."""
        while not self._turn.acquire(False):
            if self.closing:
                raise ClosedError
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
        raise ClosedError

    def _check_may_wait(self, deadline: float | None, nonblocking: bool) -> None:
        if nonblocking:
            raise BlockingIOError(errno.EAGAIN, "no client is waiting", self.creation.path)
        if deadline is not None and monotonic() >= deadline:
            raise TimeoutError(errno.ETIMEDOUT, "no client came", self.creation.path)

    def _wake(self, _: int) -> None:
        for instance in tuple(self._instances):
            instance.wake()

    def _release(self, taken: list[int]) -> None:
        self._close_all()
        del taken[:]

    def detach(self) -> int:
        """Stop listening, and give up the handle of one instance to the caller.

        Raises `ValueError` while another thread is inside a call.
        """
        if self.closing:
            raise ClosedError
        if not self._have_one():
            raise self.creation.busy_error()
        kept, *others = self.give_up_all()
        for other in others:
            other.close()
        return kept.detach()

    def give_up_all(self) -> list[PipeHandle]:
        """Stop listening, and give up the ends of all instances to the caller.

        Raises `ValueError` while another thread is inside a call.
        """
        taken: list[int] = []
        try:
            self.take(taken)
            handles = [instance.give_up() for instance in self._instances]
            self._instances.clear()
            del taken[:]
        finally:
            self.give_back(taken)
        return handles
