"""`python -m interprocess trace PROGRAM`: programs and their children, traced from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import PATIENCE, ROOT, unique

SENDS = "WriteFile" if sys.platform == "win32" else "send"
KILLED = int(getattr(signal, "SIGKILL", 0))
DATA = "lpBuffer" if sys.platform == "win32" else "buffer"

PROGRAM = """
import sys, interprocess
first, second = interprocess.pair()
first.send_all(sys.argv[1].encode())
print(second.recv(100).decode())
sys.exit(3)
"""


def traced(*arguments: str | Path, status: int = 0, **environment: str) -> tuple[str, str]:
    """Run the command and return what went to standard output and to standard error."""
    process = subprocess.run(
        [sys.executable, "-m", "interprocess", "trace", *map(str, arguments)],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    output, errors = process.stdout.decode(), process.stderr.decode()
    assert process.returncode == status, errors
    return output, errors


def test_text(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    output, errors = traced(program, "hello", status=3)
    assert output.split() == ["hello"]
    [sent] = [line for line in errors.splitlines() if f" {SENDS}(" in line]
    assert '"hello"' in sent
    assert sent.endswith("program.py:4")
    assert sent.startswith("[")


def test_a_command_that_python_does_not_run(tmp_path: Path) -> None:
    """The Python that it starts is traced."""
    path = tmp_path / "trace"
    output, _ = traced("-o", path, sys.executable, "-c", PROGRAM, "hello", status=3)
    assert output.split() == ["hello"]
    assert f" {SENDS}(" in path.read_text("utf-8")


def test_json_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    output, errors = traced("--json", "-o", path, "-c", PROGRAM, "hello", status=3)
    assert (output.split(), errors) == (["hello"], "")
    calls = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    [sent] = [call for call in calls if call["function"] == SENDS]
    assert sent["arguments"][DATA] == {"size": 5, "beginning": "hello"}


def test_a_page(tmp_path: Path) -> None:
    path = tmp_path / "trace.html"
    output, errors = traced("--html", path, "-c", PROGRAM, "hello", status=3)
    assert (output.split(), errors) == (["hello"], "")
    page = path.read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "hello" in page


def calls_of(tmp_path: Path, *arguments: str | Path, **options: Any) -> list[dict[str, Any]]:
    path = tmp_path / "trace"
    traced("--json", "-o", path, *arguments, **options)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


CHILDREN = """
import multiprocessing, subprocess, sys, interprocess

def child(name):
    with interprocess.connect(name) as stream:
        stream.send_all(b"from a child")
        assert stream.recv(1) == b""

if __name__ == "__main__":
    name, method = sys.argv[1:]
    with interprocess.listen(name) as listener:
        if method == "subprocess":
            code = "import program, sys; program.child(sys.argv[1])"
            process = subprocess.Popen([sys.executable, "-c", code, name])
        else:
            context = multiprocessing.get_context(method)
            process = context.Process(target=child, args=(name,))
            process.start()
        with listener.accept() as stream:
            assert stream.recv(100) == b"from a child"
        assert not (process.wait() if method == "subprocess" else process.join())
"""
METHODS = ["spawn", "subprocess"] if sys.platform == "win32" else ["fork", "spawn", "subprocess"]


@pytest.mark.parametrize("method", METHODS)
def test_children_are_traced(tmp_path: Path, method: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(CHILDREN)
    calls = calls_of(
        tmp_path, program, unique(), method, PYTHONPATH=f"{ROOT}{os.pathsep}{tmp_path}"
    )
    [sent] = [call for call in calls if call["function"] == SENDS]
    assert len({call["process"] for call in calls}) == 2
    assert sent["arguments"][DATA]["beginning"] == "from a child"
    # What a child does last is there as well.
    last = [call for call in calls if call["process"] == sent["process"]][-1]
    assert last["function"] == ("CloseHandle" if sys.platform == "win32" else "close")


@pytest.mark.skipif(sys.platform == "win32", reason="no signal of another program's kills there")
def test_a_killed_program_is_told_of(tmp_path: Path) -> None:
    code = """
import interprocess, os, signal, threading
first, second = interprocess.pair()
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()
first.send_all(b"x")
first.recv(1)
"""
    calls = calls_of(tmp_path, "-c", code, status=128 + KILLED)
    assert [call["function"] for call in calls][-2:] == ["send", "recv"]
    assert calls[-1]["duration"] is None


@pytest.mark.skipif(sys.platform == "win32", reason="a program on Windows inherits no descriptors")
def test_a_program_that_closes_all_descriptors_is_traced_on(tmp_path: Path) -> None:
    code = """
import interprocess, os
first, second = interprocess.pair()
first.send_all(b"1")
os.closerange(20, 4096)
files = [os.open(os.devnull, os.O_RDONLY) for _ in range(600)]
first.send_all(b"2")
"""
    calls = calls_of(tmp_path, "-c", code)
    assert [call["function"] for call in calls].count("send") == 2


def test_what_the_program_does_at_its_start_is_done(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('customized')\n")
    output, _ = traced(
        "-c", "import sys; print(*sys.path)", PYTHONPATH=f"{ROOT}{os.pathsep}{tmp_path}"
    )
    # That of the command itself comes first.
    *customized, paths = output.splitlines()
    assert customized == ["customized"] * 2
    assert "_start" not in paths


def test_no_program() -> None:
    assert "no program" in traced(status=1)[1]
    assert "there-is-none" in traced("there-is-none", status=1)[1]


def test_nothing_runs_when_the_trace_cannot_be_written(tmp_path: Path) -> None:
    for option in ("-o", "--html"):
        output, errors = traced(option, tmp_path, "-c", "print('it ran')", status=1)
        assert output == ""
        assert errors.startswith("interprocess trace: ")


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_a_signal_ends_the_program_and_its_trace_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    code = "import interprocess as i; a, b = i.pair(); print('ready', flush=True); a.recv(1)"
    command = [sys.executable, "-m", "interprocess", "trace", "-o", str(path), "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert process.wait(PATIENCE) == 128 + signal.SIGTERM
    assert "socketpair(" in path.read_text("utf-8")
