"""The results of the tortures: lines on the terminal, and the page docs/torture.md."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.torture import tortures
from tests.torture.rounds import Outcome

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "torture.md"

_DESCRIBE = """
import platform, sys
gil = "" if getattr(sys, "_is_gil_enabled", lambda: True)() else ", without a GIL"
print(platform.python_implementation(), platform.python_version() + gil)
"""

_HEAD = """\
# Tortures

Written by `make torture`; do not edit.

`make torture` does to the package, for minutes, what programs do to it by accident: threads that
close what others use, signals at every moment, forks in the midst of calls, system calls that fail,
peers that die, floods. The random seed is printed and can be given again; `tests/torture/run.py`
says how. A short run of each torture is part of the tests. After every round the process must have
as many descriptors, threads and files as before, and strangers must be untouched: pipes and socket
pairs with a tag in them, which take the numbers that become free.
"""


@dataclass
class Run:
    """The results on one Python."""

    python: str
    seed: str
    outcomes: dict[str, list[Outcome]]

    @property
    def well(self) -> bool:
        """Whether nothing failed."""
        return not any(o.failed for outcomes in self.outcomes.values() for o in outcomes)


def about_python(python: str) -> str:
    """Return the name of an interpreter."""
    return subprocess.check_output([python, "-c", _DESCRIBE], text=True).strip()


def line(torture: str, outcome: Outcome) -> str:
    """Return a line about a scenario, with its first failures below."""
    name = f"{torture}/{outcome.scenario}"
    verdict = f"{outcome.failed} FAILED" if outcome.failed else "ok"
    first = (
        f"{name:34} {outcome.tried:>9,} {outcome.tries}, "
        f"{outcome.rounds:,} rounds in {outcome.seconds:.1f} s: {verdict}"
    )
    return "\n".join([first, *(f"    {failure}" for failure in outcome.failures)])


def write(runs: list[Run]) -> None:
    """Write the page."""
    PAGE.write_text(page(runs), "utf-8")


def page(runs: list[Run]) -> str:
    """Return the text of the page."""
    now = dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.check_output(git, text=True).strip()
    system = os.uname()
    machine = f"{system.sysname} {system.release} with {os.cpu_count()} cores"
    lines = [
        _HEAD,
        f"The last run: {now}, commit {commit}, on {machine}.",
    ]
    for run in runs:
        lines += ["", f"## {run.python}", "", f"Seed {run.seed}.", ""]
        lines += ["| Torture | Scenario | Tried | How often | Failures |"]
        lines += ["| --- | --- | --- | --- | --- |"]
        for torture, outcomes in run.outcomes.items():
            lines += [
                f"| {torture} | {o.scenario} | {o.tries} | {o.tried:,} | {o.failed:,} |"
                for o in outcomes
            ]
    lines += ["", "## What each does", ""]
    lines += [f"- **{name}**: {tortures.about(name)}" for name in runs[0].outcomes]
    return "\n".join(lines) + "\n"
