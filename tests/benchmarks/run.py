"""Measures us beside others, and prints the tables. `make bench`; docs/performance.md tells more.

run.py [--quick] [--only MEASURE]... [--json FILE] [--svg DIRECTORY] [--markdown FILE]
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

if not __package__:
    # In place of this directory, whose files are not to be found as top-level modules.
    sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)

from tests.benchmarks import machine, report, targets
from tests.benchmarks.model import QUICK, Contest, Plan

#: Modules with a function `contests`.
MEASURES = [
    "round_trip",
    "stream",
    "connecting",
    "asynchronous",
    "thousand_clients",
    "importing",
    "memory",
]
#: Those that Windows can do too.
WINDOWS_MEASURES = ["round_trip", "stream"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the exit status."""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # it is a text file
    options = _parse(arguments)
    measures = WINDOWS_MEASURES if sys.platform == "win32" else MEASURES
    if options.list:
        print("\n".join(measures))
        return 0
    plan = QUICK if options.quick else Plan()
    if options.turns:
        plan = Plan(options.turns, plan.share)
    results = []
    for measure in options.only or measures:
        for contest in _contests(measure, plan):
            results += contest.run(plan.turns, _say)
    verdicts = targets.verdicts(results)
    about = machine.about()
    print(report.text(results, verdicts, about))
    return 1 if any(result.refused for result in results) else 0


def _contests(measure: str, plan: Plan) -> list[Contest]:
    module = importlib.import_module(f"tests.benchmarks.{measure}")
    contests: list[Contest] = module.contests(plan)
    return contests


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="less of everything: under a minute")
    parser.add_argument("--turns", type=int, help="how many turns each contestant takes")
    parser.add_argument(
        "--only", action="append", choices=MEASURES, metavar="MEASURE", help="leave out the others"
    )
    parser.add_argument("--list", action="store_true", help="name the measures and stop")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
