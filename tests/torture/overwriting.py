"""Several processes take one name at once, or one closes while another takes it: one has it."""

from __future__ import annotations

import errno
import mmap
import os
import socket
import struct
import time
from collections.abc import Callable
from random import Random
from typing import Any

from interprocess.local_socket import Listener, Name, connect, listen, to_fs_name
from tests.torture.children import Child
from tests.torture.rounds import PATIENCE, Round, Scenario

#: How many processes take part, and how many times each takes the name before they are forked anew.
_PROCESSES = 4
_TURNS = 12
#: How often a successor comes in a round.
_SUCCESSIONS = 200


class Contestant:
    """A child that takes the name when told, says whether it has it, and gives it up when told."""

    def __init__(self, take: Callable[[], Listener | None], number: int) -> None:
        self._commands, commands = socket.socketpair()
        self._child = Child(lambda: _contend(commands, take, number))
        commands.close()
        self._commands.settimeout(PATIENCE)

    def tell(self, word: bytes) -> None:
        """Tell it what to do next, one letter."""
        self._commands.send(word)

    def answer(self) -> bytes:
        """Return its reported result, one letter."""
        answer = self._commands.recv(1)
        assert answer, "a contestant has ended"
        return answer

    def end(self) -> None:
        """Make it close its objects, and end."""
        # Not by closing: the other children have copies.
        self._commands.send(b"q")
        self._commands.close()
        self._child.wait()


def _contend(commands: socket.socket, take: Callable[[], Listener | None], number: int) -> None:
    listener: Listener | None = None
    while (word := commands.recv(1)) != b"q":
        if word == b"t":
            listener = take()
            commands.send(b"n" if listener is None else b"y")
        elif word == b"g" and listener is not None:
            listener.close()
            commands.send(b"y")
        elif word == b"a" and listener is not None:
            # The process that is reached sends its number.
            try:
                with listener.accept(timeout=0) as stream:
                    stream.send_all(struct.pack("b", number))
                commands.send(b"y")
            except TimeoutError:
                commands.send(b"n")
    if listener is not None:
        listener.close()


def _ask(contestants: list[Contestant], word: bytes) -> list[int]:
    """Command all children; return the places of those that succeed."""
    for contestant in contestants:
        contestant.tell(word)
    return _yes(contestants)


def _yes(contestants: list[Contestant]) -> list[int]:
    answers = [contestant.answer() for contestant in contestants]
    return [place for place, answer in enumerate(answers) if answer == b"y"]


def _race(overwrite: Any) -> Callable[[Round], None]:
    def run(one: Round) -> None:
        path = one.path()
        name = to_fs_name(path)
        start = mmap.mmap(-1, 1)
        delays = [one.random.choice([0, 2e-5, 1e-4]) for _ in range(_TURNS)]

        def take() -> Listener | None:
            # Told through a socket, one would come after the other.
            while not start[0]:
                os.sched_yield()
            _spin(delays.pop() * random.random())
            try:
                return listen(name, try_overwrite=overwrite)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                return None

        contestants = []
        for number in range(_PROCESSES):
            random = Random(one.random.random())
            contestants.append(Contestant(take, number))
        try:
            for _ in range(_TURNS):
                if one.random.random() < 0.9:
                    _leave_dead(path)
                _one_race(one, name, contestants, start, overwrite)
                one.tried()
        finally:
            for contestant in contestants:
                contestant.end()

    return run


