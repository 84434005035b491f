"""The whole of a run as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from tests.benchmarks.model import Result
from tests.benchmarks.targets import Verdict


def to_json(results: Sequence[Result], verdicts: Sequence[Verdict], about: Sequence[str]) -> str:
    """Return every figure of every turn, the medians and ratios, and the targets."""
    document = {
        "about": list(about),
        "results": [_result(result) for result in results],
        "targets": [
            {**dataclasses.asdict(verdict.target), "measured": verdict.measured, "met": verdict.met}
            for verdict in verdicts
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _result(result: Result) -> dict[str, Any]:
    return {
        **dataclasses.asdict(result.case),
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
