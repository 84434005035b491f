"""Checking timeouts and turning them into deadlines.

A timeout is a number of seconds as the user gave it (`None`: forever, `0`: do not wait). A
deadline is the moment on `time.monotonic()`'s clock at which it expires, so that an operation that
needs several waits, or is interrupted by signals, ends when it should.
"""

from __future__ import annotations

from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


#: In seconds, over 30 years: longer timeouts, infinity included, are cut to this. Each system call
#: has its own limit.
LONGEST_TIMEOUT = 1e9


def checked_timeout(seconds: float | None, what: str = "timeout") -> float | None:
    """Return SECONDS as a float, or `None`.

    Raises `TypeError` for what is not a number and `ValueError` for a negative one or NaN.
    """
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"{what} must be a number of seconds or None, not {seconds!r}")
    if not seconds >= 0:
        raise ValueError(f"{what} must be at least 0 seconds, or None to wait forever: {seconds!r}")
    return float(min(seconds, LONGEST_TIMEOUT))


def checked_busy_poll(seconds: float) -> float:
    """Return the time to poll; raises `TypeError` or `ValueError` for an invalid time."""
    checked = checked_timeout(seconds, "busy_poll")
    if checked is None:
        raise TypeError("busy_poll must be a number of seconds, not None")
    return checked


def deadline_after(timeout: float | None) -> float | None:
    """Return the deadline TIMEOUT seconds from now."""
    return None if timeout is None else monotonic() + timeout


def remaining(deadline: float | None) -> float | None:
    """Return the seconds left until DEADLINE, at least 0, or `None` if there is none."""
    return None if deadline is None else max(0.0, deadline - monotonic())


def pauses(longest: float = 0.05) -> Iterator[float]:
    """Yield the pauses, in seconds, between two polls of a state that no system reports.

    The first is 1 ms; each is twice as long as the one before, up to LONGEST.
    """
    pause = 0.001
    while True:
        yield pause
        pause = min(longest, pause * 2)
