"""Waking a task at once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any


def deliver(waiter: asyncio.Future[Any], result: Any) -> None:
    """Set the result of a future, and run the task that awaits it.

    To be called by a callback of the loop, never by a task. `set_result` alone would have the task
    woken in the next round of the loop, which is a system call later, and in which the task may be
    cancelled: then what was delivered is lost.
    """
    # What awaits a future adds the first callback. `None` if that has not happened: then somebody
    # other than a task drives the coroutine, and looks for itself.
    callbacks: Any = waiter._callbacks
    if not callbacks:
        waiter.set_result(result)
        return
    wake, context = callbacks[0]
    waiter.remove_done_callback(wake)
    waiter.set_result(result)
    context.run(wake, waiter)
