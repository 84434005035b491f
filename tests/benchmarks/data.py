"""A whole run, and the same as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.model import Case, Result, Series
from tests.benchmarks.targets import Verdict, targets_for, verdicts


@dataclass(frozen=True)
class Run:
    """All results of one run. KEY is a short name for files and marks; TITLE is for readers."""

    key: str
    title: str
    about: Sequence[str]
    results: Sequence[Result]

    @property
    def verdicts(self) -> list[Verdict]:
        return verdicts(self.results, targets_for(self.key))


def to_json(run: Run) -> str:
    """Return every figure of every turn, the medians and ratios, and the targets."""
    document = {
        "key": run.key,
        "title": run.title,
        "about": list(run.about),
        "results": [_result(result) for result in run.results],
        "targets": [
            {**dataclasses.asdict(verdict.target), "measured": verdict.measured, "met": verdict.met}
            for verdict in run.verdicts
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _result(result: Result) -> dict[str, Any]:
    return {
        "case": dataclasses.asdict(result.case),
        "contestants": {
            name: {
                "median": series.median,
                "quartiles": series.quartiles,
                "extremes": series.extremes,
                "ratio": result.ratio(name),
                "figures": series.figures,
            }
            for name, series in result.series.items()
        },
        "absent": result.absent,
        "refused": result.refused,
    }


def from_json(text: str) -> Run:
    """Return the run that `to_json` wrote."""
    document = json.loads(text)
    results = [
        Result(
            Case(**found["case"]),
            {name: Series(shown["figures"]) for name, shown in found["contestants"].items()},
            found["absent"],
            found["refused"],
        )
        for found in document["results"]
    ]
    return Run(document["key"], document["title"], document["about"], results)
