"""The generated part of docs/performance.md: one section for each Python that was measured.

Sections stand between two markers, and each between markers of its own, so that a run replaces its
own section and leaves the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.benchmarks import plot, report
from tests.benchmarks.data import Run

BEGIN = "<!-- Written by tests/benchmarks/run.py --markdown; do not edit until the end mark. -->"
END = "<!-- End of what is generated. -->"


def section(run: Run, pictures: Mapping[str, str]) -> str:
    """Return the section of one run. PICTURES are the paths of the plots, by their names."""
    lines = [f"## {run.title}", "", *(f"- {line}" for line in run.about), ""]
    lines += ["### Targets", "", *_table(report.targets(run.verdicts)), ""]
    shown: set[str] = set()
    for heading, group in report.groups(run.results).items():
        lines += [f"### {heading[0].upper()}{heading[1:]}", "", *_table(report.table(group)), ""]
        family = group[0].case.family
        picture = pictures.get(plot.file_name(family))
        if picture is not None and family not in shown:
            shown.add(family)
            lines += [f"![Our advantage: {family}]({picture})", ""]
    remarks = report.remarks(run.results)
    if remarks:
        lines += ["### Remarks", "", *(f"- {line}" for line in remarks), ""]
    return "\n".join(lines)


def _table(rows: report.Rows) -> list[str]:
    heading, *rest = [[_cell(word) for word in row] for row in rows]
    lines = [heading, ["---"] * len(heading), *rest]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _cell(text: str) -> str:
    """Return the text of a cell; a ratio, which stands after two spaces, in bold letters."""
    figure, spaces, ratio = text.replace("|", "\\|").rpartition("  ")
    return f"{figure} **{ratio}**" if figure and ratio != "-" else f"{figure}{spaces}{ratio}"


def insert(document: str, key: str, text: str) -> str:
    """Return the document with the section KEY replaced, or put after the others."""
    if BEGIN not in document or END not in document:
        raise ValueError(f"the file lacks the marks {BEGIN!r} and {END!r}")
    first, last = f"<!-- {key} -->", f"<!-- end of {key} -->"
    whole = f"{first}\n\n{text.strip()}\n\n{last}"
    if first in document:
        pattern = re.escape(first) + ".*?" + re.escape(last)
        return re.sub(pattern, lambda match: whole, document, count=1, flags=re.DOTALL)
    return document.replace(END, f"{whole}\n\n{END}")
