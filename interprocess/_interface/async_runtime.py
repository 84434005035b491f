"""The interface of an asynchronous runtime: all that differs between asyncio and trio.

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
        """Let other tasks run for SECONDS."""

    #: The type of error for a second task that makes a call while a first is inside one.
    busy_error: type[Exception] = RuntimeError

    @abstractmethod
    async def yield_once(self) -> None:
        """Let other tasks run, as the runtime's rules require of a call that did not wait.

        It can be cancelled.
        """


class Allowance:
    """The number of calls that may be made before the runtime must be asked."""

    __slots__ = ("__weakref__", "calls")

    def __init__(self) -> None:
        self.calls = 0


#: The allowance of directions that must ask each time.
NO_ALLOWANCE = Allowance()


# Unix


class Readiness(ABC):
    """One direction of one descriptor in nonblocking mode, for one task at a time."""

    #: The number of calls that need not wait and may be made without `perform`. Each call uses one
    #: up; `may_call` may grant more.
    allowance: Allowance

    def may_call(self) -> bool:
        """Return true if a call that need not wait may be made without `perform` now.

        It may not while a task is inside `perform`, after `close`, when other tasks are due to run,
        and where the runtime requires a checkpoint in every call.
        """
        return False

    @property
    @abstractmethod
    def busy(self) -> bool:
        """True while a task is inside `perform`."""

    @abstractmethod
    async def perform(self, call: Callable[..., Result], *arguments: object) -> Result:
        """Return `call(*arguments)`; after `BlockingIOError`, wait until ready and call again.

        A task is never cancelled once the call has succeeded, so that its result is not lost.
        Raises `ValueError` if `close()` was called before or is called meanwhile, and the runtime's
        error for a second task.
        """

    async def receive(
        self,
        call: Callable[[int, int], bytes],
        size: int,
        flags: int,
        owner: object,  # noqa: ARG002  # this reference keeps it alive
    ) -> bytes:
        """Return `call(size, flags)` as `perform` does, and keep OWNER alive meanwhile.

        A result shorter than SIZE means that all available data was received.
        """
        return await self.perform(call, size, flags)

    @abstractmethod
    def close(self) -> None:
        """Wake the task inside `perform`, and never use the descriptor again."""


class LookingAgain(Readiness):
    """A direction of a descriptor whose readiness the system does not report: it polls."""

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
        # Tasks of the parent do not continue in a forked child.
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
    """Return the result of CALL in a tuple, or an empty tuple if it would have to wait."""
    try:
        return (call(*arguments),)
    except BlockingIOError:
        return ()


class ReadinessRuntime(Runtime):
    """A runtime on a system that reports when a descriptor is ready."""

    @abstractmethod
    def readable(self, number: int) -> Readiness:
        """Return the direction of a descriptor that receives or accepts."""

    @abstractmethod
    def writable(self, number: int) -> Readiness:
        """Return the direction of a descriptor that sends."""


# Windows, and operations that a thread performs on Unix


class Operation(ABC):
    """An operation that is begun and then ends by itself."""

    @abstractmethod
    def begin(self, wake: Callable[[], None]) -> None:
        """Begin the operation. From then on, WAKE may be called when it may have ended."""

    @abstractmethod
    def ended(self) -> bool:
        """Return true if the operation has ended, successfully or not."""

    @abstractmethod
    def cancel(self) -> bool:
        """Cancel the operation, and return true if there is no need to wait for its end."""

    @abstractmethod
    def was_cancelled(self) -> bool:
        """Return true if `cancel` ended the operation, so that it did nothing."""

    @abstractmethod
    def finish(self) -> Any:
        """Return the result of the operation, or raise its error."""

    @abstractmethod
    def leave(self) -> None:
        """Release the operation, whether or not it began or ended."""


class Immediate(Operation):
    """A call that does not wait, as an operation."""

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
        """True while a task is inside `perform`."""

    @abstractmethod
    async def perform(self, operation: Operation) -> Any:
        """Begin an operation, wait for its end, and return its result.

        When the task is cancelled, so is the operation. If it had succeeded before that, trio
        returns its result, but asyncio raises `CancelledError`, and the caller has to ask the
        operation. Raises the runtime's error for a second task.
        """

    @abstractmethod
    def wake_soon(self) -> None:
        """Have the task inside `perform` check whether its operation has ended."""


class CompletionRuntime(Runtime):
    """A runtime on a system that reports when an operation has ended."""

    @abstractmethod
    def port(self) -> tuple[object, int, int]:
        """Return the completion port of the running loop: its owner, its handle and the key to use.

        Raises `UnsupportedError` for a loop that has none.
        """

    @abstractmethod
    def watch(self, watched: WatchedOperation, ended: Callable[[], None]) -> None:
        """Call ENDED when the port reports the operation, and keep it alive until then."""

    @abstractmethod
    def completion(self, doing: str) -> Completion:
        """Return a direction; DOING is what its tasks do, for error messages."""

    @abstractmethod
    def from_thread(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Return a function by which any thread can have the loop call CALLBACK."""


class WatchedOperation(ABC):
    """An operation that a completion port reports, with the interface that asyncio expects."""

    #: The number by which the port identifies it.
    address: int

    @property
    @abstractmethod
    def pending(self) -> bool:
        """True until the operation has ended."""

    @abstractmethod
    def cancel(self) -> bool:
        """Cancel the operation."""
