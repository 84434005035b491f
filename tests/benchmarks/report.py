"""The tables, as rows of text; `text` lays them out for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.benchmarks import format as formats
from tests.benchmarks.data import Run
from tests.benchmarks.model import OURS, Result
from tests.benchmarks.targets import Verdict

Rows = list[list[str]]

EXPLANATION = (
    "Each cell: the median, half of the interquartile range in percent of it, and our median\n"
    "divided by theirs: below 1 we are ahead in times, above 1 in rates (/s)."
)


def groups(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Return the results by measure and placement, which make a table each.

    Without those that no contestant was measured for.
    """
    found: dict[str, list[Result]] = {}
    for result in results:
        if not result.series and not result.refused:
            continue
        found.setdefault(f"{result.case.measure}, {result.case.placement}", []).append(result)
    return found


def table(results: Sequence[Result]) -> Rows:
    """Return a row for each contestant and a column for each case, with a heading."""
    rows = [["", *(result.case.what for result in results)]]
    for name in contestants(results):
        rows.append([name, *(formats.cell(result, name) for result in results)])
    return rows


def contestants(results: Iterable[Result]) -> list[str]:
    """Return all contestants that were measured or refused, ours first."""
    names = {OURS: None}
    for result in results:
        names.update(dict.fromkeys([*result.series, *result.refused]))
    return list(names)


def remarks(results: Iterable[Result]) -> list[str]:
    """Return the contestants that are missing, with the reasons, and the notes, each once."""
    notes: dict[str, None] = {}
    names: dict[tuple[str, str], dict[str, None]] = {}
    for result in results:
        measure = result.case.measure
        if result.case.note:
            notes[f"{measure}: {result.case.note}"] = None
        for name, why in result.absent.items():
            names.setdefault((measure, f"not measured: {why}"), {})[name] = None
        for name, why in result.refused.items():
            names.setdefault((measure, f"refused: {why}"), {})[name] = None
    return [f"{measure}: {', '.join(who)} {why}" for (measure, why), who in names.items()] + [
        *notes
    ]


def targets(verdicts: Iterable[Verdict]) -> Rows:
    """Return a row for each target."""
    rows = [["target", "against", "wanted", "measured", "met"]]
    for verdict in verdicts:
        target = verdict.target
        ours = f" ({target.ours.partition(', ')[2]})" if target.ours != OURS else ""
        bound = "at least" if verdict.larger_is_better else "at most"
        absolute = target.peer is None
        rows.append(
            [
                f"{target.measure}, {target.what}, {target.placement}{ours}",
                target.peer or "-",
                f"{bound} {_amount(target.bound, absolute)}",
                "-" if verdict.measured is None else _amount(verdict.measured, absolute),
                {True: "yes", False: "no", None: "not measured"}[verdict.met],
            ]
        )
    return rows


def _amount(value: float, absolute: bool) -> str:
    return f"{value * 1000:.1f} ms" if absolute else formats.ratio(value)


def text(run: Run) -> str:
    """Return the whole report for a terminal."""
    lines = [*run.about, "", EXPLANATION]
    for title, group in groups(run.results).items():
        lines += ["", title, *aligned(table(group))]
    lines += ["", *remarks(run.results)]
    shown = [verdict for verdict in run.verdicts if verdict.measured is not None]
    if shown:
        lines += ["", *aligned(targets(shown))]
    return "\n".join(lines) + "\n"


def aligned(rows: Rows) -> list[str]:
    """Return lines in which the columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  " + "   ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip()
        for row in rows
    ]
