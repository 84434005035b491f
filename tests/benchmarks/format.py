"""Format figures for readers."""

from __future__ import annotations

from tests.benchmarks.model import Case, Result, Series

_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_RATES = ((1e6, " M/s"), (1e3, " k/s"), (1.0, " /s"))
_SIZES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B"))


def figure(case: Case, value: float) -> str:
    """Return a figure with its unit; a rate of messages also as one of bytes."""
    if case.unit == "s":
        return _scaled(value, _TIMES, " ")
    if case.unit == "s each":
        return f"{_scaled(value, _TIMES, ' ')}, {_scaled(1 / value, _RATES, '')}"
    if case.unit == "B":
        return f"{value:,.0f} B"
    rate = _scaled(value, _RATES, "")
    return f"{rate}, {_scaled(value * case.size, _SIZES, ' ')}/s" if case.size else rate


def _scaled(value: float, scales: tuple[tuple[float, str], ...], space: str) -> str:
    scale, unit = next((pair for pair in scales if abs(value) >= pair[0]), scales[-1])
    return f"{three_digits(value / scale)}{space}{unit}"


def three_digits(value: float) -> str:
    """Return a number with three significant digits."""
    return f"{value:.{max(0, 2 - len(str(int(abs(value)))) + 1)}f}"


def spread(series: Series) -> str:
    """Return half of the interquartile range, as a fraction of the median."""
    first, third = series.quartiles
    median = series.median
    return f"±{(third - first) / 2 / median * 100:.0f}%" if median else "±0%"


def ratio(value: float | None) -> str:
    """Return a ratio with two decimal places, or a dash for none."""
    return "-" if value is None else f"{value:.2f}"


def cell(result: Result, contestant: str) -> str:
    """Return the median, its spread and our ratio to it, or say that there is none."""
    series = result.series.get(contestant)
    if series is None:
        return "wrong bytes" if contestant in result.refused else "-"
    shown = f"{figure(result.case, series.median)} {spread(series)}"
    return f"{shown}  {ratio(result.ratio(contestant))}"
