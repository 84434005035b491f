"""What an asynchronous runtime has to offer: the one thing in which asyncio and trio differ.

On Unix that is a `Readiness` for each direction of a descriptor, on Windows a `Completion` for each
direction of a handle. The classes that use them are written once for all runtimes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from interprocess._interface import lifetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Result = TypeVar("Result")


class Runtime(ABC):
    """An asynchronous runtime."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Let others run for a time."""

    #: What a second task that is in the way of a first is told with.
    busy_error: type[Exception] = RuntimeError

    @abstractmethod
    async def yield_once(self) -> None:
        """Let others run as the runtime's rules want it of a call that did not wait.

        May be cancelled.
        """


class Allowance:
    """How many calls may be made before the runtime has to be asked."""

    __slots__ = ("__weakref__", "calls")

    def __init__(self) -> None:
        self.calls = 0


#: That of those who have to ask each time.
NO_ALLOWANCE = Allowance()


# Unix


class Readiness(ABC):
    """One direction of one descriptor in nonblocking mode, for one task at a time."""

    #: How many calls that need not wait may be made without `perform`. Each of them takes one off;
    #: where none is left, `may_call` may have another.
    allowance: Allowance

    def may_call(self) -> bool:
        """Whether a call that need not wait may be made without `perform` now.

        Not while a task is inside that, after `close`, when it is the turn of the runtime's other
        tasks, and where the runtime wants a checkpoint of every call.
        """
        return False

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

    async def receive(
        self,
        call: Callable[[int, int], bytes],
        size: int,
        flags: int,
        owner: object,  # noqa: ARG002  # it stays alive by being here
    ) -> bytes:
        """Return `call(size, flags)` as `perform` does, and keep OWNER alive meanwhile.

        Less than SIZE bytes were all that there was.
        """
        return await self.perform(call, size, flags)

    @abstractmethod
    def close(self) -> None:
        """Wake the task inside `perform`, and never look at the descriptor again."""


class LookingAgain(Readiness):
    """A direction of a descriptor whose readiness the system does not tell: looks at intervals."""

    def __init__(self, runtime: Runtime, readiness: Readiness, interval: float, doing: str) -> None:
        """Wait by sleeping for INTERVAL; READINESS makes the calls, and never waits."""
        self._runtime = runtime
        self._readiness = readiness
        self._interval = interval
        self._doing = doing
        self.allowance = NO_ALLOWANCE
        # The process whose task is inside a call; -1 while none is.
        self._busy_in = -1

    @property
    def busy(self) -> bool:
        # A task of the process that this one was forked from does not go on here.
        return self._busy_in == lifetime.generation

    async def perform(self, call: Callable[..., Result], *arguments: object) -> Result:
        if self.busy:
            raise self._runtime.busy_error(f"another task is already {self._doing} this")
        self._busy_in = lifetime.generation
        try:
            while True:
                attempt: tuple[Result, ...]
                attempt = await self._readiness.perform(_attempt, call, *arguments)
                if attempt:
                    return attempt[0]
                await self._runtime.sleep(self._interval)
        finally:
            self._busy_in = -1

    def close(self) -> None:
        self._readiness.close()


def _attempt(call: Callable[..., Result], *arguments: object) -> tuple[Result, ...]:
    """Return what CALL returns, or nothing if it would have to wait."""
    try:
        return (call(*arguments),)
    except BlockingIOError:
        return ()


class ReadinessRuntime(Runtime):
    """A runtime on a system that tells when a descriptor is ready."""

    @abstractmethod
    def readable(self, number: int) -> Readiness:
        """Return the direction of a descriptor that receives or accepts."""

    @abstractmethod
    def writable(self, number: int) -> Readiness:
        """Return the direction of a descriptor that sends."""


# Windows, and what a thread does on Unix


class Operation(ABC):
    """Something that is begun, and then ends by itself."""

    @abstractmethod
    def begin(self, wake: Callable[[], None]) -> None:
        """Begin it. WAKE may be called at any time from then on, when it may have ended."""

    @abstractmethod
    def ended(self) -> bool:
        """Whether it has ended, well or not."""

    @abstractmethod
    def cancel(self) -> bool:
        """Have it end, and return whether nobody need wait for that."""

    @abstractmethod
    def was_cancelled(self) -> bool:
        """Whether `cancel` was what ended it, so that it did nothing."""

    @abstractmethod
    def finish(self) -> Any:
        """Return what came of it, or raise that."""

    @abstractmethod
    def leave(self) -> None:
        """Let go of it, whether or not it began or ended."""


class Immediate(Operation):
    """A call that does not wait, in its turn among those that do."""

    __slots__ = ("_arguments", "_call")

    def __init__(self, call: Callable[..., Any], *arguments: object) -> None:
        self._call = call
        self._arguments = arguments

    def begin(self, wake: Callable[[], None]) -> None:
        pass

    def ended(self) -> bool:
        return True

    def cancel(self) -> bool:
        return True

    def was_cancelled(self) -> bool:
        return False

    def finish(self) -> Any:
        return self._call(*self._arguments)

    def leave(self) -> None:
        pass


class Completion(ABC):
    """One direction of one handle, for one task at a time."""

    @property
    @abstractmethod
    def busy(self) -> bool:
        """Whether a task is inside `perform`."""

    @abstractmethod
    async def perform(self, operation: Operation) -> Any:
        """Begin an operation, wait for its end, and return what came of it.

        When the task is cancelled, so is the operation. It may have ended well before: then trio
        returns what came of it, but asyncio raises `CancelledError`, and the caller has to ask the
        operation. Raises the runtime's error for a second task.
        """

    @abstractmethod
    def wake_soon(self) -> None:
        """Have the task inside `perform` look whether its operation has ended."""


class CompletionRuntime(Runtime):
    """A runtime on a system that tells when an operation has ended."""

    @abstractmethod
    def port(self) -> tuple[object, int, int]:
        """Return the completion port of the loop that runs: its owner, its handle, its key.

        Raises `UnsupportedError` for a loop that has none.
        """

    @abstractmethod
    def watch(self, watched: WatchedOperation, ended: Callable[[], None]) -> None:
        """Have ENDED called when the port tells of an operation, and keep that until then."""

    @abstractmethod
    def completion(self, doing: str) -> Completion:
        """Return a direction; DOING is what its tasks do, for error messages."""

    @abstractmethod
    def from_thread(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Return a function that has CALLBACK called by the loop, for any thread to call."""


class WatchedOperation(ABC):
    """What a completion port tells of, as asyncio's proactor wants it."""

    #: The number by which the port knows it.
    address: int

    @property
    @abstractmethod
    def pending(self) -> bool:
        """Whether it has not ended."""

    @abstractmethod
    def cancel(self) -> bool:
        """Have it end."""
