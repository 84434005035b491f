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

from tests.benchmarks import data, machine, markdown, plot, report, targets
from tests.benchmarks.model import QUICK, Contest, Plan, Result

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
WINDOWS_MEASURES = ["round_trip", "stream", "asynchronous"]


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
    results: list[Result] = []
    for measure in options.only or measures:
        for contest in _contests(measure, plan):
            results += contest.run(plan.turns, _say)
    _deliver(results, options)
    return 1 if any(result.refused for result in results) else 0


def _deliver(results: Sequence[Result], options: argparse.Namespace) -> None:
    """Print the tables, and write the files that are wanted."""
    verdicts = targets.verdicts(results)
    about = machine.about()
    turns = options.turns or (QUICK if options.quick else Plan()).turns
    much = " with a tenth of the usual work in each" if options.quick else ""
    about.append(f"turns of each contestant: {turns}{much}")
    print(report.text(results, verdicts, about))
    if options.json:
        _write(options.json, data.to_json(results, verdicts, about))
    pictures: dict[str, Path] = {}
    if options.svg:
        options.svg.mkdir(parents=True, exist_ok=True)
        for name, picture in plot.plots(results).items():
            pictures[name] = options.svg / f"{machine.key()}-{name}.svg"
            _write(pictures[name], picture)
    if options.markdown:
        directory = options.markdown.parent
        paths = {
            name: os.path.relpath(path, directory).replace(os.sep, "/")
            for name, path in pictures.items()
        }
        title = f"{machine.python()} on {machine.system()}"
        text = markdown.section(title, results, verdicts, about, paths)
        document = options.markdown.read_text(encoding="utf-8")
        _write(options.markdown, markdown.insert(document, machine.key(), text))


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
