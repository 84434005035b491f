"""What an asynchronous runtime has to offer: the one thing in which asyncio and trio differ.

On Unix that is a `Readiness` for each direction of a descriptor. On Windows it is the completion of
an overlapped operation. The classes that use them are written once for all runtimes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Result = TypeVar("Result")


class Readiness(ABC):
    """One direction of one descriptor in nonblocking mode, for one task at a time.

    `drained` may be set when the last call took all that there was. It is a hint: where the runtime
    would hear of anything new by itself, it need not call just to be told 'not yet'.
    """

    drained = False

    @property
    @abstractmethod
    def busy(self) -> bool:
        """Whether a task is inside `perform`."""

    @abstractmethod
    async def perform(self, call: Callable[..., Result], *arguments: object) -> Result:
        """Return `call(*arguments)`, called again when ready while it raises `BlockingIOError`.

        A task is never cancelled once the call has succeeded, so that its result is not lost.
        Raises `ValueError` after `close()`, also meanwhile, and the runtime's error for a second
        task.
        """

    @abstractmethod
    def close(self) -> None:
        """Wake the task inside `perform`, and never look at the descriptor again."""


class Runtime(ABC):
    """An asynchronous runtime."""

    @abstractmethod
    def readable(self, number: int) -> Readiness:
        """Return the direction of a descriptor that receives or accepts."""

    @abstractmethod
    def writable(self, number: int) -> Readiness:
        """Return the direction of a descriptor that sends."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Let others run for a time."""

    @abstractmethod
    async def yield_once(self) -> None:
        """Let others run, where the runtime's rules want that of every call; may be cancelled."""
