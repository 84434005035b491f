"""Where the two processes of a measurement run."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Placement:
    """The cores of the server and of the client; none lets the system choose."""

    name: str
    server: tuple[int, ...] = ()
    client: tuple[int, ...] = ()

    @property
    def has_a_core_for_each(self) -> bool:
        """Whether the two processes run on different cores."""
        return self.server != self.client

    @property
    def either(self) -> tuple[int, ...]:
        """All the cores of both."""
        return tuple(sorted({*self.server, *self.client}))


def available() -> list[Placement]:
    """Return the placements that this machine has."""
    cores = usable_cores()
    if not cores:
        # The Windows bench pins everything to one core. Elsewhere the placement is unknown.
        on_bench = os.environ.get("INTERPROCESS_TEST_BENCH") == "wine"
        return [Placement("one core" if on_bench else "unplaced")]
    first, last = cores[0], cores[-1]
    placements = [Placement("one core", (first,), (first,))]
    if len(cores) > 1:
        placements.append(Placement("two cores", (last,), (first,)))
    return placements


def one_core() -> Placement:
    """Return the placement of a single process."""
    return available()[0]


# Linux supports this, but PyPy lacks the functions of `os`.

#: A set of cores as the system's calls take it: a bit for each, of 1,024.
_CoreSet = ctypes.c_ulong * (1024 // (8 * ctypes.sizeof(ctypes.c_ulong)))


def usable_cores() -> list[int]:
    """Return the cores that this process may run on; none where that cannot be chosen."""
    if not sys.platform.startswith("linux"):
        return []
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    cores = _CoreSet()
    _call("sched_getaffinity", cores)
    bits = int.from_bytes(bytes(cores), sys.byteorder)
    return [core for core in range(1024) if bits >> core & 1]


def place(cores: Sequence[int]) -> None:
    """Make this process run on these cores only, or on any if there are none."""
    if not cores:
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
        return
    bits = sum(1 << core for core in cores)
    size = ctypes.sizeof(_CoreSet)
    _call("sched_setaffinity", _CoreSet.from_buffer_copy(bits.to_bytes(size, sys.byteorder)))


def _call(name: str, cores: ctypes.Array[ctypes.c_ulong]) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(0, ctypes.sizeof(cores), ctypes.byref(cores)) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
