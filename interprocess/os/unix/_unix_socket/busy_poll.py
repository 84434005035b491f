"""Receiving without sleeping: polling for a short time before waiting.

Waking a thread that sleeps on another core takes ten times as long as everything else in a round
trip. A receiver that polls instead answers at once, at the price of a busy core.
"""

from __future__ import annotations

import errno
import os
from itertools import islice, repeat
from time import monotonic

from interprocess._bindings.libc import ffi, libc
from interprocess._interface import lifetime
from interprocess._interface.lifetime import ClosedError
from interprocess.os.unix import _calls
from interprocess.os.unix._unix_socket.peer_creds import peer_creds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.byte_stream import Noted, WritableBuffer
    from interprocess.os.unix._unix_socket.descriptor import SocketDescriptor

_NOT_YET = (errno.EAGAIN, errno.EINTR)

#: Yields the core to another process that waits for it.
_give_way = os.sched_yield if hasattr(os, "sched_yield") else lambda: None

#: The number of attempts between two looks at the clock, ...
_ATTEMPTS = 8
#: ... and the number of looks between two yields of the core: even with several cores, the system
#: may have put the sender on ours.
_LOOKS = 8


def refuse_busy_poll(seconds: float) -> None:
    """Refuse to poll in an event loop, where other tasks have to run meanwhile."""
    if seconds:
        raise ValueError("an asynchronous stream waits in its event loop: busy_poll is not for it")


def may_poll(number: int) -> bool:
    """Return true if polling a socket does not keep its peer from running, as far as is known.

    With a single core, the peer must not share it: sched_yield(2) would help it far less than our
    sleeping does.
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
    """Receive without waiting, for at most SECONDS and not past DEADLINE; -1 if no data came.

    The result is also appended to the list NOTED, before a signal handler can raise. Other threads
    run during each attempt, which is a system call. Polling ends when the descriptor is closed;
    signal handlers run between the attempts.
    """
    # All in one frame, with `Descriptor.perform` inlined, because this module is about speed.
    not_yet, uses = _NOT_YET, descriptor.uses
    uses.append(lifetime.generation)
    try:
        with _calls.writable_memory(buffer) as memory:
            size = len(memory)
            end, looks = monotonic() + seconds, 0
            if deadline is not None:
                end = min(end, deadline)
            # Each item is a call, without a signal handler before `errno` is read.
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
                    # At once, since the next call would not report the same error again.
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
