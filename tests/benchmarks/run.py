"""Measures us beside others, and prints the tables. `make bench`; docs/performance.md tells more.

run.py [--quick] [--only MEASURE]... [--json FILE] [--svg DIRECTORY] [--markdown FILE]
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

if not __package__:
    # In place of this directory, whose files are not to be found as top-level modules.
    sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)

from tests.benchmarks import data, machine, markdown, plot, report
from tests.benchmarks.data import Run
from tests.benchmarks.model import OURS, QUICK, Contest, Plan, Result

#: Modules with a function `contests`.
MEASURES = [
    "round_trip",
    "stream",
    "messages",
    "connecting",
    "asynchronous",
    "thousand_clients",
    "importing",
    "memory",
]
#: Those that Windows can do too.
WINDOWS_MEASURES = ["round_trip", "stream", "messages", "asynchronous"]


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
    if options.again:
        run = data.from_json(options.again.read_text(encoding="utf-8"))
    else:
        run = _measure(options.only or measures, plan)
    print(report.text(run))
    _write_files(run, options)
    return 0 if all(map(_is_sound, run.results)) else 1


def _measure(measures: Sequence[str], plan: Plan) -> Run:
    results: list[Result] = []
    for measure in measures:
        for contest in _contests(measure, plan):
            results += contest.run(plan.turns, _say)
    work = "" if plan.share == 1 else f", with {plan.share:.0%} of the usual work in each"
    about = [*machine.about(), f"turns of each contestant: {plan.turns}{work}"]
    return Run(machine.key(), f"{machine.python()} on {machine.system()}", about, results)


def _is_sound(result: Result) -> bool:
    """Return whether all bytes were right, and ours was measured if any contestant was."""
    return not result.refused and (OURS in result.series or not result.series)


def _write_files(run: Run, options: argparse.Namespace) -> None:
    """Write the files that are wanted."""
    if options.json:
        _write(options.json, data.to_json(run))
    pictures: dict[str, Path] = {}
    if options.svg:
        options.svg.mkdir(parents=True, exist_ok=True)
        for name, picture in plot.plots(run.results).items():
            pictures[name] = options.svg / f"{run.key}-{name}.svg"
            _write(pictures[name], picture)
    if options.markdown:
        directory = options.markdown.parent
        paths = {
            name: os.path.relpath(path, directory).replace(os.sep, "/")
            for name, path in pictures.items()
        }
        document = options.markdown.read_text(encoding="utf-8")
        section = markdown.section(run, paths)
        _write(options.markdown, markdown.insert(document, run.key, section))


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)


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
    parser.add_argument(
        "--again", type=Path, metavar="FILE", help="report what --json wrote; measure nothing"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--svg", type=Path, metavar="DIRECTORY", help="write plots there")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="write this Python's section there"
    )
    options = parser.parse_args(arguments)
    if options.markdown and options.only:
        parser.error("--markdown replaces a whole section, and --only measures a part of it")
    return options


if __name__ == "__main__":
    sys.exit(main())
