"""`interprocess list` on Linux with names that imitate other sockets."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from interprocess._command_line import list_linux
from interprocess._command_line.list_linux import INEXACT
from interprocess._command_line.main import main
from interprocess.local_socket import connect, listen
from tests.linux.test_list import listed
from tests.support import socket_directory, unique, unique_name


@contextmanager
def imitating(is_path: bool, imitated: str) -> Iterator[str]:
    """Listen at a name that looks in /proc/net/unix like a listener called IMITATED."""
    line = f"0000000000000000: 00000002 00000000 00010000 0001 01 1 {imitated}"
    text = f"{unique('x')}\n{line}"
    with socket.socket(socket.AF_UNIX) as listener:
        path = os.path.join(socket_directory(), text)
        listener.bind(path if is_path else f"\0{text}")
        listener.listen()
        try:
            yield path if is_path else f"@{text}"
        finally:
            if is_path:
                os.unlink(path)


@pytest.mark.parametrize("is_path", [True, False])
def test_a_name_does_not_look_like_another_socket(
    is_path: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    imitated = unique("@fake")
    with imitating(is_path, imitated) as address:
        (entry,) = (entry for entry in listed(capsys) if imitated in entry["address"])
        assert entry["address"] == address
        assert entry["kind"] == ("path" if is_path else "abstract")
        assert [process["pid"] for process in entry["processes"]] == [os.getpid()]
        assert main(["list"]) == 0
        output, errors = capsys.readouterr()
        (line,) = (line for line in output.splitlines() if imitated in line)
        assert r"\n0000000000000000: " in line
        assert INEXACT not in errors
        assert main(["list", "--names"]) == 0
        assert imitated[1:] not in capsys.readouterr().out


def test_paths_and_abstract_names_are_told_apart(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path may begin with the @ by which abstract names are shown, and a name contain NULs."""
    monkeypatch.chdir(tmp_path)
    text = unique()
    with socket.socket(socket.AF_UNIX) as file, socket.socket(socket.AF_UNIX) as abstract:
        file.bind(f"@{text}")
        abstract.bind(f"\0{text}\0@\0")
        kinds = {
            entry["address"]: (entry["kind"], entry["name"])
            for entry in listed(capsys, "--all")
            if text in entry["address"]
        }
        assert kinds == {
            f"@{text}": ("path", str(tmp_path / f"@{text}")),
            f"@{text}\0@\0": ("abstract", None),
        }


@pytest.mark.parametrize("options", [[], ["--json"], ["--names"]])
@pytest.mark.parametrize("refused", ["the socket", "the request"])
def test_users_are_told_if_names_may_be_forged(
    refused: str,
    options: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As in a sandbox, or with a kernel without sockets' diagnosis."""
    from interprocess.os.linux import _sock_diag

    names = {"the socket": ("_NETLINK_SOCK_DIAG", 99), "the request": ("_AF_UNIX", 99)}
    monkeypatch.setattr(_sock_diag, *names[refused])
    name = unique_name("path")
    with listen(name) as listener, connect(name), listener.accept(), connect(name):
        assert main(["list", *options]) == 0
        output, errors = capsys.readouterr()
        assert name.as_text() in output
        assert f"interprocess list: {INEXACT}\n" in errors
        (entry,) = (entry for entry in listed(capsys) if entry["name"] == name.as_text())
        assert entry["clients"] == 1
        assert main(["list", *options, socket_directory()]) == 0
        assert INEXACT in capsys.readouterr().err


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the kernel refuse to list the sockets exactly."""
    from interprocess.os.linux import _sock_diag

    monkeypatch.setattr(_sock_diag, "_NETLINK_SOCK_DIAG", 99)


@pytest.mark.usefixtures("refused")
def test_a_line_break_alone_makes_no_further_socket(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"{unique()}\nand a line"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{text}")
        listener.listen()
        (entry,) = (entry for entry in listed(capsys) if text[:-11] in entry["address"])
        assert (entry["address"], entry["name"]) == (f"@{text}", text)


@pytest.mark.usefixtures("refused")
def test_a_system_that_gives_no_list_at_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def hidden(path: Any, *more: Any, **options: Any) -> Any:
        if path == "/proc/net/unix":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return open(path, *more, **options)

    monkeypatch.setattr(list_linux, "open", hidden, raising=False)
    assert main(["list"]) == 1
    output, errors = capsys.readouterr()
    assert not output
    assert errors.startswith("interprocess list: [Errno 13] the system does not list its sockets: ")


def test_a_relative_path_that_leads_nowhere(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = unique("gone")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(text)
        listener.listen()
        os.unlink(text)
        (entry,) = (entry for entry in listed(capsys) if entry["address"] == text)
        assert entry["name"] is None
        assert main(["list"]) == 0
        assert f"- [{text}]" in capsys.readouterr().out
