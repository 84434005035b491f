"""`serve` for asyncio: a robust server with a task for each client."""

from __future__ import annotations

import asyncio
import warnings

from interprocess._interface.serving import CLOSING_TIME, check_arguments, client_has_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, TypeVar

    from interprocess._interface.accepting import AsyncServable

    StreamType = TypeVar("StreamType")


async def serve(
    listener: AsyncServable[StreamType],
    handler: Callable[[StreamType], Awaitable[object]],
    *,
    max_clients: int | None = 1000,
    grace: float | None = 10.0,
    on_error: Callable[[Exception, StreamType], object] | None = None,
) -> None:
    """Serve clients until the listener is closed: await `handler(stream)` in a task for each.

    The stream is closed when the handler returns or raises. At most `max_clients` are served at a
    time (`None`: any number); further clients wait to be accepted.

    An exception of the handler ends only its own client. It goes to the event loop's exception
    handler, which logs it, unless it means that the client has left (`BrokenPipeError`,
    `ConnectionResetError`, `IncompleteReadError`). With `on_error`, `on_error(error, stream)` is
    called instead, in each case.

    When descriptors or memory have run out, accepting pauses, and a `RuntimeWarning` reports it.

    Closing the listener (`loop.add_signal_handler(signal.SIGTERM, listener.close)`) ends serving:
    no more clients are accepted, handlers have `grace` seconds to finish (`None`: forever), and
    then their tasks are cancelled. When `serve` itself is cancelled, they are cancelled at once.
    Either way the listener is closed and the tasks have ended when `serve` returns. Tasks that
    still run 5 seconds after they were cancelled are left behind, and a `RuntimeWarning` reports
    it.
    """
    check_arguments(listener, handler, max_clients, grace, on_error, iterate="__anext__")
    await _Serving(listener, handler, max_clients, on_error).run(grace)


class _Serving:
    """The clients that are being served."""

    def __init__(
        self,
        listener: AsyncServable[Any],
        handler: Callable[[Any], Awaitable[object]],
        max_clients: int | None,
        on_error: Callable[[Exception, Any], object] | None,
    ) -> None:
        self._listener = listener
        self._handler = handler
        self._max_clients = max_clients
        self._on_error = on_error
        self._loop = asyncio.get_running_loop()
        self._clients: dict[asyncio.Task[None], Any] = {}
        #: Set when a client has ended and when the listener is closed.
        self._changed = asyncio.Event()

    async def run(self, grace: float | None) -> None:
        """Accept clients until the listener is closed, then give them GRACE seconds."""
        listener = self._listener
        listener._watch_close(self._tell_close)
        try:
            while await self._has_room():
                try:
                    stream = await listener.__anext__()
                except StopAsyncIteration:
                    break
                self._start(stream)
            listener.close()
            if self._clients:
                await asyncio.wait(set(self._clients), timeout=grace)
        finally:
            listener._unwatch_close(self._tell_close)
            listener.close()
            await self._cancel_tasks()

    def _tell_close(self) -> None:
        # The thread-safe call also wakes a loop that a signal handler has interrupted.
        self._loop.call_soon_threadsafe(self._changed.set)

    async def _has_room(self) -> bool:
        """Wait until one more client may be served; return `False` once the listener is closed."""
        while self._max_clients is not None and len(self._clients) >= self._max_clients:
            self._changed.clear()
            if self._listener.closed:
                return False
            await self._changed.wait()
        return True

    def _start(self, stream: Any) -> None:
        task = self._loop.create_task(self._serve(stream))
        self._clients[task] = stream
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        # In this callback, because a task that is cancelled before its start runs no code.
        self._clients.pop(task).close()
        self._changed.set()

    async def _serve(self, stream: Any) -> None:
        try:
            await self._handler(stream)
        except Exception as error:
            self._report(error, stream)

    def _report(self, error: Exception, stream: Any) -> None:
        if self._on_error is not None:
            self._on_error(error, stream)
        elif not client_has_left(error):
            # Without the task: since Python 3.12 asyncio calls the handler in the task's context,
            # which is already entered.
            message = f"The handler of a client of {self._listener!r} failed"
            self._loop.call_exception_handler({"message": message, "exception": error})

    async def _cancel_tasks(self) -> None:
        tasks = set(self._clients)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSING_TIME)
        if self._clients:
            warnings.warn(
                f"handlers that still run although they were cancelled: {len(self._clients)}",
                RuntimeWarning,
                stacklevel=4,
            )
