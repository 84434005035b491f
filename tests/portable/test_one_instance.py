"""The example of a single instance: simultaneous starts, and kills at any moment."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from interprocess import capabilities
from interprocess.local_socket import Name, listen, pair
from interprocess.messages import LengthPrefix, MessageStream
from tests.portable.one_instance_start import EXAMPLE, IN_A_HURRY, TWO_FIRSTS, loaded
from tests.support import PATIENCE, ROOT, Running, eventually, unique, unique_name
from tests.windows.wine import lacking_on_wine

pytestmark = pytest.mark.skipif(
    not capabilities.available("current_user_only"), reason="the users of peers are not reported"
)
takes_first = lacking_on_wine("it ignores FILE_FLAG_FIRST_PIPE_INSTANCE: several listen at a name")

SIMULTANEOUS = 4 if sys.platform == "win32" else 10
ROUNDS = 2 if sys.platform == "win32" else 8


class Starts:
    """Starts of the program, each in a process of its own."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory = directory
        self._name = name
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        (directory / "log").touch()

    def begin(self, argument: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.portable.one_instance_start"]
        command += [str(self._directory), self._name, argument]
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        self.processes[argument] = process
        return process

    @property
    def log(self) -> list[tuple[int, str]]:
        """Return the actions so far: the process that acted, and the argument."""
        lines = (self._directory / "log").read_text().splitlines()
        return [(int(pid), argument) for pid, _, argument in (s.partition(" ") for s in lines)]

    @property
    def alive(self) -> list[str]:
        return [argument for argument, one in self.processes.items() if one.poll() is None]

    def only_one_is_left(self) -> None:
        assert eventually(lambda: len(self.alive) == 1), self.alive

    def quit(self) -> None:
        """End the first instance, which is there."""
        assert self.begin("quit").wait(PATIENCE) == 0
        assert eventually(lambda: not self.alive)

    def check(self) -> None:
        """Check that every start that ended well was acted on once, and every other once at most.

        Not that of `quit`, of which there may be several.
        """
        acted_on = [argument for _, argument in self.log]
        assert "two firsts" not in acted_on
        for argument, process in self.processes.items():
            status = process.poll()
            assert status != TWO_FIRSTS
            if argument != "quit":
                count = acted_on.count(argument)
                assert count == 1 if status == 0 else count <= 1, (argument, status)


@pytest.fixture(params=["path", "namespaced"])
def name(request: pytest.FixtureRequest) -> str:
    """A fresh name of each kind, as a program is given it."""
    return str(unique_name("path")) if request.param == "path" else unique("one-instance")


@pytest.fixture
def starts(tmp_path: Path, name: str) -> Iterator[Starts]:
    some = Starts(tmp_path, name)
    yield some
    for process in some.processes.values():
        process.kill()
        process.wait()


@takes_first
def test_of_simultaneous_starts_one_is_first_and_has_all_arguments(starts: Starts) -> None:
    for number in range(SIMULTANEOUS):
        starts.begin(f"start {number}")
    starts.only_one_is_left()
    assert len(starts.log) == SIMULTANEOUS
    assert len({pid for pid, _ in starts.log}) == 1
    starts.quit()
    starts.check()
    assert {process.returncode for process in starts.processes.values()} == {0}


@takes_first
def test_of_simultaneous_starts_after_a_crash_one_is_first(starts: Starts) -> None:
    crashing = starts.begin("the one that crashes")
    assert eventually(lambda: starts.log)
    crashing.kill()
    crashing.wait()
    for number in range(SIMULTANEOUS):
        starts.begin(f"start {number}")
    starts.only_one_is_left()
    starts.quit()
    starts.check()
    # The launcher of a virtual environment on Windows is not the process that is the first.
    assert len({pid for pid, _ in starts.log}) == 2
    assert [process.returncode for process in starts.processes.values()][1:] == [0] * (
        SIMULTANEOUS + 1
    )


@takes_first
@pytest.mark.parametrize("seed", range(2))
def test_kills_at_any_moment(starts: Starts, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(ROUNDS):
        begun = [starts.begin(f"start {number}.{one}") for one in range(4)]
        time.sleep(chance.uniform(0, 0.3))
        for process in chance.sample(begun, 2):
            process.kill()
        if chance.random() < 0.5:
            for pid, _ in starts.log[-1:]:
                for process in starts.processes.values():
                    if process.pid == pid:
                        process.kill()
    assert eventually(lambda: len(starts.alive) <= 1), starts.alive
    final = starts.begin("the last")
    assert eventually(lambda: "the last" in [argument for _, argument in starts.log])
    starts.quit()
    starts.check()
    assert final.returncode == 0


@takes_first
def test_an_instance_that_hangs_is_told_from_one_that_has_the_arguments(
    starts: Starts, name: str
) -> None:
    with listen(name):  # It never accepts.
        process = starts.begin(IN_A_HURRY)
        assert process.wait(PATIENCE) == 1
    assert not starts.log


@pytest.mark.parametrize("ends", [False, True])
def test_what_a_later_start_and_the_first_say_to_each_other(ends: bool) -> None:
    example, acted_on = loaded(), []
    example.update(print=lambda *arguments, flush: acted_on.append(arguments))
    with listen(Name.unique()) as listener:
        first = example["FirstInstance"](listener)
        if ends:
            listener.close()
        ours, theirs = pair()
        taking = Running(lambda: first.take(theirs))
        with MessageStream(ours, LengthPrefix()) as later:
            assert later.recv() == b"ready"
            if ends:
                with pytest.raises(example["UnconfirmedError"]):
                    example["tell"](later, ["one", "two three"])
                with pytest.raises(OSError, match="has ended"):
                    taking.result()
            else:
                example["tell"](later, ["one", "two three"])
                taking.result()
    assert acted_on == ([] if ends else [("one", "two three")])


def test_the_page_shows_the_example() -> None:
    page = (ROOT / "docs" / "one-instance.md").read_text("utf-8")
    example = Path(EXAMPLE).read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert blocks
    for block in blocks:
        assert block.strip() in example
    assert os.path.basename(EXAMPLE) in page
