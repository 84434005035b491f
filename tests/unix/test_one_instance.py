"""The example of a single instance, killed at lines all over its run."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import connect
from tests.portable.one_instance_start import loaded, start
from tests.support import eventually, unique, unique_name

pytestmark = pytest.mark.skipif(
    not capabilities.available("current_user_only"), reason="the users of peers are not reported"
)

#: How many lines, spread over a run, a process is killed at. There are about a thousand.
KILLS = 40

FAR = sys.maxsize


class KilledAt:
    """Kills this process at the nth line that it runs of ours; counts them."""

    def __init__(self, nth: int) -> None:
        self._left = nth
        self.count = 0

    def begin(self) -> None:
        threading.settrace(self._trace)
        sys.settrace(self._trace)

    def _trace(self, frame: Any, event: str, _: object) -> Any:
        if not any(map(frame.f_code.co_filename.__contains__, ("interprocess", "one_instance"))):
            return None
        if event == "line":
            self.count += 1
            if self.count == self._left:
                os.kill(os.getpid(), signal.SIGKILL)
        return self._trace


class Starts:
    """Starts of the program, each in a forked process."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory = directory
        self._name = name
        self._example = loaded()
        self._ended: dict[int, int] = {}
        (directory / "log").touch()

    def begin(self, *arguments: str, kill_at: int = FAR) -> int:
        """Start one, which is killed at its nth line; return its process id."""
        process = os.fork()
        if process:
            return process
        status = 1
        try:
            killed = KilledAt(kill_at)
            if kill_at != FAR or arguments == ("count",):
                killed.begin()
            start(self._directory, self._name, [*arguments], self._example)
            status = 0
        except SystemExit as error:
            status = bool(error.code)
        finally:
            sys.settrace(None)
            (self._directory / f"lines-{os.getpid()}").write_text(str(killed.count))
            os._exit(status)

    def run(self, *arguments: str, kill_at: int = FAR) -> int:
        """Start one and return its exit status, negative if a signal has killed it."""
        return self.status(self.begin(*arguments, kill_at=kill_at))

    def status(self, process: int) -> int:
        if not eventually(lambda: self.has_ended(process)):
            os.kill(process, signal.SIGKILL)
            raise AssertionError(f"the start has not ended: {self.log}")
        return self._ended.pop(process)

    def has_ended(self, process: int) -> bool:
        if process not in self._ended:
            pid, status = os.waitpid(process, os.WNOHANG)
            if pid:
                self._ended[process] = os.waitstatus_to_exitcode(status)
        return process in self._ended

    def wait_for_log_or_end(self, process: int) -> None:
        assert eventually(lambda: self.log or self.has_ended(process))

    def lines(self, process: int) -> int:
        """Return how many lines a traced start has run."""
        return int((self._directory / f"lines-{process}").read_text())

    @property
    def log(self) -> list[tuple[int, str]]:
        """Return the actions so far: the process that acted, and the arguments."""
        lines = (self._directory / "log").read_text().splitlines()
        return [(int(pid), arguments) for pid, _, arguments in (s.partition(" ") for s in lines)]

    def acted_on(self, argument: str) -> int:
        return [arguments for _, arguments in self.log].count(argument)

    def forget(self) -> None:
        (self._directory / "log").write_text("")


@pytest.fixture(params=["path", "namespaced"])
def name(request: pytest.FixtureRequest) -> str:
    """A fresh name of each kind, as a program is given it."""
    return str(unique_name("path")) if request.param == "path" else unique("one-instance")


@pytest.fixture
def starts(tmp_path: Path, name: str) -> Iterator[Starts]:
    some = Starts(tmp_path, name)
    yield some
    assert "two firsts" not in [arguments for _, arguments in some.log]
    assert some.run("quit") == 0  # Whatever there was before.
    with pytest.raises(OSError):
        connect(name)


def spread(count: int) -> Iterator[int]:
    return iter(range(1, count + 1, max(1, count // KILLS)))


def test_a_first_instance_killed_at_its_lines(starts: Starts) -> None:
    process = starts.begin("quit", kill_at=FAR - 1)
    assert starts.status(process) == 0
    for line in spread(starts.lines(process)):
        starts.forget()
        killed = starts.begin("quit", kill_at=line)
        assert starts.status(killed) in (-signal.SIGKILL, 0)
        process = starts.begin("quit")
        assert starts.status(process) == 0
        assert (process, "quit") in starts.log
        assert len(starts.log) <= 2


def test_a_later_start_killed_at_its_lines(starts: Starts) -> None:
    first = starts.begin("I am the first")
    assert eventually(lambda: starts.log)
    process = starts.begin("and I", kill_at=FAR - 1)
    assert starts.status(process) == 0
    for line in spread(starts.lines(process)):
        argument = f"killed at line {line}"
        status = starts.run(argument, kill_at=line)
        assert starts.acted_on(argument) <= 1
        if status == 0:
            assert starts.acted_on(argument) == 1
        assert starts.run(f"after {argument}") == 0
        assert starts.acted_on(f"after {argument}") == 1
    assert {pid for pid, _ in starts.log} == {first}
    assert starts.run("quit") == 0
    assert starts.status(first) == 0


def test_a_first_instance_killed_at_its_lines_while_it_serves(starts: Starts) -> None:
    process = starts.begin("I am the first", kill_at=FAR - 1)
    assert eventually(lambda: starts.log)
    assert starts.run("quit") == 0
    assert starts.status(process) == 0
    outcomes = set()
    for line in spread(starts.lines(process)):
        starts.forget()
        first = starts.begin("I am the first", kill_at=line)
        starts.wait_for_log_or_end(first)
        later = starts.begin("quit")
        status = starts.status(later)
        if status == 0:
            assert starts.acted_on("quit") == 1
        else:
            assert starts.acted_on("quit") <= 1
        outcomes.add((status, (later, "quit") in starts.log))
        if starts.status(first) == 0:
            assert (first, "I am the first") in starts.log
    assert outcomes >= {(0, True), (0, False)}
