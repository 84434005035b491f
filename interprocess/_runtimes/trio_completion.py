"""Waiting with trio on Windows: its completion port, under a key of our own."""

from __future__ import annotations

import warnings

from interprocess._interface.async_runtime import Completion, CompletionRuntime
from interprocess._runtimes.trio_errors import ClosedError, as_trio_has_it

# The module above explains how to install trio if it is missing.
# isort: split
import trio
from trio import abc as abc
from trio.lowlevel import (
    Abort,
    RunVar,
    cancel_shielded_checkpoint,
    checkpoint,
    checkpoint_if_cancelled,
    current_task,
    current_trio_token,
    reschedule,
    spawn_system_task,
    wait_task_rescheduled,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from interprocess._interface.async_runtime import Operation, WatchedOperation

    Result = TypeVar("Result")


class TrioCompletion(Completion):
    """A direction, by trio's rules: every call is a checkpoint."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._busy = False
        self._sleeper: trio.lowlevel.Task | None = None

    @property
    def busy(self) -> bool:
        return self._busy

    async def perform(self, operation: Operation) -> Any:
        # It begins after the last point at which trio may cancel without effects.
        await checkpoint_if_cancelled()
        if self._busy:
            raise trio.BusyResourceError(f"another task is already {self._doing} this")
        self._busy = True
        try:
            try:
                _translated(operation.begin, self._wake)
            except BaseException:
                await cancel_shielded_checkpoint()
                raise
            if operation.ended():
                await cancel_shielded_checkpoint()
            # The wake-up may be for an earlier operation, whose task no longer waits.
            while not operation.ended():
                await self._sleep(operation)
            return _translated(operation.finish)
        finally:
            self._busy = False
            operation.leave()

    async def _sleep(self, operation: Operation) -> None:
        cancelled: list[Callable[[], object]] = []

        def abort(raise_cancel: Callable[[], object]) -> Abort:
            if operation.cancel():
                self._sleeper = None
                return Abort.SUCCEEDED
            cancelled.append(raise_cancel)
            return Abort.FAILED

        self._sleeper = current_task()
        await wait_task_rescheduled(abort)
        if cancelled and operation.was_cancelled():
            cancelled[0]()

    def _wake(self) -> None:
        sleeper, self._sleeper = self._sleeper, None
        if sleeper is not None:
            reschedule(sleeper)

    def wake_soon(self) -> None:
        self._wake()  # trio runs a woken task soon.


def _translated(call: Callable[..., Result], *arguments: object) -> Result:
    """Return `call(*arguments)`, or raise trio's error."""
    try:
        return call(*arguments)
    except OSError as error:
        raise as_trio_has_it(error) from None
    except ValueError:
        raise ClosedError from None


#: Operations that the port has not reported yet, by address. The system may write there even after
#: trio's run is over, so an operation is removed only when it is reported.
_watched: dict[int, tuple[WatchedOperation, Callable[[], None]]] = {}


class _Dispatcher:
    """Hands each completion of the port to its task, within one run of trio."""

    def __init__(self) -> None:
        lowlevel: Any = trio.lowlevel  # For type checkers: it has less on other systems.
        # Never exited: packets at the very end of the run would find no queue.
        self._monitor = lowlevel.monitor_completion_key()
        with warnings.catch_warnings():
            # trio warns about the queue that it returns itself.
            warnings.simplefilter("ignore", trio.TrioDeprecationWarning)
            self.key, self._queue = self._monitor.__enter__()
        self.port = lowlevel.current_iocp()
        spawn_system_task(self._run, name="interprocess completion port")

    async def _run(self) -> None:
        async for news in self._queue:
            for entry in news:
                # Other code may post packets of its own to the port, under any key.
                watched = _watched.pop(entry.lpOverlapped, None)
                if watched is not None:
                    watched[1]()


_dispatcher: RunVar[_Dispatcher] = RunVar("interprocess completion port")


class TrioCompletionRuntime(CompletionRuntime):
    """The running trio loop."""

    def port(self) -> tuple[object, int, int]:
        try:
            dispatcher = _dispatcher.get()
        except LookupError:
            dispatcher = _Dispatcher()
            _dispatcher.set(dispatcher)
        return dispatcher, dispatcher.port, dispatcher.key

    def watch(self, watched: WatchedOperation, ended: Callable[[], None]) -> None:
        _watched[watched.address] = (watched, ended)

    def completion(self, doing: str) -> Completion:
        return TrioCompletion(doing)

    def from_thread(self, callback: Callable[[], None]) -> Callable[[], None]:
        token = current_trio_token()

        def call() -> None:
            try:
                token.run_sync_soon(callback)
            except trio.RunFinishedError:
                pass  # No task waits any more.

        return call

    async def sleep(self, seconds: float) -> None:
        await trio.sleep(seconds)

    async def yield_once(self) -> None:
        await checkpoint()


RUNTIME = TrioCompletionRuntime()
