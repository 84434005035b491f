"""Runs scenarios of one torture, one after the other, and prints a line of JSON for each.

`run.py` starts this in its own process, since the tortured code may hang or kill it.
"""

from __future__ import annotations

import argparse
import dataclasses
import faulthandler
import json
import os
import sys
import warnings
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.torture import tortures
from tests.torture.rounds import HUNG, HungError, Outcome, Watchdog, repeat


def main() -> int:
    """Run as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description="Run scenarios of one torture.")
    parser.add_argument("torture", choices=tortures.NAMES)
    parser.add_argument("scenario", nargs="+")
    parser.add_argument("--seed", required=True)
    parser.add_argument("--seconds", type=float, required=True, help="for each scenario")
    parser.add_argument("--round", type=int)
    options = parser.parse_args()
    faulthandler.enable()
    # The tortures drop open objects and fork while threads run on purpose.
    warnings.simplefilter("ignore", ResourceWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    watchdog = Watchdog(say_hung)
    for scenario in tortures.scenarios(options.torture):
        if scenario.name in options.scenario:
            outcome = Outcome(scenario.name, scenario.tries)
            try:
                repeat(scenario, options.seed, options.seconds, options.round, outcome, watchdog)
            except HungError:
                outcome.hung = True
            print(json.dumps(dataclasses.asdict(outcome)), flush=True)
            if outcome.hung:
                return HUNG
    return 0


def say_hung(outcome: Outcome) -> None:
    """Report everything known before the process is killed."""
    outcome.fail(f"round {outcome.rounds}: hangs; the stacks are on standard error")
    outcome.hung = True
    faulthandler.dump_traceback(all_threads=True)
    print(json.dumps(dataclasses.asdict(outcome)), flush=True)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that hang would keep the process from ending.
    os._exit(status)
