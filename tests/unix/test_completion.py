"""The completion scripts, in the shells themselves."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from interprocess._command_line.completion import commands_of
from interprocess._command_line.main import make_parser
from interprocess.local_socket import listen
from tests.portable.command_line import ENVIRONMENT
from tests.support import PATIENCE, unique

SHELLS = ["bash", "zsh", "fish"]

START = {
    "bash": ["bash", "--noprofile", "--norc", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}

LOAD = {
    "bash": "bind 'set enable-bracketed-paste off'; PS1=; . ./script",
    "zsh": "PS1=; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u; . ./script",
}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A shell that is installed, with a script in `tmp_path`, and our program beside it."""
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    program = tmp_path / "interprocess"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m interprocess "$@"\n')
    program.chmod(0o700)
    script = subprocess.run([program, "completion", name], env=ENVIRONMENT, stdout=-1, check=True)
    (tmp_path / "script").write_bytes(script.stdout)
    return name


def completed(shell: str, line: str, directory: Path) -> str:
    """Return what LINE becomes, typed on a terminal, with Tab and Return behind it."""
    if shell == "fish":
        return completed_by_fish(line, directory)
    environment = {**ENVIRONMENT, "TERM": "dumb", "HOME": str(directory)}
    environment["PATH"] = f"{directory}{os.pathsep}{ENVIRONMENT['PATH']}"
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(directory)
        os.execvpe(START[shell][0], START[shell], environment)
    try:
        # The result of a command that the shell runs, as it would run ours.
        type_in(terminal, f"{LOAD[shell]}; echo re''ady\n", "ready")
        type_in(terminal, "interprocess() { printf 'run<%s>' \"$@\"; echo e''nd; }\n", "")
        return type_in(terminal, f"{line}\t\n", "end")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def type_in(terminal: int, text: str, until: str) -> str:
    os.write(terminal, text.encode())
    shown, deadline = "", time.monotonic() + PATIENCE
    while not until or until not in shown:
        ready, _, _ = select.select([terminal], [], [], 0.3 if not until else 1)
        if not until and not ready:
            break
        assert time.monotonic() < deadline, shown
        if ready:
            shown += os.read(terminal, 10_000).decode(errors="replace")
    return shown


def completed_by_fish(line: str, directory: Path) -> str:
    environment = {**ENVIRONMENT, "PATH": f"{directory}{os.pathsep}{ENVIRONMENT['PATH']}"}
    code = f". ./script; complete -C '{line}'"
    output = subprocess.run(
        ["fish", "--no-config", "-c", code],
        env={**environment, "HOME": str(directory)},
        cwd=directory,
        stdout=subprocess.PIPE,
        check=True,
        timeout=PATIENCE,
    ).stdout.decode()
    words = [candidate.split("\t")[0] for candidate in output.splitlines()]
    assert len(words) == 1, words
    return "".join(f"run<{word}>" for word in [*line.split()[1:-1], *words])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("interprocess cap", ["capabilities"]),
        ("interprocess listen --keep", ["listen", "--keep-open"]),
        ("interprocess listen --overwrite if", ["listen", "--overwrite", "if-dead"]),
        ("interprocess connect --messages multi", ["connect", "--messages", "multiprocessing"]),
        ("interprocess proxy --messages multi", ["proxy", "--messages", "multiprocessing"]),
        ("interprocess completion fi", ["completion", "fish"]),
        ("interprocess list direct", ["list", "directory"]),
        ("interprocess connect ./fil", ["connect", "./file"]),
    ],
)
def test_words_are_completed(shell: str, line: str, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").touch()
    shown = completed(shell, line, tmp_path).replace("/>", ">")
    assert "".join(f"run<{word}>" for word in words) in shown


def test_names_are_completed(shell: str, tmp_path: Path) -> None:
    """Also one that a shell would run if it were expanded."""
    name = unique("completed") + "$(touch evil)"
    if shell == "fish":
        name = unique("completed")  # It shows the name as it is to be typed, with backslashes.
    with listen(name):
        line = f"interprocess connect {name[: name.index('$')] if '$' in name else name[:-1]}"
        assert f"run<connect>run<{name}>" in completed(shell, line, tmp_path)
    assert not (tmp_path / "evil").exists()


def test_the_scripts_have_every_option(shell: str, tmp_path: Path) -> None:
    script = (tmp_path / "script").read_text()
    commands = commands_of(make_parser())
    assert {"listen", "connect", "proxy", "list", "completion"} <= {one.name for one in commands}
    for command in commands:
        assert command.name in script
        for name in command.option_names():
            assert name.lstrip("-") in script
