"""The instances of a pipe that wait for clients, however one waits for these."""

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

#: How many instances wait for clients, so that as many may come between two calls of `accept`.
SPARE_INSTANCES = 8


class WaitingInstance(ABC):
    """An instance of a pipe that waits for its client."""

    def __init__(self, handle: PipeHandle) -> None:
        self.handle = handle
        self.connected = False
        #: An item, for as long as none of those who accept has claimed the instance.
        self.unclaimed = [True]

    @abstractmethod
    def give_up(self) -> PipeHandle:
        """Return the handle to a new owner; nobody waits for a client any more."""


class PipeInstances(ABC):
    """Those that wait, and making more of them."""

    creation: PipeCreation
    _instances: list[Any]
    _spares: int

    def _listen(self, adopted: Sequence[PipeHandle]) -> None:
        """Begin. ADOPTED are the ends of instances that exist, and stay the caller's on errors."""
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
        """Return what waits for a client of HANDLE."""

    def _add(self, first: bool = False) -> None:
        self._instances.append(self._new_instance(self.creation.create(first)))

    def _refill(self) -> None:
        """Have as many instances wait as should, as far as more can be made.

        Raises if none waits, unless the pipe is at its limit: one has to keep the name.
        """
        try:
            while len(self._waiting()) < self._spares:
                self._add()
        except OSError:
            if not self._waiting() and not self.creation.is_limited:
                raise

    def _waiting(self) -> list[Any]:
        """Return the instances that nobody has claimed."""
        return [instance for instance in self._instances if instance.unclaimed]

    def _take(self, instance: WaitingInstance) -> PipeHandle | None:
        """Return the handle of an instance that has a client; `None` if another thread has it.

        If no other can be made, raises why, and the client waits on. Until there is another, this
        one stays among them: to the other threads, there is no moment without any.
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
        """See that further instances can be made, or else raise why not."""
        if self._spares < 2:
            return
        try:
            self._add()
        except PermissionError:
            message = (
                "Windows refuses a second instance of the pipe: the security descriptor has to give"
                " this process FILE_CREATE_PIPE_INSTANCE, as (A;;GA;;;…) does"
            )
            number, path = _calls.ERROR_ACCESS_DENIED, self.creation.path
            raise _calls.error_of(number, message, path) from None
        except OSError:
            pass  # It is made later.

    def _have_one(self) -> bool:
        """Make sure that an instance waits, or raise why none can.

        `False` is for one that will: another thread is making it. Or the pipe is at its limit, and
        of the ends of accepted clients we have closed some, but their clients have not left yet.
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
        """Make an instance where none waits, and not of a pipe that somebody else has made since.

        The name is ours for as long as we have an end of an accepted client open. Else the instance
        has to be the first.
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
    """Close the handles of instances that nobody needs."""
    for handle in handles:
        handle.close()
