"""Traces that an exception of a signal handler interrupts: nothing is lost, and nothing stays."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import interprocess
from interprocess.trace import trace
from tests.interrupts import NEEDS_POINTS, Interrupt, Points, interrupted_once
from tests.portable.test_trace import differences, state
from tests.support import open_handles, unique

ACTIONS: dict[str, Callable[[], Any]] = {
    "pair": interprocess.pair,
    "pipe": interprocess.pipe,
    "listen": lambda: interprocess.listen(unique()),
}


@pytest.fixture
def no_collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run no finalizer where its exception would be a mere warning, and hide such warnings."""
    monkeypatch.setattr(sys, "unraisablehook", lambda about: None)
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@NEEDS_POINTS
@pytest.mark.usefixtures("no_collector")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("action", ACTIONS)
def test_interrupted_calls_lose_no_descriptor(action: str) -> None:
    with trace():
        made = ACTIONS[action]()
        del made
        before = open_handles()
        for call in interrupted_once(ACTIONS[action]):
            try:
                made = call()
            except Interrupt:
                made = None
            del made
            assert open_handles() == before


@NEEDS_POINTS
@pytest.mark.usefixtures("no_collector")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_an_interrupted_close_closes() -> None:
    streams: list[Any] = []

    def close() -> None:
        for each in streams:
            each.close()

    with trace():
        before = open_handles()
        for call in interrupted_once(close):
            streams += interprocess.pair()
            try:
                call()
            except Interrupt:
                pass
            del streams[:]
            assert open_handles() == before


@NEEDS_POINTS
@pytest.mark.usefixtures("no_collector")
def test_an_interrupted_beginning_or_end_leaves_nothing() -> None:
    stream, other = interprocess.pair()
    before = state()
    # There are too many points, a few for each name that the package knows.
    points = Points(10**9)
    traced(points)
    count = 10**9 - points.left
    for at in [*range(30), *range(30, count, count // 60 + 1), *range(count - 30, count)]:
        try:
            traced(Points(at))
        except Interrupt:
            pass
        assert differences(before, state()) == []
    stream.close()
    other.close()


def traced(points: Points) -> None:
    """Begin and end a trace, with an exception at one of the points."""
    sys.setprofile(points)
    try:
        with trace():
            pass
    finally:
        sys.setprofile(None)
