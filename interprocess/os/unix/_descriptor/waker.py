"""Wakers: what wakes the calls that wait in poll(2) for a descriptor.

A waker is a pipe that every waiting call polls beside its own descriptor. Unlike shutdown(2), it
belongs to this process alone, so that waking our own calls ends nothing for others who have the
same socket or pipe.

A resource gets a waker of its own when somebody else has it too. Until then shutdown(2) wakes its
calls, and they poll the common waker: it wakes them all when that changes for one of them, by a
fork or a clone, and each looks again which waker is its own. So a thousand connections with
timeouts need one pipe, not a thousand. It is closed with the last resource that has polled it.
"""

from __future__ import annotations

import os
from itertools import starmap

# Imported first: after a fork the epoch is another one before the common waker wakes anybody.
from interprocess._interface.lifetime import Lifetime
from interprocess.os.unix._descriptor.numbers import close_numbers

#: By the `id` of the resource whose calls they wake: one for each that was ever waited for here.
wakers: dict[int, Waker] = {}

#: By the `id` of each resource whose calls have polled it: the common waker, or an earlier one.
common_wakers: dict[int, Waker] = {}


class Waker:
    """A pipe that makes poll(2) return: what is written into it is never read. pipe(2)."""

    __slots__ = ("numbers", "woken")

    def __init__(self) -> None:
        self.woken = False
        self.numbers: list[int] = []
        for pair in starmap(os.pipe, ((),)):
            self.numbers += pair

    @property
    def receiver(self) -> int:
        """The end to poll; -1, which poll(2) overlooks, in a child that a signal handler forked."""
        return self.numbers[0] if self.numbers else -1

    def wake(self) -> None:
        """Make every poll(2) of the receiver return, now and later."""
        os.write(self.numbers[1], b"\0")
        self.woken = True

    def close(self) -> None:
        """Close both ends."""
        close_numbers(self.numbers)

    def __del__(self) -> None:
        if hasattr(self, "numbers"):  # Not there yet if an interrupt came first.
            self.close()


def waker_of(resource: Lifetime) -> Waker:
    """Return the waker of a resource, the same to all its calls. To be asked inside a call."""
    waker = wakers.get(id(resource))
    # Several threads may come here at once; one of their wakers stays.
    return waker or wakers.setdefault(id(resource), Waker())


def common_waker_of(resource: Lifetime) -> Waker:
    """Return the waker of all calls that shutdown(2) wakes as well. To be asked inside a call."""
    waker = common_wakers.get(id(resource))
    if waker is None or waker.woken:
        [waker] = list(common_wakers.values())[-1:] or (Waker(),)
        if waker.woken:
            waker = Waker()
        common_wakers[id(resource)] = waker
    return waker


def wake_common() -> None:
    """Have every call that polls a common waker look again which waker is its own."""
    for resource in list(common_wakers):
        waker = common_wakers.pop(resource, None)
        if waker is not None and not waker.woken:
            waker.wake()


def wake(resource: Lifetime) -> None:
    """Wake the calls that wait for a resource, if any does."""
    waker = wakers.get(id(resource))
    if waker is not None:
        waker.wake()


def drop_waker(resource: Lifetime) -> None:
    """Close the waker of a resource that no call uses any more."""
    common_wakers.pop(id(resource), None)
    waker = wakers.pop(id(resource), None)
    if waker is not None:
        waker.close()


def _forked_in_child() -> None:
    # The pipes are the parent's too: a wake-up there would wake us, and ours the parent.
    for some in (wakers, common_wakers):
        for resource in list(some):
            some.pop(resource).close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_parent=wake_common, after_in_child=_forked_in_child)
