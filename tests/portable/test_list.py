"""`interprocess list` on every system: what is listed, or why nothing is."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from interprocess._command_line.main import main
from interprocess.local_socket import Name, connect, listen
from tests.portable.command_line import argument
from tests.support import IMITATED

has_list = pytest.mark.skipif(
    (not sys.platform.startswith("linux") and sys.platform != "win32") or IMITATED,
    reason="this system does not list all its sockets",
)


@has_list
def test_names_can_be_connected_to(name: Name, capsys: pytest.CaptureFixture[str]) -> None:
    with listen(name):
        status = main(["list", "--names"])
        output, errors = capsys.readouterr()
        if status and os.environ.get("INTERPROCESS_TEST_BENCH") == "wine":
            assert errors.startswith("interprocess list: [Errno 22] the system does not list")
            pytest.skip("Wine does not list pipes")
        assert (status, errors) == (0, "")
        assert argument(name).replace("\\\\.\\pipe\\", "") in output.splitlines()
    assert main(["list", "--names"]) == 0
    assert argument(name) not in capsys.readouterr().out.splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has pipes in no directories")
def test_socket_files_in_a_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    dead = listen(tmp_path / "dead")
    dead.keep_name()
    dead.close()
    with listen(tmp_path / "alive"):
        assert main(["list", "--json", str(tmp_path)]) == 0
    found = {one["name"]: one["state"] for one in json.loads(capsys.readouterr().out)}
    assert found == {str(tmp_path / "alive"): "listening", str(tmp_path / "dead"): "dead"}


def test_a_directory_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", str(tmp_path / "missing")]) == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("interprocess list: ")


@pytest.mark.skipif(sys.platform == "win32", reason="no paths of files")
def test_a_directory_beside_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with listen("./alive"):
        assert main(["list", "--names", "."]) == 0
        name = capsys.readouterr().out.strip()
        connect(name).close()
