"""Sending without a receiver: an error, and never the signal SIGPIPE."""

from __future__ import annotations

import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def without_sigpipe(number: int, call: Callable[..., int], *arguments: object) -> int:
    """Return `call(number, *arguments)`; without a receiver, raise an error but no signal.

    Python ignores SIGPIPE, but a program may have changed that. Then the signal is blocked in this
    thread during the call, and removed from its queue if the call raised it: the system sends it to
    the writing thread.
    """
    if signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN:
        return call(number, *arguments)
    sigpipe = {signal.SIGPIPE}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, sigpipe)
    try:
        return call(number, *arguments)
    except BrokenPipeError:
        if signal.SIGPIPE not in before and signal.SIGPIPE in signal.sigpending():
            signal.sigwait(sigpipe)
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def guarded(call: Callable[..., int]) -> Callable[..., int]:
    """Return a function that calls CALL, whose first argument is a descriptor, without SIGPIPE."""

    def call_without_sigpipe(number: int, *arguments: object) -> int:
        return without_sigpipe(number, call, *arguments)

    return call_without_sigpipe
