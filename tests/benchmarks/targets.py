"""Performance targets, as ratios to others in the same run, and the results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Optional

from tests.benchmarks.model import OURS, Result
from tests.benchmarks.peers.registry import (
    MEMORY,
    MEMORY_POLLING,
    MEMORY_SLEEPING,
    MEMORY_VIEWS,
    POLLING,
)


@dataclass(frozen=True)
class Target:
    """A bound for our median divided by theirs: an upper one for time, a lower one for throughput.

    Without PEER the bound is for our median itself, in the unit of the case.
    """

    measure: str
    what: str
    placement: str
    peer: Optional[str]  # noqa: UP045  # evaluated by dataclasses on Python 3.9
    bound: float
    ours: str = OURS

    def result(self, results: Iterable[Result]) -> Result | None:
        """Return the result that the target applies to."""
        wanted = (self.measure, self.what, self.placement)
        for result in results:
            case = result.case
            if (case.measure, case.what, case.placement) == wanted:
                return result
        return None


@dataclass(frozen=True)
class Verdict:
    """A target and its measured value, or `None` if it was not measured."""

    target: Target
    measured: Optional[float]  # noqa: UP045  # as above
    larger_is_better: bool

    @property
    def met(self) -> bool | None:
        if self.measured is None:
            return None
        # Round to the digits shown, to avoid the puzzling '1.10, at most 1.10, no'.
        measured = round(self.measured, 2) if self.target.peer else self.measured
        bound = self.target.bound
        return measured >= bound if self.larger_is_better else measured <= bound


_ROUND_TRIP, _STREAM, _ONE, _TWO = "round trip", "stream", "one core", "two cores"
_LOOP = "round trip on one loop"

_PYPY_TARGETS = (
    Target(_ROUND_TRIP, "64 B", _ONE, "socket", 1.0),
    # The bytes of these connections go over the socket there.
    Target(_ROUND_TRIP, "64 B", _TWO, "socket", 1.10, MEMORY),
)
#: What is measured without a GIL, for which there are no other targets.
_FREE_THREADED_TARGETS = (
    Target(_ROUND_TRIP, "64 B", _TWO, "socket", 0.04, MEMORY_POLLING),
    Target(_ROUND_TRIP, "64 B", _TWO, "C, polling", 0.75, MEMORY_POLLING),
)
_CPYTHON_TARGETS = (
    Target(_ROUND_TRIP, "64 B", _ONE, "socket", 1.10),
    Target(_ROUND_TRIP, "64 B", _ONE, "multiprocessing", 0.65),
    Target(_ROUND_TRIP, "64 B", _TWO, "socket", 0.12, POLLING),
    Target(_ROUND_TRIP, "64 B", _TWO, "multiprocessing", 0.12, POLLING),
    Target(_ROUND_TRIP, "64 B", _TWO, "C, polling", 1.5, POLLING),
    Target(_STREAM, "1,048,576 B", _ONE, "socket", 1.0),
    Target(_STREAM, "1,048,576 B", _TWO, "socket", 1.0),
    Target("stream, buffered reader", "64 B", _ONE, "socket", 1.0),
    Target("stream, buffered reader", "64 B", _TWO, "socket", 1.0),
    Target("messages", "64 B", _ONE, "pyzmq", 1.5),
    Target("messages", "64 B", _TWO, "pyzmq", 1.5),
    Target("connecting", "connect, accept, close", _ONE, "socket", 1.15),
    Target(_LOOP, "asyncio", _ONE, "asyncio streams", 0.75),
    Target(_LOOP, "uvloop", _ONE, "uvloop streams", 1.0),
    Target(_LOOP, "trio", _ONE, "trio.SocketStream", 1.0),
    Target("1,000 clients, asyncio", "requests", _TWO, "asyncio streams", 1.25),
    Target("importing", "import", _ONE, None, 0.010),
    Target("importing", "import", _ONE, "multiprocessing.connection", 1.0),
    Target("memory", "idle, used once", _ONE, "socket", 1.5),
)
#: Those of connections through memory, which need a core for each process.
_MEMORY_TARGETS = (
    Target(_ROUND_TRIP, "64 B", _TWO, "socket", 0.04, MEMORY_POLLING),
    Target(_ROUND_TRIP, "64 B", _TWO, "C, polling", 0.75, MEMORY_POLLING),
    Target(_ROUND_TRIP, "64 B", _TWO, "iceoryx2", 0.35, MEMORY_POLLING),
    Target(_ROUND_TRIP, "64 B", _TWO, "socket", 1.10, MEMORY_SLEEPING),
    Target("messages", "64 B", _TWO, "pyzmq", 2.0, MEMORY),
    Target(_STREAM, "1,048,576 B", _TWO, "socket", 2.0, MEMORY),
    Target(_STREAM, "1,048,576 B", _TWO, "socket", 3.0, MEMORY_VIEWS),
)
_WINDOWS_TARGETS = (
    Target(_ROUND_TRIP, "64 B", _ONE, "multiprocessing", 0.7),
    Target(_ROUND_TRIP, "64 B", _ONE, "pywin32", 1.15),
    *(
        Target(_STREAM, f"{size:,} B", _ONE, "multiprocessing", 2.0)
        for size in (64, 4096, 65536, 1048576)
    ),
)


def targets_for(key: str) -> Sequence[Target]:
    """Return the targets for a Python, given as the key of a run."""
    if key.endswith("-windows"):
        return _WINDOWS_TARGETS
    if key.startswith("pypy-"):
        return _PYPY_TARGETS
    if key.partition("-linux")[0].endswith("t"):
        return _FREE_THREADED_TARGETS
    return (*_CPYTHON_TARGETS, *_MEMORY_TARGETS)


def verdicts(results: Sequence[Result], targets: Sequence[Target]) -> list[Verdict]:
    """Return what was measured for each target."""
    return [_verdict(target, target.result(results)) for target in targets]


def _verdict(target: Target, result: Result | None) -> Verdict:
    if result is None:
        return Verdict(target, None, False)
    larger = result.case.larger_is_better
    if target.peer is not None:
        return Verdict(target, result.ratio(target.peer, target.ours), larger)
    series = result.series.get(target.ours)
    return Verdict(target, series.median if series else None, larger)
