"""Receiving without sleeping: ask the system again and again, for a short time, before waiting.

To wake a thread that sleeps on another core takes ten times as long as everything else in a round
trip. A receiver that polls for that long instead answers at once, at the price of a busy core.
"""

from __future__ import annotations

import errno
import os
from itertools import islice, repeat
from time import monotonic

from interprocess._bindings.libc import ffi, libc
from interprocess._interface import lifetime
from interprocess._interface.lifetime import ClosedError
from interprocess._interface.timeouts import checked_timeout
from interprocess.os.unix import _calls
from interprocess.os.unix._unix_socket.peer_creds import peer_creds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.byte_stream import Noted, WritableBuffer
    from interprocess.os.unix._unix_socket.descriptor import SocketDescriptor

_NOT_YET = (errno.EAGAIN, errno.EINTR)

#: Lets another process have the core, if one waits for it.
_give_way = os.sched_yield if hasattr(os, "sched_yield") else lambda: None

#: How many attempts are made between two looks at the clock, ...
_ATTEMPTS = 8
#: ... and how many looks between two times that the core is offered to others: though there are
#: several, the system may have put the sender on ours.
_LOOKS = 8


def checked_busy_poll(seconds: float) -> float:
    """Return for how long to poll; raises `TypeError` or `ValueError` for what is no time."""
    checked = checked_timeout(seconds, "busy_poll")
    if checked is None:
        raise TypeError("busy_poll must be a number of seconds, not None")
    return checked


def refuse_busy_poll(seconds: float) -> None:
    """Refuse streams that poll: with an event loop, others want to run meanwhile."""
    if seconds:
        raise ValueError("an asynchronous stream waits in its event loop: busy_poll is not for it")


def may_poll(number: int) -> bool:
    """Whether polling a socket does not keep its peer from running, as far as we can tell.

    Where we have one core only, the peer must not have it too: sched_yield(2) would not help it
    half as much as our sleeping does.
    """
    if not _calls.MSG_DONTWAIT:
        return False  # Every attempt would wait.
    if not hasattr(os, "sched_getaffinity"):
        return (os.cpu_count() or 1) > 1
    ours = os.sched_getaffinity(0)
    if len(ours) > 1:
        return True
    try:
        peer = peer_creds(number).pid
        return peer is not None and not ours & os.sched_getaffinity(peer)
    except OSError:
        return False  # It is in another pid namespace, or has ended.


def poll_and_receive(
    descriptor: SocketDescriptor,
    buffer: WritableBuffer,
    seconds: float,
    deadline: float | None,
    noted: Noted = (),
) -> int:
    """Receive without waiting, for at most SECONDS and not past DEADLINE; -1 if nothing came.

    The list NOTED gets the result before a signal handler can raise.

    Every attempt is a system call, during which other threads run. It ends when the descriptor is
    closed; signal handlers run between the attempts.
    """
    # `Descriptor.perform` and all in one frame, for the reason why there is this module.
    not_yet, uses = _NOT_YET, descriptor.uses
    uses.append(lifetime.generation)
    try:
        with _calls.writable_memory(buffer) as memory:
            size = len(memory)
            end, looks = monotonic() + seconds, 0
            if deadline is not None:
                end = min(end, deadline)
            # Each item is a call, made without a signal handler between it and reading `errno`.
            calls = map(
                libc.recv,
                repeat(descriptor.number),
                repeat(memory),
                repeat(size),
                repeat(_calls.MSG_DONTWAIT),
            )
            while not descriptor.closing:
                for count in islice(calls, _ATTEMPTS):
                    if count >= 0:
                        noted += (count,)
                        if not count and size and descriptor.closing:
                            raise ClosedError
                        return count
                    # At once: the next call would not report the same error again.
                    if ffi.errno not in not_yet:
                        raise _calls.system_error("recv", ffi.errno)
                if monotonic() >= end:
                    return -1
                looks += 1
                if looks == _LOOKS:
                    looks = 0
                    _give_way()
        raise ClosedError
    except OSError:
        if descriptor.closing:
            raise ClosedError from None
        raise
    finally:
        uses.pop()
        if descriptor.closing:
            descriptor.settle()