def _spin(seconds: float) -> None:
    """Wait for a time that is too short to sleep."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def _leave_dead(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)


def _one_race(
    one: Round, name: Name, contestants: list[Contestant], start: mmap.mmap, overwrite: Any
) -> None:
    start[0] = 0
    for contestant in contestants:
        contestant.tell(b"t")
    start[0] = 1
    winners = _yes(contestants)
    if not winners or (overwrite == "if_dead" and len(winners) > 1):
        one.fail(f"{len(winners)} of {len(contestants)} have the name")
    having = [contestants[place] for place in winners]
    try:
        with connect(name, timeout=PATIENCE) as client:
            reached = _ask(having, b"a")
            if len(reached) != 1:
                one.fail(f"{len(reached)} of {len(winners)} winners are reached")
            elif client.recv(1) != struct.pack("b", winners[reached[0]]):
                one.fail("another answers than the one who is reached")
    except OSError as error:
        one.fail(f"nobody is reached, {len(winners)} have the name: {error!r}")
    _check_directory(one, [os.path.basename(str(name))], "while it listens")
    _ask(having, b"g")
    _check_directory(one, [], "after all have closed")


def _check_directory(one: Round, wanted: list[str], when: str) -> None:
    there = os.listdir(one.directory)
    if there != wanted:
        one.fail(f"{when} the directory has {there}")
    for file in there:
        if file not in wanted:
            os.unlink(os.path.join(one.directory, file))


class Meeting:
    """Lets two processes go on from one point together. They spin: a wake-up takes too long."""

    def __init__(self) -> None:
        self._arrived = mmap.mmap(-1, 3)

    def meet(self, place: int) -> None:
        """Return when the other is here, too; PLACE is 0 or 1. Raises `MissedError` if it fails."""
        arrived = self._arrived
        arrived[place] = (arrived[place] + 1) % 256
        deadline = time.monotonic() + PATIENCE
        while (arrived[place] - arrived[1 - place]) % 256 == 1:
            os.sched_yield()
            if arrived[2] or time.monotonic() > deadline:
                raise MissedError

    def cancel(self) -> None:
        """Stop the other process from waiting."""
        self._arrived[2] = 1


class MissedError(Exception):
    """The other process does not come."""


def successions(one: Round) -> None:
    """One closes while another takes the name: the other's file stays."""
    name = to_fs_name(one.path())
    meeting = Meeting()
    seeds = [one.random.random() for _ in range(2)]
    child = Child(lambda: _take_turns(1, name, meeting, Random(seeds[1])))
    try:
        _take_turns(0, name, meeting, Random(seeds[0]))
        one.tried(_SUCCESSIONS)
    finally:
        child.wait()
    _check_directory(one, [], "after all have closed")


def _take_turns(place: int, name: Name, meeting: Meeting, random: Random) -> None:
    try:
        _alternate(place, name, meeting, random)
    except MissedError:
        pass
    except BaseException:
        meeting.cancel()
        raise


def _alternate(place: int, name: Name, meeting: Meeting, random: Random) -> None:
    """Have the name in every second turn, and close while the other process takes it."""
    listener = listen(name) if place == 0 else None
    for turn in range(_SUCCESSIONS):
        delay = random.uniform(0, 60e-6)
        meeting.meet(place)
        _spin(delay)
        if turn % 2 == place:
            assert listener is not None
            listener.close()
            meeting.meet(place)
        else:
            listener = listen(name, try_overwrite=True)
            meeting.meet(place)
            with connect(name):
                listener.accept(timeout=0).close()
    if listener is not None:
        listener.close()


def always_there(one: Round) -> None:
    """While one successor after the other takes the name, clients never find it missing."""
    name = to_fs_name(one.path())
    out, into = socket.socketpair()

    def clients() -> None:
        out.close()
        into.setblocking(False)
        while True:
            try:
                into.recv(1)
                return
            except BlockingIOError:
                pass
            connect(name, timeout=PATIENCE).close()

    holder = listen(name)
    child = Child(clients)
    into.close()
    for _ in range(_TURNS * 4):
        successor = listen(name, try_overwrite=True)
        holder.close()
        holder = successor
        while True:
            try:
                holder.accept(timeout=0).close()
            except TimeoutError:
                break
        one.tried()
    out.send(b"x")
    out.close()
    child.wait()
    holder.close()


SCENARIOS = [
    Scenario("always", "races of four processes", _race(True)),
    Scenario("if-dead", "races of four processes", _race("if_dead")),
    Scenario("successions", "closings while a successor comes", successions),
    Scenario("always-there", "replacements under clients", always_there),
]
