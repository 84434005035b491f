"""The server's side of a named pipe: instances that wait for clients, and accepting clients."""

from __future__ import annotations

import errno
from time import monotonic, sleep

from interprocess._bindings.kernel32 import ffi
from interprocess._interface import lifetime
from interprocess._interface.lifetime import ClosedError, Lifetime
from interprocess._interface.timeouts import pauses
from interprocess.os.windows import _calls
from interprocess.os.windows._handle.operation import Operation, slice_until
from interprocess.os.windows._pipe.instances import PipeInstances, WaitingInstance, close_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from interprocess.os.windows._pipe.creation import PipeCreation
    from interprocess.os.windows._pipe.end import PipeHandle


class Instance(WaitingInstance):
    """An instance of a pipe that waits for its client, in the system.

    Its operation is not reused: other threads may still be waiting for the event.
    """

    def __init__(self, handle: PipeHandle) -> None:
        super().__init__(handle)
        #: Holds an item, except while a thread is inside `settle`.
        self._settled = [True]
        self._operation = Operation()
        self._begin()

    @property
    def event(self) -> int:
        """The event that is signalled when `settle` has something to do."""
        return self._operation.event

    def _begin(self) -> None:
        call, value = _calls.connect_named_pipe, self.handle.value
        try:
            self.connected = self._operation.begin(call, value)
        except OSError as error:
            if _calls.error_number(error) != _calls.ERROR_NO_DATA:
                raise
            # A client has come and left already. The data that it sent can be received.
            self.connected = True

    def settle(self) -> None:
        """Find out why the event was signalled: a client came, or the system ended the operation.

        When a thread ends, the system cancels the operations that it began.
        """
        try:
            self._settled.pop()
        except IndexError:
            return  # Another thread is doing it.
        try:
            if not self.connected and self._operation.ended(0):
                self._operation.check(self.handle.value)
                self.connected = True
        except OSError:
            self._begin()
        finally:
            self._settled.append(True)

    def wake(self) -> None:
        """Signal the event."""
        try:
            _calls.cancel(self.handle.value, self._operation.overlapped)
        except OSError:
            pass  # Waiting threads check regularly.

    def give_up(self) -> PipeHandle:
        if self._operation.going_on:
            self._operation.abandon(self.handle.value)
        return self.handle

    @_calls.keeping_last_error
    def __del__(self) -> None:
        # Dropped by an interrupt. The system may still write to the operation until the wait ends.
        if hasattr(self, "_operation") and self.handle.owned:
            self.give_up()


class PipeServer(PipeInstances, Lifetime):
    """A pipe that takes clients, shared by any number of threads.

    Its lifetime covers not one handle but all waiting instances; the item in `owned` stands for
    them.
    """

    _kind = "listener"

    _instances: list[Instance]

    def __init__(self, creation: PipeCreation, adopted: Sequence[PipeHandle] = ()) -> None:
        """Begin to listen; the arguments are those of `PipeInstances`."""
        Lifetime.__init__(self, (0,))
        self.creation = creation
        self._listen(adopted)

    def _new_instance(self, handle: PipeHandle) -> Instance:
        return Instance(handle)

    def accept(self, deadline: float | None, nonblocking: bool) -> PipeHandle:
        """Wait until DEADLINE for the next client and return the server's end of its instance.

        Raises `TimeoutError`, with NONBLOCKING `BlockingIOError`, and `ClosedError`.
        """
        self.uses.append(lifetime.generation)
        try:
            while True:
                handle = self._take(self._next(deadline, nonblocking))
                if handle is not None:
                    return handle
        finally:
            self.uses.pop()
            if self.closing:
                self.settle()

    def has_client(self) -> bool:
        """Return true if `accept` would return or raise an error at once. Raises `ClosedError`."""
        self.uses.append(lifetime.generation)
        try:
            if self.closing:
                raise ClosedError
            if not self._have_one():
                return False
            instances: list[Instance] = self._waiting()
            for instance in instances:
                if not instance.connected and _calls.wait_for(instance.event, 0):
                    instance.settle()
            return any(instance.connected for instance in instances)
        except OSError:
            return True
        finally:
            self.uses.pop()
            if self.closing:
                self.settle()

    def _next(self, deadline: float | None, nonblocking: bool) -> Instance:
        """Wait until an instance has a client. Several threads may wait for the same ones."""
        pause = pauses()
        while not self.closing:
            if not self._have_one():
                self._check_may_wait(deadline, nonblocking)
                sleep(min(next(pause), slice_until(deadline) / 1000))
                continue
            instances: list[Instance] = self._waiting()
            for instance in instances:
                if instance.connected:
                    return instance
            events = ffi.new("intptr_t[]", [instance.event for instance in instances])
            wait = 0 if nonblocking else slice_until(deadline)
            index = _calls.wait_for_any(events, len(instances), wait)
            if index is None:
                self._check_may_wait(deadline, nonblocking)
            elif not self.closing:
                instances[index].settle()
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
        """Stop listening, and return the handle of one instance, which the caller then owns.

        Raises `ValueError` while another thread is inside a call.
        """
        if self.closing:
            raise ClosedError
        if not self._have_one():
            raise self.creation.busy_error()
        kept, *others = self.give_up_all()
        close_all(others)
        return kept.detach()

    def give_up_all(self) -> list[PipeHandle]:
        """Stop listening, and return the ends of all instances, which the caller then owns.

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
