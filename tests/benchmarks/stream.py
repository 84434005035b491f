"""One-way streams between two processes: many writes, and one answer when all have arrived."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any

from tests.benchmarks import floor, payload, placement
from tests.benchmarks.model import Case, Contest, Plan, Turn
from tests.benchmarks.peers import registry
from tests.benchmarks.processes import Tell, pair

MEASURE = "stream"
BUFFERED_MEASURE = "stream, buffered reader"
#: Bytes of a write, and how many are written in a turn.
SIZES = {64: 50_000, 4096: 15_000, 65536: 3000, 1048576: 300}
#: The one that is also read through a buffered file, message by message.
BUFFERED_SIZE = 64
#: How many writes are compared byte by byte, before those that are timed.
CHECKED = 5


def contests(plan: Plan) -> list[Contest]:
    """Return two contests for each placement of the two processes; on Windows one."""
    jobs = {size: plan.count(count, least=20) for size, count in SIZES.items()}
    buffered_jobs = {BUFFERED_SIZE: jobs[BUFFERED_SIZE]}
    found = []
    for where in placement.available():
        contest = _contest(MEASURE, where, jobs, registry.STREAM_PEERS)
        found.append(contest)
        if sys.platform == "win32":
            continue
        contest.contestants[floor.FLOOR] = partial(_floor_turn, contest.cases, jobs, where)
        found.append(_contest(BUFFERED_MEASURE, where, buffered_jobs, registry.BUFFERED_PEERS))
    return found


def _contest(
    measure: str, where: placement.Placement, jobs: Mapping[int, int], peers: Mapping[str, str]
) -> Contest:
    cases = [
        Case(measure, f"{size:,} B", where.name, "1/s", larger_is_better=True, size=size)
        for size in jobs
    ]
    contestants: dict[str, Turn] = {
        name: partial(_turn, peer, cases, jobs, where) for name, peer in peers.items()
    }
    return Contest(f"{measure}, {where.name}", cases, contestants)


def _turn(
    peer: str, cases: Sequence[Case], jobs: Mapping[int, int], where: placement.Placement
) -> dict[Case, float]:
    """Have one process write to the other; return how many writes each case makes in a second."""
    arguments = {"peer": peer, "jobs": list(jobs.items())}
    _, rates = pair(f"{__name__}:serve", f"{__name__}:ask", arguments, where.server, where.client)
    return dict(zip(cases, rates))


def _floor_turn(
    cases: Sequence[Case], jobs: Mapping[int, int], where: placement.Placement
) -> dict[Case, float]:
    return {
        case: jobs[case.size] / floor.seconds("stream", case.size, jobs[case.size], where)
        for case in cases
    }


def serve(arguments: Mapping[str, Any], tell: Tell) -> None:
    """Receive, in the server's process."""
    listener = registry.load(arguments["peer"]).listen(arguments["address"])
    tell("listening")
    connection = listener.accept()
    answer = connection.sender()
    for size, count in arguments["jobs"]:
        message = payload.message_of(size)
        receive = connection.receiver(size)
        for _ in range(CHECKED):
            payload.check(receive(), message)
        answer(b"1")
        for times in (_warm_up(count), count):
            total, tail = connection.absorb(size, times)
            answer(b"2")
            payload.check_stream(total, tail, message, times)
    connection.close()
    listener.close()


def ask(arguments: Mapping[str, Any], tell: Tell) -> list[float]:
    """Return how many writes were made in a second for each job, in the client's process."""
    connection = registry.load(arguments["peer"]).connect(arguments["address"])
    send = connection.sender()
    answer = connection.receiver(1)
    rates = []
    for size, count in arguments["jobs"]:
        message = payload.message_of(size)
        took = 0.0
        for times, expected in ((CHECKED, b"1"), (_warm_up(count), b"2"), (count, b"2")):
            began = perf_counter()
            for _ in range(times):
                send(message)
            answered = answer()
            took = perf_counter() - began
            payload.check(answered, expected)
        rates.append(count / took)
    connection.close()
    return rates


def _warm_up(count: int) -> int:
    return min(count, max(CHECKED, payload.WARM_UP, count // 20))
