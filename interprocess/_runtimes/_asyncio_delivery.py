"""Running a waiting task at once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any


def deliver(waiter: asyncio.Future[Any], result: Any) -> None:
    """Set the result of a future, and run the task that awaits it.

    Only callbacks of the loop may call this, never a task. `set_result` alone would wake the task
    in the next turn of the loop: one system call later, and the task may be cancelled before that,
    which would lose the result.
    """
    # The awaiting task adds the first callback. `None` means that no task awaits the future: other
    # code drives the coroutine and checks the future itself.
    callbacks: Any = waiter._callbacks
    if not callbacks:
        waiter.set_result(result)
        return
    wake, context = callbacks[0]
    waiter.remove_done_callback(wake)
    waiter.set_result(result)
    context.run(wake, waiter)
