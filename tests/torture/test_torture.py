"""A short run of each torture, always with the same seed; `make torture` runs them for minutes."""

from __future__ import annotations

import sys

import pytest

from tests.torture import report, tortures
from tests.torture.run import run

SEED = "short"
#: For each torture; ten seconds in all.
SECONDS = 1.0


@pytest.mark.parametrize("torture", tortures.NAMES)
def test_short_run(torture: str) -> None:
    names = [scenario.name for scenario in tortures.scenarios(torture)]
    outcomes = list(run(sys.executable, torture, names, SEED, SECONDS, None))
    assert {outcome.scenario for outcome in outcomes} == set(names)
    failed = [report.line(torture, outcome) for outcome in outcomes if outcome.failed]
    again = f"python tests/torture/run.py --only {torture} --seed {SEED}"
    assert not failed, "\n".join([*failed, again])
