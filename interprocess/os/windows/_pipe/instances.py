"""The instances of a pipe that wait for clients, synchronously or asynchronously."""

from __future__ import annotations

from abc import ABC, abstractmethod

from interprocess._interface.lifetime import LAST
from interprocess.os.windows import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from interprocess.os.windows._pipe.creation import PipeCreation
    from interprocess.os.windows._pipe.end import PipeHandle

#: The number of waiting instances: as many clients may come between two calls of `accept`.
SPARE_INSTANCES = 8


class WaitingInstance(ABC):
    """An instance of a pipe that waits for its client."""

    def __init__(self, handle: PipeHandle) -> None:
        self.handle = handle
        self.connected = False
        #: Holds an item until a call of `accept` claims the instance.
        self.unclaimed = [True]

    @abstractmethod
    def give_up(self) -> PipeHandle:
        """Stop waiting for a client, and return the handle for a new owner."""


class PipeInstances(ABC):
    """The waiting instances of a pipe, and making more of them."""

    creation: PipeCreation
    _instances: list[Any]
    _spares: int

    def _listen(self, adopted: Sequence[PipeHandle]) -> None:
        """Begin to listen. ADOPTED are existing ends; the caller still owns them after an error."""
        self._spares = min(SPARE_INSTANCES, self.creation.instance_limit)
        self._instances = []
        try:
            for handle in adopted:
                self._instances.append(self._new_instance(handle))
            if not adopted:
                self._add(first=True)
                self._add_second()
            self._refill()
        except BaseException:
            while self._instances:
                handle = self._instances.pop().give_up()
                if handle not in adopted:
                    handle.close()
            raise

    @abstractmethod
    def _new_instance(self, handle: PipeHandle) -> WaitingInstance:
        """Return the instance that waits for a client of HANDLE."""

    def _add(self, first: bool = False) -> None:
        self._instances.append(self._new_instance(self.creation.create(first)))

    def _refill(self) -> None:
        """Make instances until enough of them wait, as far as that is possible.

        Raises an error if none waits, since one has to keep the name, unless the pipe is at its
        limit.
        """
        try:
            while len(self._waiting()) < self._spares:
                self._add()
        except OSError:
            if not self._waiting() and not self.creation.is_limited:
                raise

    def _waiting(self) -> list[Any]:
        """Return the unclaimed instances."""
        return [instance for instance in self._instances if instance.unclaimed]

    def _take(self, instance: WaitingInstance) -> PipeHandle | None:
        """Return the handle of an instance that has a client; `None` if another thread has it.

        If no other instance can be made, raises the reason, and the client still waits. This
        instance stays in the list until there is another, so that other threads never find the list
        empty.
        """
        claimed: list[bool] = []
        try:
            # No signal handler can raise between taking the item and having it.
            claimed += map(instance.unclaimed.pop, LAST)
            self._refill()
            self._instances.remove(instance)
            del claimed[:]
        except IndexError:
            return None
        finally:
            instance.unclaimed += claimed
        handle = instance.give_up()
        handle.lingers = True
        return handle

    def _add_second(self) -> None:
        """Make a second instance, to check that this is possible; raise the reason if it is not."""
        if self._spares < 2:
            return
        try:
            self._add()
        except PermissionError:
            message = (
                "Windows refuses a second instance of the pipe: the security descriptor must grant"
                " this process FILE_CREATE_PIPE_INSTANCE, as (A;;GA;;;…) does"
            )
            number, path = _calls.ERROR_ACCESS_DENIED, self.creation.path
            raise _calls.error_of(number, message, path) from None
        except OSError:
            pass  # It will be made later.

    def _have_one(self) -> bool:
        """Make sure that an instance waits, or raise the reason why none can.

        Return `False` if one will wait later: another thread is making it, or the pipe is at its
        limit and we have closed some ends of accepted clients, but these clients have not left yet.
        """
        if self._instances:
            return bool(self._waiting())
        try:
            self._add_to_none()
        except OSError as error:
            if _calls.error_number(error) != _calls.ERROR_PIPE_BUSY:
                raise
            if len(self.creation.open_ends()) >= self.creation.instance_limit:
                raise self.creation.busy_error() from None
            return False
        return True

    def _add_to_none(self) -> None:
        """Make an instance where none waits, but not of a pipe that another program has made since.

        The name is ours while we have an end of an accepted client open. Otherwise the instance has
        to be the first.
        """
        held = self.creation.held_ends()
        if held:
            self._add()
            if any(origin.held for origin in held):
                return
            self._close_all()
        self._add(first=True)

    def _close_all(self) -> None:
        while self._instances:
            self._instances.pop().give_up().close()

    @property
    def handle(self) -> int:
        """The handle of the instance that has waited longest."""
        if not self._have_one():
            raise self.creation.busy_error()
        return self._instances[0].handle.value  # type: ignore[no-any-return]  # a number


def close_all(handles: Sequence[PipeHandle]) -> None:
    """Close the handles of instances that are no longer needed."""
    for handle in handles:
        handle.close()
