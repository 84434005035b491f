"""`interprocess list` on Linux: sockets and their processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from interprocess._command_line.main import main
from interprocess.local_socket import Name, connect, listen, to_name
from tests.portable.command_line import ENVIRONMENT
from tests.support import finish, python, unique, unique_name


def listed(capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, Any]]:
    assert main(["list", "--json", *options]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def one(found: list[dict[str, Any]], name: Name | str) -> dict[str, Any]:
    text = name if isinstance(name, str) else name.as_text()
    (entry,) = (entry for entry in found if entry["name"] == text)
    return entry


def test_a_listener_with_clients(name: Name, capsys: pytest.CaptureFixture[str]) -> None:
    with listen(name) as listener:
        streams = [end for _ in range(3) for end in (connect(name), listener.accept())]
        entry = one(listed(capsys), name)
        assert entry["state"] == "listening"
        assert entry["clients"] == 3
        assert entry["kind"] == ("abstract" if name.is_namespaced() else "path")
        (process,) = entry["processes"]
        assert process["pid"] == os.getpid()
        with open("/proc/self/cmdline", "rb") as file:
            words = file.read().rstrip(b"\0").split(b"\0")
        assert process["command"] == b" ".join(words).decode()
        connected = [entry for entry in listed(capsys, "--all") if entry["name"] == name.as_text()]
        states = [entry["state"] for entry in connected]
        assert sorted(states) == ["connected (stream)"] * 3 + ["listening"]
        for stream in streams:
            stream.close()
        assert one(listed(capsys), name)["clients"] == 0


def test_a_listener_of_several_processes(capsys: pytest.CaptureFixture[str]) -> None:
    name = unique_name("path")
    with listen(name):
        child = os.fork()
        if not child:
            os.read(os.pipe()[0], 1)
        try:
            pids = [process["pid"] for process in one(listed(capsys), name)["processes"]]
            assert sorted(pids) == sorted([os.getpid(), child])
        finally:
            os.kill(child, 9)
            os.waitpid(child, 0)


@pytest.mark.parametrize("kind", ["relative", "socket's own"])
def test_relative_paths(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are relative to the directory of the process, which need not be ours."""
    ours = "from interprocess import listen; listener = listen('./here')"
    others = "import socket; s = socket.socket(socket.AF_UNIX); s.bind('here'); s.listen()"
    code = f"import sys; {ours if kind == 'relative' else others}; print(1, flush=True); input()"
    with python(code, cwd=tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        entry = one(listed(capsys), str(tmp_path / "here"))
        connect(entry["name"]).close()
        assert [owner["pid"] for owner in entry["processes"]] == [process.pid]


def test_names_that_no_text_means(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"{unique()}/with a separator"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{text}")
        listener.listen()
        (entry,) = (entry for entry in listed(capsys) if entry["address"] == f"@{text}")
        assert entry["name"] is None
        assert main(["list"]) == 0
        assert f"- [@{text}]" in capsys.readouterr().out
        assert main(["list", "--names"]) == 0
        assert text not in capsys.readouterr().out


@pytest.mark.parametrize("evil", ["\nx y", "\x1b[2J", "\udcff"])
@pytest.mark.parametrize("is_path", [True, False])
def test_hostile_names(
    evil: str, is_path: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"{unique()}{evil}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fsencode(str(tmp_path / text) if is_path else f"\0{text}"))
        listener.listen()
        for form in ([], ["--names"]):
            assert main(["list", *form]) == 0
            output = capsys.readouterr().out
            assert "\x1b" not in output
            assert "x y" not in output.splitlines()
        assert any(entry["address"].endswith(text) for entry in listed(capsys))


def test_sockets_of_other_kinds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind, state in ((socket.SOCK_SEQPACKET, "listening (seqpacket)"), (socket.SOCK_DGRAM, "")):
        path = str(tmp_path / f"{kind}")
        with socket.socket(socket.AF_UNIX, kind) as bound:
            bound.bind(path)
            if state:
                bound.listen()
                assert one(listed(capsys), path)["state"] == state
            else:
                assert path not in [entry["name"] for entry in listed(capsys)]
                assert one(listed(capsys, "--all"), path)["state"] == "bound (datagram)"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_processes_of_other_users_are_not_seen() -> None:
    with listen(to_name(unique())) as listener:
        code = (
            "import os, sys; sys.path[:0] = os.environ['PYTHONPATH'].split(':');"
            "from interprocess._command_line.main import main, make_parser; make_parser();"
            "import interprocess._command_line.list_linux, pwd, json;"
            "os.setgroups([]); os.setgid(65534); os.setuid(65534); sys.exit(main(['list']))"
        )
        result = subprocess.run(
            [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, check=True
        )
        (line,) = (
            line for line in result.stdout.decode().splitlines() if str(listener.name)[1:] in line
        )
        assert line.split()[1:] == ["listening", "0", "?"]
        assert result.stderr == b"?: of another user; root can see its process\n"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_a_user_without_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    name = unique()
    code = (
        "import os, sys; from interprocess import listen; os.setgroups([]); os.setuid(65531);"
        "listener = listen(sys.argv[1]); print(1, flush=True); input()"
    )
    with python(code, name) as process:
        assert process.stdout is not None
        process.stdout.readline()
        (owner,) = one(listed(capsys), name)["processes"]
        assert (owner["pid"], owner["user"]) == (process.pid, "65531")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_a_socket_file_of_another_user() -> None:
    """Only who may connect can see whether it is dead."""
    path = unique_name("path")
    directory = os.path.dirname(path.address)
    os.chmod(directory, 0o755)
    code = (
        "import os, sys; from interprocess._command_line.main import main, make_parser;"
        "make_parser(); import interprocess._command_line.list_linux, pwd, json;"
        "import interprocess._command_line.list_socket_files;"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534); sys.exit(main(sys.argv[1:]))"
    )
    with listen(path):
        with python(code, "list", "--json", os.fsdecode(directory)) as process:
            entries = json.loads(finish(process))
    (entry,) = (entry for entry in entries if entry["address"] == str(path))
    assert entry["state"] == "unknown"


def test_a_reader_that_leaves(name: Name) -> None:
    with listen(name):
        result = subprocess.run(
            ["bash", "-c", f"'{sys.executable}' -m interprocess list | head -c 1"],
            env=ENVIRONMENT,
            capture_output=True,
            check=True,
        )
    assert (result.stdout, result.stderr) == (b"N", b"")
