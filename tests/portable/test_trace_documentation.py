"""The program in docs/trace.md prints what stands there, and the recorded traces are true."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys

import pytest

from tests.support import PATIENCE, ROOT, finish, python

TEXT = (ROOT / "docs" / "trace.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
[OUTPUT] = re.findall(r"On Linux this prints\n\n```\n(.*?)```", TEXT, re.DOTALL)

TRACES = ROOT / "docs" / "traces"


def stable(line: str) -> str:
    """Return a line without what is another one each time."""
    return re.sub(r"[\w./<>-]+:(\d+)$", r":\1", re.sub(r"<\d\.\d+>|\b\d+(?=[,\])])", "", line))


def test_the_program() -> None:
    with python("\n".join(BLOCKS)) as process:
        output = finish(process).splitlines()
    if sys.platform == "linux" and sys.implementation.name == "cpython":
        expected = [stable(line) for line in OUTPUT.splitlines()]
        assert [stable(line) for line in output[: len(expected)]] == expected


@pytest.mark.skipif(
    sys.platform != "linux" or sys.implementation.name != "cpython",
    reason="the traces are those of CPython on Linux",
)
def test_the_recorded_traces_are_true() -> None:
    command = [sys.executable, str(TRACES / "record.py"), "--check"]
    done = subprocess.run(command, check=False, capture_output=True, timeout=4 * PATIENCE)
    assert (done.returncode, done.stdout.decode(), done.stderr.decode()) == (0, "", "")


@pytest.mark.parametrize("system", ["linux", "windows"])
def test_every_program_has_its_traces(system: str) -> None:
    programs = {path.stem for path in (TRACES / "programs").glob("*.py")}
    if system == "windows":
        programs -= set(runpy.run_path(str(TRACES / "record.py"))["ONLY_UNIX"])
    for kind in ("txt", "html"):
        assert {path.stem for path in (TRACES / system).glob(f"*.{kind}")} == programs
