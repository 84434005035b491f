"""A future that wakes its task at once."""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextvars import Context
    from typing import Any


class Delivery:
    """What one task at a time awaits, and a callback of the loop delivers.

    An `asyncio.Future` has its task woken in the next round of the loop, which is a system call
    later, and in which the task may be cancelled: then what was delivered is lost. This one runs
    the task within the callback, and can be used again. To tasks it is a future like any other: see
    `asyncio.isfuture`.
    """

    __slots__ = (
        "_asyncio_future_blocking",
        "_context",
        "_error",
        "_loop",
        "_result",
        "_wake",
        "done",
    )

    _loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        self._asyncio_future_blocking = False
        self._wake: Callable[[Any], object] | None = None
        self._context: Context | None = None
        self._result: Any = None
        self._error: BaseException | None = None
        #: Whether nobody waits.
        self.done = True

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Get ready for being awaited, by a task of this loop."""
        self._loop = loop
        self.done = False

    def deliver(self, result: Any) -> None:
        """Run the task, with a result. To be called from the loop, and never from a task."""
        self.done = True
        self._result = result
        if self._context is not None:
            self._context.run(self._wake, self)  # type: ignore[arg-type]  # both are set at once

    def fail_soon(self, error: BaseException) -> None:
        """Have the task run in the next round of the loop, with an error."""
        self.done = True
        self._error = error
        if self._wake is not None and not self._loop.is_closed():
            self._loop.call_soon(self._wake, self, context=self._context)

    def take(self) -> Any:
        """Return what was delivered, and forget it."""
        result, self._result = self._result, None
        return result

    # What tasks call

    def __await__(self) -> Generator[Any, None, None]:
        self._asyncio_future_blocking = True
        # Not a generator, which would cost as much as all the rest.
        return iter((self,))  # type: ignore[return-value]  # an iterator is enough for `await`

    def add_done_callback(
        self, callback: Callable[[Any], object], *, context: Context | None = None
    ) -> None:
        self._wake, self._context = callback, context

    def cancel(self, msg: Any = None) -> bool:
        if self.done:
            return False
        self.fail_soon(asyncio.CancelledError() if msg is None else asyncio.CancelledError(msg))
        return True

    def result(self) -> None:
        self._wake = self._context = None
        error, self._error = self._error, None
        if error is not None:
            raise error

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop
