"""Where the two processes of a measurement run."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Placement:
    """The cores of the server and of the client; none: wherever the system likes."""

    name: str
    server: tuple[int, ...] = ()
    client: tuple[int, ...] = ()

    @property
    def either(self) -> tuple[int, ...]:
        """All the cores of both."""
        return tuple(sorted({*self.server, *self.client}))


def available() -> list[Placement]:
    """Return the placements that this machine has."""
    if not hasattr(os, "sched_setaffinity"):
        # The Windows bench pins everything to one core; elsewhere nobody can tell.
        on_bench = os.environ.get("INTERPROCESS_TEST_BENCH") == "wine"
        return [Placement("one core" if on_bench else "unplaced")]
    cores = sorted(os.sched_getaffinity(0))
    first, last = cores[0], cores[-1]
    placements = [Placement("one core", (first,), (first,))]
    if len(cores) > 1:
        placements.append(Placement("two cores", (last,), (first,)))
    return placements


def one_core() -> Placement:
    """Return the placement of a process that is alone."""
    return available()[0]
