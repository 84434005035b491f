"""Plots of the ratios, as SVG: one file for each measure, laid out like the tables.

A dot right of the line shows that we are faster, or take less; the axis is logarithmic, and says
how many times. The whisker is the middle half of the other's turns.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from tests.benchmarks import report
from tests.benchmarks.model import OURS, Result

Element = ET.Element

#: Readable on white and on black; text and lines follow the reader's choice.
STYLE = """
text { font: 12px sans-serif; fill: #333 }
.title { font-weight: bold }
.small { font-size: 10px; fill: #666 }
.line { stroke: #999; stroke-width: 1 }
.grid { stroke: #ccc; stroke-width: 0.5 }
.ahead { fill: #1a9e77; stroke: #1a9e77 }
.behind { fill: #e07b00; stroke: #e07b00 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd }
  .small { fill: #aaa }
  .grid { stroke: #444 }
}
"""

EXPLANATION = (
    "How many times as fast interprocess is as each of the others (or as small), by their medians. "
    "Right of 1 interprocess is ahead."
)
NARROWEST = 640
NAMES_WIDTH = 160
PANEL_WIDTH = 160
PANEL_GAP = 34
ROW_HEIGHT = 20
#: Above the first group.
CAPTION = 20
#: Above the rows of a group, and below them.
HEAD = 44
FOOT = 30
#: The axis ends here even if a ratio is larger; the dot then stands at the end.
LARGEST = 100.0


def plots(results: Sequence[Result]) -> dict[str, str]:
    """Return the plots by the names of their files, without a suffix."""
    measures: dict[str, list[Result]] = {}
    for result in results:
        measures.setdefault(result.case.family, []).append(result)
    return {file_name(family): plot(group) for family, group in measures.items()}


def file_name(family: str) -> str:
    """Return the name of a family's plot."""
    return family.replace(",", "").replace(" ", "-")


def plot(results: Sequence[Result]) -> str:
    """Return the plot for the results of one measure."""
    groups = report.groups(results)
    columns = max(map(len, groups.values()))
    width = max(NARROWEST, NAMES_WIDTH + columns * (PANEL_WIDTH + PANEL_GAP))
    limit = _limit(results)
    root = Element("svg", xmlns="http://www.w3.org/2000/svg", width=str(width))
    ET.SubElement(root, "style").text = STYLE
    _text(root, 0, CAPTION - 6, EXPLANATION, "small")
    top = CAPTION
    for title, group in groups.items():
        top += _draw_group(root, title, group, top, limit)
    root.set("height", str(top))
    root.set("viewBox", f"0 0 {width} {top}")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def advantage(result: Result, theirs: float) -> float:
    """Return how many times as fast as theirs our median is, or as small."""
    ours = result.series[OURS].median
    return ours / theirs if result.case.larger_is_better else theirs / ours


def _limit(results: Iterable[Result]) -> float:
    """Return where the axis ends, a power of two; it begins at the inverse."""
    largest = 2.0
    for result in results:
        if OURS in result.series:
            for series in result.series.values():
                ratio = advantage(result, series.median)
                largest = max(largest, ratio, 1 / ratio)
    return float(min(LARGEST, 2 ** math.ceil(math.log2(largest * 1.1))))


def _draw_group(root: Element, title: str, group: Sequence[Result], top: int, limit: float) -> int:
    """Draw a row for each contestant and a panel for each case; return the height."""
    names = [name for name in report.contestants(group) if name != OURS]
    _text(root, 0, top + 16, title, "title")
    for number, name in enumerate(names):
        _text(root, 0, _row(top, number) + 4, name)
    for column, result in enumerate(group):
        left = NAMES_WIDTH + column * (PANEL_WIDTH + PANEL_GAP)
        _text(root, left + PANEL_WIDTH / 2, top + 34, result.case.what, anchor="middle")
        _draw_axis(root, left, top, len(names), limit)
        for number, name in enumerate(names):
            _draw_dot(root, left, _row(top, number), result, name, limit)
    return HEAD + len(names) * ROW_HEIGHT + FOOT


def _row(top: int, number: int) -> int:
    return top + HEAD + number * ROW_HEIGHT + ROW_HEIGHT // 2


def _place(left: float, ratio: float, limit: float) -> float:
    """Return where a ratio stands between 1/LIMIT and LIMIT."""
    position = math.log(min(limit, max(1 / limit, ratio))) / math.log(limit)
    return left + PANEL_WIDTH / 2 * (1 + position)


def _draw_axis(root: Element, left: int, top: int, rows: int, limit: float) -> None:
    begin, end = top + HEAD - 4, top + HEAD + rows * ROW_HEIGHT + 2
    middle = left + PANEL_WIDTH / 2
    _line(root, middle, begin, middle, end, "line")
    for ratio, label in (
        (1 / limit, f"1/{limit:.0f}"),
        (1 / math.sqrt(limit), ""),
        (1.0, "1"),
        (math.sqrt(limit), ""),
        (limit, f"{limit:.0f}x"),
    ):
        place = _place(left, ratio, limit)
        if ratio != 1:
            _line(root, place, begin, place, end, "grid")
        _text(root, place, end + 12, label, "small", anchor="middle")


def _draw_dot(
    root: Element, left: int, middle: int, result: Result, name: str, limit: float
) -> None:
    series = result.series.get(name)
    if series is None or OURS not in result.series:
        _text(root, left + PANEL_WIDTH / 2 + 4, middle + 4, "-", "small")
        return
    ratio = advantage(result, series.median)
    look = "ahead" if ratio >= 1 else "behind"
    low, high = (_place(left, advantage(result, quartile), limit) for quartile in series.quartiles)
    _line(root, low, middle, high, middle, look)
    place = _place(left, ratio, limit)
    dot = {"cx": f"{place:.1f}", "cy": str(middle), "r": "4", "class": look}
    ET.SubElement(root, "circle", dot)
    # The number is on the outer side, where there is room for it, and beyond the whisker.
    first, last = min(low, high, place) - 7, max(low, high, place) + 7
    on_the_right = last < left + PANEL_WIDTH - 30 and (ratio >= 1 or first < left + 30)
    where, anchor = (last, "start") if on_the_right else (first, "end")
    _text(root, where, middle + 3, f"{ratio:.2f}", "small", anchor=anchor)


def _text(
    root: Element, x: float, y: float, text: str, look: str = "", *, anchor: str = "start"
) -> None:
    attributes = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}
    if look:
        attributes["class"] = look
    if text:
        ET.SubElement(root, "text", attributes).text = text


def _line(root: Element, x1: float, y1: float, x2: float, y2: float, look: str) -> None:
    ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    attributes = {name: f"{value:.1f}" for name, value in ends.items()}
    ET.SubElement(root, "line", {**attributes, "class": look})
