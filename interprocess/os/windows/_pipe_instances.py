"""The instances of a pipe that wait for clients, however one waits for these."""

from __future__ import annotations

from abc import ABC, abstractmethod

from interprocess.os.windows import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from interprocess.os.windows._pipe_creation import PipeCreation
    from interprocess.os.windows._pipe_handle import PipeHandle

#: How many instances wait for clients, so that as many may come between two calls of `accept`.
SPARE_INSTANCES = 8


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
    def _new_instance(self, handle: PipeHandle) -> Any:
        """Return what waits for a client of HANDLE."""

    def _add(self, first: bool = False) -> None:
        self._instances.append(self._new_instance(self.creation.create(first)))

    def _refill(self, taken: int = 0) -> None:
        """Have as many instances wait as should, when TAKEN of them are about to go.

        Raises if none would be left, unless the pipe is at its limit: one has to keep the name.
        """
        try:
            while len(self._instances) - taken < self._spares:
                self._add()
        except OSError:
            if taken == len(self._instances) and not self.creation.is_limited:
                raise

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

        `False` is for a pipe at its limit whose accepted ends we have closed, but not all of whose
        clients have noticed: there will be room.
        """
        if self._instances:
            return True
        try:
            self._add_to_none()
        except OSError as error:
            if _calls.error_number(error) != _calls.ERROR_PIPE_BUSY:
                raise
            open_ends = sum(bool(end.handles) for end in self.creation.accepted)
            if open_ends >= self.creation.instance_limit:
                raise self.creation.busy_error() from None
            return False
        return True

    def _add_to_none(self) -> None:
        """Make an instance where none waits, and not of a pipe that somebody else has made since.

        The name is ours for as long as a client's end is open here. Else the instance has to be the
        first.
        """
        held = self.creation.held()
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
