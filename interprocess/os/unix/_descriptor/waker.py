"""Wakers, which wake calls that wait in poll(2) for a descriptor.

A waker is a pipe that every waiting call polls together with its own descriptor. Unlike
shutdown(2), it belongs only to this process, so that waking our own calls does not affect other
processes with the same socket or pipe.

A resource gets its own waker when a clone or another process has it too. Until then shutdown(2)
wakes its calls, and they poll the common waker. When that changes for one resource, by a fork or a
clone, the common waker wakes all of these calls, and each determines its waker again. So a thousand
connections with timeouts need one pipe, not a thousand. It is closed with the last resource that
has polled it.
"""

from __future__ import annotations

import os
from itertools import starmap

# Imported first: after a fork, the epoch must change before the common waker wakes calls.
from interprocess._interface.lifetime import Lifetime
from interprocess.os.unix._descriptor.numbers import close_numbers

#: The wakers by the `id` of the resource whose calls they wake, once a call has waited.
wakers: dict[int, Waker] = {}

#: The common waker, or an earlier one, by the `id` of each resource whose calls have polled it.
common_wakers: dict[int, Waker] = {}


class Waker:
    """A pipe that makes poll(2) return: data written to it is never read. pipe(2)."""

    __slots__ = ("numbers", "woken")

    def __init__(self) -> None:
        self.woken = False
        self.numbers: list[int] = []
        for pair in starmap(os.pipe, ((),)):
            self.numbers += pair

    @property
    def receiver(self) -> int:
        """The end to poll; -1, which poll(2) ignores, in a child that a signal handler forked."""
        return self.numbers[0] if self.numbers else -1

    def wake(self) -> None:
        """Make every present and future poll(2) of the receiver return."""
        os.write(self.numbers[1], b"\0")
        self.woken = True

    def close(self) -> None:
        """Close both ends."""
        close_numbers(self.numbers)

    def __del__(self) -> None:
        if hasattr(self, "numbers"):  # Missing if an interrupt came first.
            self.close()


def waker_of(resource: Lifetime) -> Waker:
    """Return the waker of a resource, the same for all of its calls. Only for use inside a call."""
    waker = wakers.get(id(resource))
    # Several threads may get here at once; one of their wakers stays.
    return waker or wakers.setdefault(id(resource), Waker())


def common_waker_of(resource: Lifetime) -> Waker:
    """Return the waker of all calls that shutdown(2) wakes too. Only for use inside a call."""
    waker = common_wakers.get(id(resource))
    if waker is None or waker.woken:
        [waker] = list(common_wakers.values())[-1:] or (Waker(),)
        if waker.woken:
            waker = Waker()
        common_wakers[id(resource)] = waker
    return waker


def wake_common() -> None:
    """Make every call that polls a common waker determine its waker again."""
    for resource in list(common_wakers):
        waker = common_wakers.pop(resource, None)
        if waker is not None and not waker.woken:
            waker.wake()


def wake(resource: Lifetime) -> None:
    """Wake the calls that wait for a resource, if there are any."""
    waker = wakers.get(id(resource))
    if waker is not None:
        waker.wake()


def drop_waker(resource: Lifetime) -> None:
    """Close the waker of a resource without calls."""
    common_wakers.pop(id(resource), None)
    waker = wakers.pop(id(resource), None)
    if waker is not None:
        waker.close()


def _forked_in_child() -> None:
    # The parent shares the pipes: a wake-up in one process would wake the other.
    for some in (wakers, common_wakers):
        for resource in list(some):
            some.pop(resource).close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_parent=wake_common, after_in_child=_forked_in_child)
