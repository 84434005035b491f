"""Round trips between two processes: a message there, one of the same size back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any

from tests.benchmarks import floor, payload, placement
from tests.benchmarks.model import Case, Contest, Plan, Turn
from tests.benchmarks.peers import registry
from tests.benchmarks.processes import Tell, pair

MEASURE = "round trip"
#: Bytes of a message, and how many round trips are made in a turn.
SIZES = {1: 3000, 64: 5000, 4096: 3000, 65536: 1000}


def contests(plan: Plan) -> list[Contest]:
    """Return a contest for each placement of the two processes."""
    jobs = {size: plan.count(count, least=50) for size, count in SIZES.items()}
    return [_contest(where, jobs) for where in placement.available()]


def _contest(where: placement.Placement, jobs: Mapping[int, int]) -> Contest:
    cases = {size: Case(MEASURE, f"{size:,} B", where.name, size=size) for size in jobs}
    contestants: dict[str, Turn] = {
        name: partial(turn, peer, cases, jobs, where.server, where.client)
        for name, peer in registry.round_trip_peers(where).items()
    }
    if sys.platform != "win32":
        contestants[floor.FLOOR] = partial(_floor_turn, "round-trip", cases, jobs, where)
        if where.has_a_core_for_each:
            contestants[floor.POLLING_FLOOR] = partial(_floor_turn, "polling", cases, jobs, where)
    return Contest(f"{MEASURE}, {where.name}", list(cases.values()), contestants)


def turn(
    peer: str,
    cases: Mapping[int, Case],
    jobs: Mapping[int, int],
    server_cores: Sequence[int],
    client_cores: Sequence[int],
) -> dict[Case, float]:
    """Have two processes exchange messages; return the seconds of one round trip for each case."""
    arguments = {"peer": peer, "jobs": list(jobs.items())}
    _, times = pair(f"{__name__}:serve", f"{__name__}:ask", arguments, server_cores, client_cores)
    return dict(zip(cases.values(), times))


def _floor_turn(
    mode: str, cases: Mapping[int, Case], jobs: Mapping[int, int], where: placement.Placement
) -> dict[Case, float]:
    return {
        case: floor.seconds(mode, size, jobs[size], where) / jobs[size]
        for size, case in cases.items()
    }


def serve(arguments: Mapping[str, Any], tell: Tell) -> None:
    """Answer, in the server's process."""
    listener = registry.load(arguments["peer"]).listen(arguments["address"])
    tell("listening")
    connection = listener.accept()
    send = connection.sender()
    for size, count in arguments["jobs"]:
        message = payload.message_of(size)
        receive = connection.receiver(size)
        for _ in range(payload.CHECKED):
            payload.check(receive(), message)
            send(message)
        _answer(receive, send, message, payload.WARM_UP)
        _answer(receive, send, message, count)
    connection.close()
    listener.close()


def _answer(
    receive: Callable[[], bytes | bytearray],
    send: Callable[[bytes], object],
    message: bytes,
    count: int,
) -> None:
    received: bytes | bytearray = b""
    for _ in range(count):
        received = receive()
        send(message)
    payload.check(received, message)


def ask(arguments: Mapping[str, Any], tell: Tell) -> list[float]:
    """Return the seconds of one round trip for each job, in the client's process."""
    connection = registry.load(arguments["peer"]).connect(arguments["address"])
    send = connection.sender()
    times = []
    for size, count in arguments["jobs"]:
        message = payload.message_of(size)
        receive = connection.receiver(size)
        for _ in range(payload.CHECKED):
            send(message)
            payload.check(receive(), message)
        _time(send, receive, message, payload.WARM_UP)
        times.append(_time(send, receive, message, count) / count)
    connection.close()
    return times


def _time(
    send: Callable[[bytes], object],
    receive: Callable[[], bytes | bytearray],
    message: bytes,
    count: int,
) -> float:
    received: bytes | bytearray = b""
    began = perf_counter()
    for _ in range(count):
        send(message)
        received = receive()
    took = perf_counter() - began
    payload.check(received, message)
    return took
