"""Test the package's promises under stress. `make torture`.

    python tests/torture/run.py                      everything; exit status 1 if anything fails
    python tests/torture/run.py --only forks         one torture; may be repeated
    python tests/torture/run.py --only forks/storm   one scenario
    python tests/torture/run.py --seconds 300        so long for each torture
    python tests/torture/run.py --seed 7             as that run did, where nothing races
    python tests/torture/run.py --only faults/listening --seed 7 --round 12    one round, repeated
    python tests/torture/run.py --python PATH        with another Python; may be repeated
    python tests/torture/run.py --free-threaded      and then on a Python without a GIL
    python tests/torture/run.py --write              and write docs/torture.md, after everything

What it prints first is the seed.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.matrix import free_threaded
from tests.torture import report, tortures
from tests.torture.rounds import LONGEST_ROUND, Outcome

CHILD = Path(__file__).with_name("child.py")


def main() -> int:
    """Run as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description="Torture what the package promises.")
    parser.add_argument("--only", action="append", help="TORTURE or TORTURE/SCENARIO")
    parser.add_argument("--seconds", type=float, default=30.0, help="for each torture")
    parser.add_argument("--seed", default=secrets.token_hex(4))
    parser.add_argument("--round", type=int, help="repeat only this round")
    parser.add_argument("--python", action="append", help="path of an interpreter")
    parser.add_argument("--free-threaded", action="store_true", help="also without a GIL")
    parser.add_argument("--write", action="store_true", help="write docs/torture.md")
    options = parser.parse_args()
    chosen = choose(options.only)
    print(f"seed {options.seed}", flush=True)
    runs = []
    pythons = options.python or [sys.executable]
    if options.free_threaded:
        pythons.append(str(free_threaded.python()))
    for python in pythons:
        outcomes: dict[str, list[Outcome]] = {}
        runs.append(report.Run(report.about_python(python), options.seed, outcomes))
        print(f"\n{runs[-1].python}", flush=True)
        for torture, names in chosen.items():
            outcomes[torture] = []
            for outcome in run(
                python, torture, names, options.seed, options.seconds, options.round
            ):
                outcomes[torture].append(outcome)
                print(report.line(torture, outcome), flush=True)
    if options.write and not options.only:
        report.write(runs)
    return 0 if all(one.well for one in runs) else 1


def choose(only: list[str] | None) -> dict[str, list[str]]:
    """Return the names of the scenarios that were asked for, by their tortures."""
    every = {name: [s.name for s in tortures.scenarios(name)] for name in tortures.NAMES}
    if only is None:
        return every
    chosen: dict[str, list[str]] = {}
    for word in only:
        torture, _, scenario = word.partition("/")
        known = every.get(torture, [])
        if not known or (scenario and scenario not in known):
            raise SystemExit(f"there is no {word!r}; there are {every}")
        chosen.setdefault(torture, []).extend([scenario] if scenario else known)
    return chosen


def run(
    python: str, torture: str, names: list[str], seed: str, seconds: float, only_round: int | None
) -> Iterator[Outcome]:
    """Run the scenarios of one torture for SECONDS in all, and yield the outcome of each."""
    known = {scenario.name: scenario for scenario in tortures.scenarios(torture)}
    left = list(names)
    each = seconds / len(names)
    while left:
        command = [
            *(python, "-W", "ignore", str(CHILD), torture, *left),
            *("--seed", seed, "--seconds", str(each)),
            *(() if only_round is None else ("--round", str(only_round))),
        ]
        status, output, errors = call(command, seconds + len(left) * 2 * LONGEST_ROUND)
        outcomes = [Outcome(**json.loads(line)) for line in output.splitlines()]
        for outcome in outcomes:
            left.remove(outcome.scenario)
            yield outcome
        if errors:
            print(errors, file=sys.stderr, flush=True)
        if left and (status != 0 or not outcomes) and not (outcomes and outcomes[-1].hung):
            died = Outcome(left[0], known[left.pop(0)].tries)
            died.fail(f"the process ended with status {status}: {errors[-500:]}")
            yield died


def call(command: list[str], patience: float) -> tuple[int, str, str]:
    """Run COMMAND; return its exit status and what it wrote."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        # All that it leaves running is ended with it.
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        output, errors = process.communicate()
    try:
        os.killpg(process.pid, 9)
    except ProcessLookupError:
        pass
    return process.returncode, output, errors


if __name__ == "__main__":
    raise SystemExit(main())
