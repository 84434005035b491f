"""An exception at each point at which CPython runs signal handlers: by a profile function."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import interprocess

NEEDS_POINTS = pytest.mark.skipif(
    sys.implementation.name != "cpython" or sys.version_info < (3, 11),
    reason="a signal handler may run between a function's return and its caller here",
)

PACKAGE = str(Path(interprocess.__file__).parent)


class Interrupt(BaseException):
    """Raised by a signal handler."""


class Points:
    """Raises at one of the points that the package passes, counted from 0.

    `imitations` is a file of functions that stand for those of C: the package calls them.
    """

    def __init__(self, at: int, imitations: str | None = None) -> None:
        self.left = at
        self._imitations = imitations

    def __call__(self, frame: FrameType, event: str, function: object) -> None:
        if event == "return" and frame.f_code.co_filename == self._imitations and frame.f_back:
            frame, event = frame.f_back, "c_return"
        if event in ("call", "c_return") and frame.f_code.co_filename.startswith(PACKAGE):
            self.left -= not notes_a_call(frame, function)
            if self.left < 0:
                sys.setprofile(None)
                raise Interrupt


def notes_a_call(frame: FrameType, function: object) -> bool:
    """Whether a call in progress is noted here: an interrupt then delays closing, and no more."""
    uses = frame.f_locals.get("uses")
    return uses is not None and getattr(function, "__self__", None) is uses


def interrupted_once(
    call: Callable[[], Any], imitations: str | None = None
) -> Iterator[Callable[[], Any]]:
    """Give CALL with an exception at its first point, at its second and so on.

    Ends with the first that was not interrupted any more. IMITATIONS is as for `Points`.
    """
    at, done = 0, False

    def limited() -> Any:
        nonlocal done
        points = Points(at, imitations)
        try:
            sys.setprofile(points)
            result = call()
        finally:
            sys.setprofile(None)
        done = points.left >= 0
        return result

    while not done:
        yield limited
        at += 1
