"""Waiting for any of several descriptors."""

from __future__ import annotations

import errno
from time import monotonic

from interprocess._bindings.libc import ffi
from interprocess._interface import lifetime
from interprocess._interface.byte_stream import closed_error
from interprocess.errors import UnsupportedError
from interprocess.os.unix import _calls
from interprocess.os.unix._descriptor.descriptor import milliseconds_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from interprocess.os.unix._descriptor.descriptor import Descriptor
    from interprocess.os.unix._descriptor.waker import Waker


def wait_for_ends(ends: Sequence[Any], deadline: float | None) -> list[int]:
    """Return the indices of the ENDS that are ready to receive, waiting until DEADLINE. poll(2).

    Every descriptor is held meanwhile, as by a call in progress: see `Descriptor.perform`. Raises
    `ValueError` if one of them is closed.
    """
    descriptors: list[Descriptor] = [end._descriptor for end in ends]
    for end in ends:
        if not getattr(end._descriptor, "is_polled", True):
            raise UnsupportedError(errno.ENOTSUP, f"poll(2) does not report the end of {end!r}")
    in_progress: list[list[int]] = []
    leave = map(list.pop, in_progress)
    left: list[int] = []
    mark = (lifetime.generation,)
    try:
        for descriptor in descriptors:
            # No signal handler can raise between these: see `interprocess._interface.lifetime`.
            uses = descriptor.uses
            uses += mark
            in_progress += (uses,)
        return _wait(ends, descriptors, deadline)
    finally:
        left += leave  # All of them, or none.
        for descriptor in descriptors:
            if descriptor.closing:
                descriptor.settle()


def _wait(
    ends: Sequence[Any], descriptors: Sequence[Descriptor], deadline: float | None
) -> list[int]:
    may_wait = False
    while True:
        # Repeated after every signal, since a handler may have forked: the child has no wakers.
        wakers = list({each.current_waker() for each in descriptors if may_wait})
        entries, count = _poll_entries(descriptors, wakers)
        _check_open(ends, descriptors)
        is_over = deadline is not None and monotonic() >= deadline
        try:
            _calls.poll(entries, count, milliseconds_until(deadline) if may_wait else 0)
        except InterruptedError:
            continue
        _check_open(ends, descriptors)
        for i, waker in enumerate(wakers, len(ends)):
            if entries[i].revents:
                waker.woken = True
        ready = [i for i, end in enumerate(ends) if entries[i].revents and _is_ready(end)]
        if ready or is_over:
            return ready
        # Not earlier: wakers are descriptors too, and mostly an end is ready at once.
        may_wait = True


def _poll_entries(descriptors: Sequence[Descriptor], wakers: Sequence[Waker]) -> tuple[Any, int]:
    numbers = [descriptor.number for descriptor in descriptors]
    numbers += [waker.receiver for waker in wakers]
    entries = ffi.new("struct pollfd[]", len(numbers))
    for i, number in enumerate(numbers):
        entries[i].fd = number
        entries[i].events = _calls.POLLIN
    return entries, len(numbers)


def _check_open(ends: Sequence[Any], descriptors: Sequence[Descriptor]) -> None:
    for end, descriptor in zip(ends, descriptors):
        if descriptor.closing:
            raise closed_error(end)


def _is_ready(end: Any) -> bool:
    """Return true if an end that poll(2) reports is ready for the user: it may reject clients."""
    admits_one = getattr(end, "_admits_one", None)
    return admits_one is None or admits_one()
