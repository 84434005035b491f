"""The time of an import in a fresh Python with cached bytecode."""

from __future__ import annotations

import statistics
import subprocess
import sys
from functools import cache, partial

from tests.benchmarks import placement
from tests.benchmarks.model import OURS, Case, Contest, NotMeasuredError, Plan
from tests.benchmarks.processes import PATIENCE, ROOT

MEASURE = "importing"
MODULES = {
    OURS: "interprocess.local_socket",
    "multiprocessing.connection": "multiprocessing.connection",
    "socket": "socket",
    "asyncio": "asyncio",
}
#: Processes in a turn.
COUNT = 7

PROGRAM = """
import sys, time
sys.path.insert(0, sys.argv[1])
began = time.perf_counter()
import {module}
print(time.perf_counter() - began)
"""


def contests(plan: Plan) -> list[Contest]:
    """Return the only contest."""
    where = placement.one_core()
    case = Case(MEASURE, "import", where.name)
    count = plan.count(COUNT, least=3)
    contestants = {name: partial(_turn, module, case, count) for name, module in MODULES.items()}
    return [Contest(MEASURE, [case], {**contestants})]


def _turn(module: str, case: Case, count: int) -> dict[Case, float]:
    _warm(module)
    return {case: statistics.median(_seconds(module) for _ in range(count))}


@cache
def _warm(module: str) -> None:
    """Import it once to cache the bytecode."""
    _seconds(module)


def _seconds(module: str) -> float:
    # Isolated, so that the environment does not keep the bytecode from being written.
    command = [sys.executable, "-I", "-c", PROGRAM.format(module=module), str(ROOT)]
    completed = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    if completed.returncode:
        raise NotMeasuredError(completed.stderr.strip().splitlines()[-1])
    return float(completed.stdout)
