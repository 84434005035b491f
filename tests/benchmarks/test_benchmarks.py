"""Tests of the benchmark's own machinery, not of any speed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from interprocess.local_socket import Stream
from tests.benchmarks import (
    data,
    markdown,
    messages,
    payload,
    placement,
    plot,
    report,
    round_trip,
    stream,
    targets,
)
from tests.benchmarks.data import Run
from tests.benchmarks.model import (
    OURS,
    Case,
    Contest,
    NotMeasuredError,
    Plan,
    Result,
    Series,
    Turn,
    WrongBytesError,
)
from tests.benchmarks.peers.byte_stream import ByteStreamConnection
from tests.benchmarks.peers.ours import Interprocess
from tests.benchmarks.peers.registry import PEERS
from tests.benchmarks.targets import Target

LITTLE_WORK = Plan(turns=1, share=0.001)
TIME = Case("round trip", "64 B", "one core")
RATE = Case("stream", "64 B", "one core", "1/s", larger_is_better=True, size=64)


class Liar(Interprocess):
    """A peer that changes a byte of what it receives."""

    def connection(self, stream: Stream) -> ByteStreamConnection:
        return LyingConnection(stream, stream.send_all)


class LyingConnection(ByteStreamConnection):
    def receiver(self, size: int) -> Callable[[], bytes | bytearray]:
        receive = super().receiver(size)

        def receive_wrongly() -> bytes:
            return bytes(receive()[:-1]) + b"!"

        return receive_wrongly


def race(peers: dict[str, str]) -> Result:
    """Let peers make a few round trips of 64 bytes, in processes of their own."""
    where = placement.one_core()
    contestants = {
        name: partial(round_trip.turn, peer, {64: TIME}, {64: 50}, where.server, where.client)
        for name, peer in peers.items()
    }
    (result,) = Contest("test", [TIME], {**contestants}).run(2, lambda text: None)
    return result


def run_of(results: list[Result]) -> Run:
    return Run("cpython-3.11-linux", "Here", ["a machine"], results)


def results() -> list[Result]:
    """Return results like those of a run, with one refused and one absent contestant."""
    time = Result(TIME, {OURS: Series([2e-6, 3e-6, 4e-6]), "socket": Series([6e-6])})
    time.leave_out("liar", "other bytes", refused=True)
    time.leave_out("stranger", "not installed", refused=False)
    return [time, Result(RATE, {OURS: Series([3e6]), "socket": Series([2e6])})]


def test_a_round_trip_is_measured_each_turn() -> None:
    result = race({name: PEERS[name] for name in (OURS, "socket")})
    assert [len(series.figures) for series in result.series.values()] == [2, 2]
    assert all(figure > 0 for series in result.series.values() for figure in series.figures)
    assert (result.refused, result.absent) == ({}, {})


def turns() -> Iterator[Any]:
    """Yield a short turn of each contestant for two processes, on two cores if there are any."""
    where = placement.available()[-1].name
    for measure in (round_trip, stream, messages):
        for contest in measure.contests(LITTLE_WORK):
            if contest.title.endswith(where):
                for name, turn in contest.contestants.items():
                    yield pytest.param(turn, contest.cases, id=f"{contest.cases[0].measure}-{name}")


@pytest.mark.parametrize(("turn", "cases"), list(turns()))
def test_each_contestant_is_measured(turn: Turn, cases: list[Case]) -> None:
    try:
        figures = turn()
    except NotMeasuredError as error:
        for why in ("No module named", "there is no C compiler"):
            if why in str(error):
                pytest.skip(str(error))
        raise
    assert list(figures) == cases
    assert min(figures.values()) > 0


def test_wrong_bytes_are_refused() -> None:
    result = race({OURS: PEERS[OURS], "liar": f"{__name__}:Liar"})
    assert list(result.series) == [OURS]
    assert "other bytes" in result.refused["liar"]


def test_who_is_not_installed_is_absent_and_told_of() -> None:
    result = race({OURS: PEERS[OURS], "stranger": "tests.benchmarks.no_such_module:Peer"})
    assert list(result.series) == [OURS]
    assert "no_such_module" in result.absent["stranger"]
    assert "stranger not measured" in report.text(run_of([result]))


def test_streams_are_checked_to_the_last_byte() -> None:
    message = payload.message_of(1000)
    payload.check_stream(3000, message, message, 3)
    payload.check_stream(3000, message[-10:], message, 3)
    for total, tail in ((2999, message), (3000, message[:10])):
        with pytest.raises(WrongBytesError):
            payload.check_stream(total, tail, message, 3)


def test_medians_and_spread() -> None:
    series = Series([5.0, 1.0, 2.0, 4.0, 3.0])
    assert (series.median, series.quartiles, series.extremes) == (3.0, (2.0, 4.0), (1.0, 5.0))
    assert Series([7.0]).quartiles == (7.0, 7.0)


def test_ratios_are_ours_divided_by_theirs() -> None:
    time, rate = results()
    assert time.ratio("socket") == pytest.approx(0.5)
    assert rate.ratio("socket") == pytest.approx(1.5)
    assert time.ratio("stranger") is None


@pytest.mark.parametrize(
    ("case", "bound", "met"),
    [(TIME, 0.5, True), (TIME, 0.49, False), (RATE, 1.5, True), (RATE, 1.51, False)],
)
def test_a_bound_is_an_upper_one_for_times_and_a_lower_one_for_rates(
    case: Case, bound: float, met: bool
) -> None:
    target = Target(case.measure, case.what, case.placement, "socket", bound)
    (verdict,) = targets.verdicts(results(), [target])
    assert verdict.met is met


def test_a_target_that_was_not_measured_is_neither_met_nor_missed() -> None:
    target = Target(TIME.measure, TIME.what, "two cores", "socket", 1.0)
    (verdict,) = targets.verdicts(results(), [target])
    assert verdict.met is None


def test_a_contestant_that_fails_leaves_and_the_others_go_on() -> None:
    def fail() -> dict[Case, float]:
        raise NotMeasuredError("no")

    contest = Contest("test", [TIME], {OURS: lambda: {TIME: 1.0}, "socket": fail})
    (result,) = contest.run(3, lambda text: None)
    assert result.series[OURS].figures == [1.0, 1.0, 1.0]
    assert result.absent == {"socket": "no"}


def test_plots_are_well_formed_and_show_who_was_measured() -> None:
    pictures = plot.plots(results())
    assert list(pictures) == ["round-trip", "stream"]
    root = ET.fromstring(pictures["round-trip"])
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root.findall("{*}circle")) == 1
    assert "liar" in {element.text for element in root.findall("{*}text")}


def test_json_has_every_figure_and_makes_the_same_run_again() -> None:
    run = run_of(results())
    text = data.to_json(run)
    assert json.loads(text)["results"][0]["contestants"][OURS]["figures"] == [2e-6, 3e-6, 4e-6]
    assert data.from_json(text) == run


def test_a_section_is_replaced_and_others_stay() -> None:
    document = f"before\n\n{markdown.BEGIN}\n\n{markdown.END}\n\nafter\n"
    for key, text in (("one", "first"), ("two", "second"), ("one", "third")):
        document = markdown.insert(document, key, text)
    assert [word for word in document.split() if word in ("first", "second", "third")] == [
        "third",
        "second",
    ]
    assert document.startswith("before")
    assert document.endswith("after\n")
    with pytest.raises(ValueError, match="lacks the marks"):
        markdown.insert("nothing", "one", "first")


def test_a_section_has_targets_tables_and_plots() -> None:
    text = markdown.section(run_of(results()), {"stream": "s.svg"})
    assert "| interprocess | 3.00 µs ±17% **1.00** |" in text
    assert "| liar | wrong bytes |" in text
    assert "![Our advantage: stream](s.svg)" in text
