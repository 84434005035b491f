"""What an imitated system call has of a real one: no signal handler of Python's comes into it.

A handler that is due while an imitation runs, which is Python code, is put off until that has
returned. CPython from 3.11 looks for signals where functions begin, where loops jump back and after
calls: not between two operators. So the imitation's caller has its result first, as from C.
"""

from __future__ import annotations

import _thread
import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

#: The main thread, in which a process of an imitation imports this when it starts.
_main = _thread.get_ident()
#: An item for each imitated call that the main thread, which runs the handlers, is in.
_inside: list[None] = []
#: The signals whose handlers are put off.
_due: list[int] = []
#: Has a handler run where Python looks next, and not at once, as `raise_signal` may.
_come_again: Any = _thread.interrupt_main if sys.version_info >= (3, 10) else signal.raise_signal


def _forked_in_child() -> None:
    # The thread that forked is the main thread there.
    global _main
    _main = _thread.get_ident()


os.register_at_fork(after_in_child=_forked_in_child)


def uninterrupted(
    function: Callable[..., Any], may_wait: Callable[..., bool] | None = None
) -> Callable[..., Any]:
    """Return a function that does the same as FUNCTION, and puts signal handlers off meanwhile.

    MAY_WAIT tests the arguments for a call that waits and resumes after a handler. Handlers run at
    once there.
    """

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        if _thread.get_ident() != _main or (may_wait and may_wait(*arguments, **options)):
            return function(*arguments, **options)
        inside, due = _inside, _due
        inside += (None,)
        try:
            return function(*arguments, **options)
        finally:
            coming_again = map(_come_again, due)
            # Only operators from here on, so that no handler runs before the return.
            del inside[-1:]
            if due and not inside:
                _ = [*coming_again]
                del due[:]

    return call


def a_handler_is_due() -> bool:
    """Whether a signal has come during this call, before which the system would not wait."""
    return bool(_due) and _thread.get_ident() == _main


def put_handlers_off() -> None:
    """Defer handlers installed from now on to the end of an imitated call."""
    set_handler, get_handler = signal.signal, signal.getsignal

    @functools.wraps(set_handler)
    def set_waiting(number: int, handler: Any) -> Any:
        before = set_handler(number, _waiting(handler))
        return getattr(before, "handler", before)

    @functools.wraps(get_handler)
    def get(number: int) -> Any:
        found = get_handler(number)
        return getattr(found, "handler", found)

    module: Any = signal
    module.signal, module.getsignal = set_waiting, get


def _waiting(handler: Any) -> Any:
    # What Python and others compare with it has to stay the same object.
    if handler is signal.default_int_handler or not callable(handler):
        return handler
    return WaitingHandler(handler)


class WaitingHandler:
    """A signal handler that is called when no imitated call is in progress."""

    def __init__(self, handler: Callable[[int, Any], Any]) -> None:
        self.handler = handler

    def __call__(self, number: int, frame: Any) -> None:
        if _inside:
            _due.append(number)
        else:
            self.handler(number, frame)
