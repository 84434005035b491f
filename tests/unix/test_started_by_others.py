"""The programs in docs/started-by-others.md run."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from interprocess import capabilities
from interprocess.local_socket import Name, connect
from tests.support import PATIENCE, ROOT, finish, python, socket_directory, unique
from tests.unix.test_socket_activation import listening, started

TEXT = (ROOT / "docs" / "started-by-others.md").read_text("utf-8")
SYSTEMD, _, EXEC, CHILD = BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
UNITS = dict(re.findall(r"```ini\n# (\S+)\n(.*?)```", TEXT, re.DOTALL))


def test_all_compile() -> None:
    for block in BLOCKS:
        compile(block, "docs/started-by-others.md", "exec")


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_the_service_of_systemd(kind: str) -> None:
    if kind == "abstract" and not capabilities.available("abstract_ns_ud_socket"):
        pytest.skip("abstract names")
    path, notify_path = (Path(socket_directory()) / unique("n") for _ in range(2))
    name = Name.unique("notify")
    address = "\0" + name.as_text() if kind == "abstract" else str(notify_path)
    shown = "@" + name.as_text() if kind == "abstract" else str(notify_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, listening(path) as passed:
        manager.settimeout(PATIENCE)
        manager.bind(address)
        with started(SYSTEMD, [passed], "example.socket", NOTIFY_SOCKET=shown) as process:
            assert manager.recv(100) == b"READY=1"
            with connect(path, timeout=PATIENCE) as client:
                client.set_recv_timeout(PATIENCE)
                client.send_all(b"world")
                assert client.recv(100) == b"Hello, world"
            process.send_signal(signal.SIGTERM)
            assert manager.recv(100) == b"STOPPING=1"
            assert finish(process) == ""
    assert path.exists()  # The manager's.
    path.unlink()
    if kind == "path":
        notify_path.unlink()


def test_the_service_without_a_manager_that_wants_to_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    path = Path(socket_directory()) / unique("n")
    with listening(path) as passed:
        with started(SYSTEMD, [passed], "example.socket") as process:
            with connect(path, timeout=PATIENCE) as client:
                client.set_recv_timeout(PATIENCE)
                client.send_all(b"world")
                assert client.recv(100) == b"Hello, world"
            process.send_signal(signal.SIGTERM)
            assert finish(process) == ""
    path.unlink()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for name, text in UNITS.items():
        here = text.replace("/usr/bin/python3", sys.executable)
        (tmp_path / name).write_text(here.replace("/opt/example", str(tmp_path)))
    paths = [str(tmp_path / name) for name in UNITS]
    result = subprocess.run(
        ["systemd-analyze", "verify", *paths], capture_output=True, check=False, text=True
    )
    about_ours = [line for line in result.stderr.splitlines() if "example" in line]
    assert len(UNITS) == 2
    assert about_ours == []


def test_a_program_that_replaces_itself(tmp_path: Path) -> None:
    path = Path(socket_directory()) / unique("e")
    program = tmp_path / "program.py"
    program.write_text(EXEC)
    run = "import runpy, sys; runpy.run_path(sys.argv.pop(1), run_name='__main__')"
    with python(run, str(program), str(path)) as process:
        for request, answer in ((b"?", b"old"), (b"upgrade", b""), (b"stop", b"new")):
            with connect(path, timeout=PATIENCE, wait_for_server=True) as client:
                client.set_recv_timeout(PATIENCE)
                client.send_all(request)
                if answer:
                    assert client.recv(100) == b"from the %s program" % answer
        finish(process)
    assert not os.path.exists(path)


def test_a_child_that_connects_to_its_parent() -> None:
    with python(CHILD) as process:
        assert finish(process).strip() == "b'from the child'"
