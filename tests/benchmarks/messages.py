"""One-way message streams between two processes; each message is received individually."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import repeat
from time import perf_counter
from typing import Any

from tests.benchmarks import payload, placement
from tests.benchmarks.model import Case, Contest, Plan, Turn
from tests.benchmarks.peers import registry
from tests.benchmarks.processes import Tell, pair

MEASURE = "messages"
#: Bytes of a message, and how many are sent in a turn.
SIZES = {64: 300_000, 4096: 30_000}


def contests(plan: Plan) -> list[Contest]:
    """Return a contest for each placement of the two processes."""
    jobs = {size: plan.count(count, least=200) for size, count in SIZES.items()}
    return [_contest(where, jobs) for where in placement.available()]


def _contest(where: placement.Placement, jobs: Mapping[int, int]) -> Contest:
    cases = [
        Case(MEASURE, f"{size:,} B", where.name, "1/s", larger_is_better=True, size=size)
        for size in jobs
    ]
    contestants: dict[str, Turn] = {
        name: partial(_turn, peer, cases, jobs, where)
        for name, peer in registry.MESSAGE_PEERS.items()
    }
    return Contest(f"{MEASURE}, {where.name}", cases, contestants)


def _turn(
    peer: str, cases: Sequence[Case], jobs: Mapping[int, int], where: placement.Placement
) -> dict[Case, float]:
    """Have one process send to the other; return how many messages each case moves in a second."""
    arguments = {"peer": peer, "jobs": list(jobs.items())}
    _, rates = pair(f"{__name__}:serve", f"{__name__}:ask", arguments, where.server, where.client)
    return dict(zip(cases, rates))


def serve(arguments: Mapping[str, Any], tell: Tell) -> None:
    """Receive, in the server's process."""
    listener = registry.load(arguments["peer"]).listen(arguments["address"])
    tell("listening")
    connection = listener.accept()
    answer = connection.sender()
    for size, count in arguments["jobs"]:
        message = payload.message_of(size)
        receive = connection.receiver(size)
        for times in (_warm_up(count), count):
            last: Any = b""
            for _ in repeat(None, times):
                last = receive()
                if len(last) != size:
                    break
            answer(b"1")
            payload.check(last, message)
    connection.close()
    listener.close()


def ask(arguments: Mapping[str, Any], tell: Tell) -> list[float]:
    """Return how many messages were moved in a second for each job, in the client's process."""
    connection: Any = registry.load(arguments["peer"]).connect(arguments["address"])
    send_many = getattr(connection, "send_many", None) or _one_by_one(connection.sender())
    answer = connection.receiver(1)
    rates = []
    for size, count in arguments["jobs"]:
        message = payload.message_of(size)
        took = 0.0
        for times in (_warm_up(count), count):
            began = perf_counter()
            send_many(repeat(message, times))
            answered = answer()
            took = perf_counter() - began
            payload.check(answered, b"1")
        rates.append(count / took)
    connection.close()
    return rates


def _one_by_one(send: Any) -> Any:
    def send_many(messages: Any) -> None:
        for message in messages:
            send(message)

    return send_many


def _warm_up(count: int) -> int:
    return min(count, max(payload.WARM_UP, count // 20))


if sys.platform == "win32":
    SIZES = {size: count // 10 for size, count in SIZES.items()}
