"""Foreign pipes and socket pairs that take freed descriptor numbers.

Each contains a tag. A call that receives from it, sends to it, shuts it down, closes it or changes
its mode has used a stale number.
"""

from __future__ import annotations

import fcntl
import os
import socket
from random import Random

_TAG = b"a stranger's"


class Stranger:
    """Two connected descriptors with a tag on the way between them, in each direction there is."""

    def __init__(self, *, is_pipe: bool) -> None:
        if is_pipe:
            self._numbers: tuple[int, ...] = os.pipe()
        else:
            self._numbers = tuple(end.detach() for end in socket.socketpair())
        #: The receiving number for each sending number.
        self._ways = [self._numbers] if is_pipe else [self._numbers, self._numbers[::-1]]
        self._known = [self._look(number) for number in self._numbers]
        for _, sending in self._ways:
            os.write(sending, _TAG)

    @staticmethod
    def _look(number: int) -> tuple[int, ...]:
        status = os.fstat(number)
        return status.st_dev, status.st_ino, fcntl.fcntl(number, fcntl.F_GETFL)

    def check(self) -> str | None:
        """Close it; return the damage that another call did to it, if any."""
        wrong = self._closed_or_changed()
        if wrong is None:
            for receiving, sending in self._ways:
                wrong = wrong or _traces(receiving, sending)
        if wrong is None or "closed" not in wrong:
            for number in self._numbers:
                os.close(number)
        return wrong and f"the {len(self._ways)}-way stranger {self._numbers}: {wrong}"

    def _closed_or_changed(self) -> str | None:
        for number, known in zip(self._numbers, self._known):
            try:
                now = self._look(number)
            except OSError:
                return f"{number} was closed"
            if now[:2] != known[:2]:
                return f"{number} was closed, and is something else now"
            if now != known:
                return f"the flags of {number} were {known[2]:#o} and are {now[2]:#o}"
        return None


def _traces(receiving: int, sending: int) -> str | None:
    os.set_blocking(receiving, False)
    os.set_blocking(sending, False)
    try:
        arrived = os.read(receiving, 1000)
        if arrived != _TAG:
            return f"{arrived!r} arrived at {receiving} instead of its tag"
        if os.write(sending, b"x") != 1 or os.read(receiving, 1000) != b"x":
            return f"what {sending} sends does not arrive at {receiving}"
    except OSError as error:
        return f"{sending} to {receiving}: {error}"
    return None


class Strangers:
    """Those of one round."""

    def __init__(self) -> None:
        self._there: list[Stranger] = []
        self._found: list[str] = []

    def add(self, random: Random) -> None:
        """Have another one, which takes the two lowest numbers that are free."""
        self._there.append(Stranger(is_pipe=random.random() < 0.5))

    def check_oldest(self, kept: int) -> None:
        """Check and close all but the KEPT newest."""
        while len(self._there) > kept:
            wrong = self._there.pop(0).check()
            if wrong is not None:
                self._found.append(wrong)

    def check_all(self) -> list[str]:
        """Check and close all; return the damage done to any of them since the beginning."""
        self.check_oldest(0)
        found, self._found = self._found, []
        return found
