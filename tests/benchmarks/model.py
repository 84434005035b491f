"""Cases, their results, and the contest that produces them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

#: Our name in every contest. All ratios compare with this contestant.
OURS = "interprocess"


class NotMeasuredError(Exception):
    """A contestant cannot take part here; the message says why."""


class WrongBytesError(Exception):
    """A contestant transferred wrong bytes, which makes its times meaningless."""


@dataclass(frozen=True)
class Case:
    """One thing that is measured.

    `unit` is of the figures: "s", "s each", "B" or "1/s". Where `larger_is_better`, they are
    throughput. `size` is how many bytes one operation moves, where that is worth telling. `note` is
    for people.
    """

    measure: str
    what: str
    placement: str
    unit: str = "s"
    larger_is_better: bool = False
    size: int = 0
    note: str = ""

    @property
    def family(self) -> str:
        """The measure without its variant. One plot shows one family."""
        return self.measure.split(", ")[0]


@dataclass
class Series:
    """The figures of one contestant in one case, one for each turn."""

    figures: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.figures)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The interquartile range of the figures."""
        if len(self.figures) < 2:
            return self.figures[0], self.figures[0]
        first, _, third = statistics.quantiles(self.figures, n=4, method="inclusive")
        return first, third

    @property
    def extremes(self) -> tuple[float, float]:
        return min(self.figures), max(self.figures)


@dataclass
class Result:
    """All results for one case.

    `absent` says why a contestant was not measured. A contestant in `refused` moved wrong bytes.
    """

    case: Case
    series: dict[str, Series] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def ratio(self, theirs: str, ours: str = OURS) -> float | None:
        """Return our median divided by theirs, or `None` where one of them is missing."""
        if ours not in self.series or theirs not in self.series:
            return None
        return self.series[ours].median / self.series[theirs].median

    def add(self, contestant: str, figure: float) -> None:
        self.series.setdefault(contestant, Series()).figures.append(figure)

    def leave_out(self, contestant: str, why: str, *, refused: bool) -> None:
        """Drop a contestant and its results so far."""
        self.series.pop(contestant, None)
        (self.refused if refused else self.absent)[contestant] = why


#: Takes one turn and returns a figure for each case.
Turn = Callable[[], Mapping[Case, float]]


@dataclass(frozen=True)
class Contest:
    """Contestants that take turns at the same cases."""

    title: str
    cases: Sequence[Case]
    contestants: dict[str, Turn]

    def run(self, turns: int, say: Callable[[str], None]) -> list[Result]:
        """Let all take their turns, one after the other, again and again."""
        results = {case: Result(case) for case in self.cases}
        playing = dict(self.contestants)
        for number in range(turns):
            say(f"{self.title}: turn {number + 1} of {turns}")
            for name, turn in list(playing.items()):
                try:
                    figures = turn()
                except (NotMeasuredError, WrongBytesError) as error:
                    del playing[name]
                    refused = isinstance(error, WrongBytesError)
                    for result in results.values():
                        result.leave_out(name, str(error), refused=refused)
                    continue
                for case, figure in figures.items():
                    results[case].add(name, figure)
        return list(results.values())


@dataclass(frozen=True)
class Plan:
    """The amount of work: turns of each contestant, and the share of the usual work in each."""

    turns: int = 7
    share: float = 1.0

    def count(self, usual: int, least: int = 1) -> int:
        """Return how often to do something that is done COUNT times in a full run."""
        return max(least, round(usual * self.share))


QUICK = Plan(turns=3, share=0.1)
