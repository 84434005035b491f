"""Receiving without sleeping: ask the system again and again, for a short time, before waiting.

To wake a thread that sleeps on another core takes ten times as long as everything else in a round
trip. A receiver that polls for that long instead answers at once, at the price of a busy core.
"""

from __future__ import annotations

import errno
import os
from time import monotonic

from interprocess._bindings.libc import ffi, libc
from interprocess.os.unix import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData
    from interprocess.os.unix._socket import SocketDescriptor


#: Lets another process have the core, if one waits for it: the sender may be that one.
_give_way = os.sched_yield if hasattr(os, "sched_yield") else lambda: None


def has_a_core_to_spare() -> bool:
    """Whether this process may run on more than one core: on one, polling keeps the peer off it."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) > 1
    return (os.cpu_count() or 1) > 1


def poll_and_receive(
    number: int,
    descriptor: SocketDescriptor,
    memory: CData,
    size: int,
    seconds: float,
    deadline: float | None,
) -> int:
    """Receive without waiting, for at most SECONDS and not past DEADLINE; -1 if nothing came.

    Every attempt is a system call, during which other threads run. It ends when the descriptor is
    being closed; signal handlers run between the attempts.
    """
    receive, flags, give_way = libc.recv, _calls.MSG_DONTWAIT, _give_way
    end = monotonic() + seconds
    if deadline is not None:
        end = min(end, deadline)
    while not descriptor.closing:
        count = receive(number, memory, size, flags)
        if count >= 0:
            return count
        if ffi.errno not in (errno.EAGAIN, errno.EINTR):
            raise _calls.system_error("recv")
        if monotonic() >= end:
            break
        give_way()
    return -1
