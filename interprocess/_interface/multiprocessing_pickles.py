"""Detects whether `multiprocessing` is pickling an object, for another of its processes.

Python's own sockets are registered with the pickler of `multiprocessing`. Registering would need
`multiprocessing` to be imported first, which is slow, or an import hook. So our objects look for
that pickler on the call stack when they are asked for their state.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check_is_for_a_process(owner: object) -> Any:
    """Return the process that is being started with OWNER; `None` if OWNER goes to a running one.

    Raises `TypeError` in any other case.
    """
    from multiprocessing import context

    popen = context.get_spawning_popen()
    if popen is None and not _multiprocessing_pickles():
        raise TypeError(
            f"{owner!r} can be pickled only by multiprocessing, for another process: as an argument"
            " of one that it starts, or through its queues, connections, pools and managers"
        )
    return popen


def _multiprocessing_pickles() -> bool:
    reduction: Any = sys.modules.get("multiprocessing.reduction")
    if reduction is None:
        return False
    picklers = (reduction.ForkingPickler.dumps.__func__.__code__, reduction.dump.__code__)
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code in picklers:
            return True
        frame = frame.f_back  # type: ignore[assignment]  # the last has none
    return False
