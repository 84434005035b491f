"""Waiting with asyncio on Windows: the completion port of its proactor event loop."""

from __future__ import annotations

import asyncio

from interprocess._interface.async_runtime import NO_ALLOWANCE, Completion, CompletionRuntime
from interprocess._runtimes._asyncio_delivery import deliver
from interprocess._runtimes._asyncio_turns import count_call, turns_of
from interprocess.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess._interface.async_runtime import Allowance, Operation, WatchedOperation


class AsyncioCompletion(Completion):
    """A direction whose task runs within the callback that reports the end of its operation."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._busy = False
        self._waiter: _Waiter | None = None
        self._allowance: Allowance = NO_ALLOWANCE

    @property
    def busy(self) -> bool:
        return self._busy

    async def perform(self, operation: Operation) -> Any:
        if self._busy:
            raise RuntimeError(f"another task is already {self._doing} this")
        self._busy = True
        loop = asyncio.get_running_loop()
        try:
            if self._allowance.calls:
                self._allowance.calls -= 1
            else:
                await self._let_turn(loop)
            operation.begin(self._wake)
            # The callback may report an earlier operation, whose task no longer waits.
            while not operation.ended():
                self._waiter = _Waiter(loop, operation)
                await self._waiter
            return operation.finish()
        finally:
            self._busy = False
            self._waiter = None
            operation.leave()

    async def _let_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Get a new allowance from the loop, and let the loop turn first if that is due."""
        turns = self._allowance = turns_of(loop)
        if not turns.renew(loop):
            await turns.give_way(loop)

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            deliver(waiter, None)

    def wake_soon(self) -> None:
        loop = None if self._waiter is None else self._waiter.get_loop()
        if loop is not None and not loop.is_closed():
            loop.call_soon(self._wake)


class _Waiter(asyncio.Future["Any"]):
    """The future that a task awaits; cancelling it cancels the operation."""

    def __init__(self, loop: asyncio.AbstractEventLoop, operation: Operation) -> None:
        super().__init__(loop=loop)
        self._operation = operation

    def cancel(self, msg: Any = None) -> bool:
        if not self.done() and self._operation.cancel():
            return super().cancel(msg)
        # The task goes on waiting, and gets its CancelledError when it runs again.
        return False


class AsyncioCompletionRuntime(CompletionRuntime):
    """The running proactor loop."""

    def port(self) -> tuple[object, int, int]:
        proactor = _proactor()
        return proactor, proactor._iocp, 0

    def watch(self, watched: WatchedOperation, ended: Callable[[], None]) -> None:
        # The proactor keeps the operation until the port has reported it, even while it closes.
        future = _proactor()._register(watched, watched, _nothing)
        if not future.done():
            future.add_done_callback(lambda _: ended())

    def completion(self, doing: str) -> Completion:
        return AsyncioCompletion(doing)

    def from_thread(self, callback: Callable[[], None]) -> Callable[[], None]:
        loop = asyncio.get_running_loop()

        def call() -> None:
            try:
                loop.call_soon_threadsafe(callback)
            except RuntimeError:
                pass  # The loop is closed: no task waits any more.

        return call

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def yield_once(self) -> None:
        await count_call()


RUNTIME = AsyncioCompletionRuntime()


def _proactor() -> Any:
    loop = asyncio.get_running_loop()
    try:
        # The public `sock_recv` loses the data of a cancelled task.
        return loop._proactor  # type: ignore[attr-defined]  # only proactor loops have it
    except AttributeError:
        raise UnsupportedError(
            f"{type(loop).__name__} cannot wait for pipes on Windows:"
            " use asyncio.ProactorEventLoop, the default there"
        ) from None


def _nothing(transferred: object, key: object, watched: object) -> None:
    """Return nothing: the operation itself knows its result."""
