"""The memory that a stream takes which does nothing: of its process, and of the kernel."""

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
#: What is counted: of new streams, of used ones, and the kernel's memory for those too.
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
    # Whatever is made once is made now.
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
    """Return how many bytes of memory this process has."""
    if not STATISTICS.exists():
        raise NotMeasuredError(f"{sys.platform} does not tell in {STATISTICS}")
    pages = int(STATISTICS.read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _all() -> int:
    """Return the same and the memory that the kernel has for everybody's objects.

    That of others changes too: the median of some turns is about right.
    """
    pattern = r"^Slab: +(\d+) kB$"
    match = re.search(pattern, SYSTEM_STATISTICS.read_text(), re.MULTILINE)
    if match is None:
        raise NotMeasuredError(f"{SYSTEM_STATISTICS} does not tell")
    return _resident() + int(match[1]) * 1024
