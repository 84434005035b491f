"""The instances of a pipe that wait for clients, however one waits for these."""

from __future__ import annotations

from abc import ABC, abstractmethod

from interprocess.os.windows import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

#: How many instances wait for clients, so that as many may come between two calls of `accept`.
SPARE_INSTANCES = 8


class PipeInstances(ABC):
    """Those that wait, and making more of them."""

    __slots__ = ("_create", "_instances", "_limit", "_spares", "closing", "path")

    _instances: list[Any]

    def __init__(
        self,
        path: str,
        create: Callable[[bool], int],
        instance_limit: int,
        adopted: Sequence[int] = (),
    ) -> None:
        """Begin to listen; CREATE returns a new instance, and is told if it has to be the first.

        ADOPTED are instances that exist already, and stay the caller's on errors.
        """
        self.path = path
        self.closing: int = False
        self._create = create
        self._limit = instance_limit
        self._spares = min(SPARE_INSTANCES, instance_limit)
        self._instances = []
        if adopted:
            self._adopt(adopted)
        else:
            self._add(first=True)
        self._refill()

    @abstractmethod
    def _new_instance(self, handle: int) -> Any:
        """Return what waits for a client of HANDLE. On errors, the handle stays the caller's."""

    def _adopt(self, handles: Sequence[int]) -> None:
        try:
            for handle in handles:
                self._instances.append(self._new_instance(handle))
        except BaseException:
            while self._instances:
                self._instances.pop().give_up()
            raise

    def _add(self, first: bool = False) -> None:
        handle = self._create(first)
        try:
            instance = self._new_instance(handle)
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

    def _close_all(self) -> None:
        while self._instances:
            _calls.close_handle(self._instances.pop().give_up())

    @property
    def handle(self) -> int:
        """The handle of the instance that has waited longest."""
        self._have_one()
        return self._instances[0].handle  # type: ignore[no-any-return]  # a number
