"""Wakers: what wakes the calls that wait in poll(2) for a descriptor.

A waker is a pipe that every waiting call polls beside its own descriptor. Unlike shutdown(2), it
belongs to this process alone, so that waking our own calls ends nothing for others who have the
same socket or pipe.
"""

from __future__ import annotations

import os
from itertools import starmap

from interprocess.os.unix._numbers import close_numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.lifetime import Lifetime

#: By the `id` of the resource whose calls they wake: one for each that was ever waited for here.
wakers: dict[int, Waker] = {}


class Waker:
    """A pipe that makes poll(2) return: what is written into it is never read. pipe(2)."""

    __slots__ = ("numbers",)

    def __init__(self) -> None:
        self.numbers: list[int] = []
        for pair in starmap(os.pipe, ((),)):
            self.numbers += pair

    @property
    def receiver(self) -> int:
        """The end to poll."""
        return self.numbers[0]

    def wake(self) -> None:
        """Make every poll(2) of the receiver return, now and later."""
        os.write(self.numbers[1], b"\0")

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


def wake(resource: Lifetime) -> None:
    """Wake the calls that wait for a resource, if any does."""
    waker = wakers.get(id(resource))
    if waker is not None:
        waker.wake()


def drop_waker(resource: Lifetime) -> None:
    """Close the waker of a resource that no call uses any more."""
    waker = wakers.pop(id(resource), None)
    if waker is not None:
        waker.close()


def _forked_in_child() -> None:
    # The pipes are the parent's too: a wake-up there would wake us, and ours the parent.
    for resource in list(wakers):
        wakers.pop(resource).close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked_in_child)
