"""The memory of an idle stream in its process and in the kernel."""

from __future__ import annotations

import gc
import os
import re
import socket
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from interprocess.local_socket import pair
from tests.benchmarks import limits, payload, placement
from tests.benchmarks.model import OURS, Case, Contest, NotMeasuredError, Plan
from tests.benchmarks.processes import Tell, alone

MEASURE = "memory"
#: Streams that are open at a time.
COUNT = 10_000
#: Descriptors for everything else.
RESERVE = 50
STATISTICS = Path("/proc/self/statm")
SYSTEM_STATISTICS = Path("/proc/meminfo")
#: Ways to count: new streams, used streams, and used streams with the kernel's memory.
NEW, USED, WITH_KERNEL = "idle, new", "idle, used once", "the same with the kernel's"


def contests(plan: Plan) -> list[Contest]:
    """Return a contest for each way to count."""
    count = min(COUNT, limits.raise_open_files(COUNT + RESERVE) - RESERVE) // 2 * 2
    return [_contest(what, count) for what in (NEW, USED, WITH_KERNEL)]


def _contest(what: str, count: int) -> Contest:
    where = placement.one_core()
    note = "" if count == COUNT else f"{count:,} streams, which the limit of open files allows"
    case = Case(MEASURE, what, where.name, "B", note=note)
    contestants = {name: partial(_turn, name, case, count, where) for name in (OURS, "socket")}
    return Contest(f"{MEASURE}, {what}", [case], {**contestants})


def _turn(name: str, case: Case, count: int, where: placement.Placement) -> dict[Case, float]:
    arguments = {
        "name": name,
        "count": count,
        "use": case.what != NEW,
        "kernel": case.what == WITH_KERNEL,
    }
    return {case: alone(f"{__name__}:measure", arguments, where.server)}


def measure(arguments: Mapping[str, Any], tell: Tell) -> float:
    """Return the bytes of memory for each of the streams."""
    count = arguments["count"]
    limits.raise_open_files(count + RESERVE)
    make = pair if arguments["name"] == OURS else socket.socketpair
    # Create everything that is created once.
    _open(make, 2, arguments["use"])
    taken_by = _all if arguments["kernel"] else _resident
    before = taken_by()
    streams = _open(make, count, arguments["use"])
    gc.collect()
    taken = taken_by() - before
    assert len(streams) == count
    for stream in streams:
        stream.close()
    return float(taken / count)


def _open(make: Any, count: int, use: bool) -> list[Any]:
    streams: list[Any] = []
    for _ in range(count // 2):
        first, second = make()
        if use:
            for one, other in ((first, second), (second, first)):
                one.send(b"1")
                payload.check(other.recv(1), b"1")
        streams += first, second
    return streams


def _resident() -> int:
    """Return the memory use of this process in bytes."""
    if not STATISTICS.exists():
        raise NotMeasuredError(f"{sys.platform} does not tell in {STATISTICS}")
    pages = int(STATISTICS.read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _all() -> int:
    """Return the same plus the memory that the kernel uses for all processes' objects.

    Other processes' memory varies, but the median of several turns is about right.
    """
    pattern = r"^Slab: +(\d+) kB$"
    match = re.search(pattern, SYSTEM_STATISTICS.read_text(), re.MULTILINE)
    if match is None:
        raise NotMeasuredError(f"{SYSTEM_STATISTICS} does not tell")
    return _resident() + int(match[1]) * 1024
