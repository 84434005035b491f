"""Names that are files in a directory for such files: namespaces on other Unix systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from interprocess.local_socket import connect, listen, to_ns_name
from interprocess.os.unix.local_socket import FilesystemUdSocket, Listener, Name, SpecialDirUdSocket
from tests.support import socket_directory, unique


@pytest.fixture
def runtime_directory(monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = socket_directory()
    monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
    return Path(directory)


def test_the_runtime_directory_of_the_user(runtime_directory: Path) -> None:
    base = unique()
    name = to_ns_name(base, SpecialDirUdSocket)
    assert SpecialDirUdSocket.is_supported()
    assert name.is_namespaced()
    assert not name.is_path()
    assert str(name) == str(runtime_directory / base)
    with listen(name) as listener, connect(name) as client, listener.accept() as stream:
        assert (runtime_directory / base).is_socket()
        client.send_all(b"x")
        assert stream.recv(1) == b"x"
    assert not (runtime_directory / base).exists()


def test_foreign_programs_find_it_by_its_path(runtime_directory: Path) -> None:
    base = unique()
    path = FilesystemUdSocket.map(runtime_directory / base)
    with listen(to_ns_name(base, SpecialDirUdSocket)), connect(path):
        pass


@pytest.mark.parametrize("ignored", ["", "relative/path"])
def test_the_temporary_directory_otherwise(ignored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", ignored)
    monkeypatch.setenv("TMPDIR", "/var/tmp")
    assert str(SpecialDirUdSocket.map("x")) == "/var/tmp/x"
    monkeypatch.delenv("TMPDIR")
    assert str(SpecialDirUdSocket.map("x")) == "/tmp/x"


@pytest.mark.parametrize("value", ["a/b", "/a", "../a", ".", ".."])
def test_names_that_would_leave_the_directory(value: str, runtime_directory: Path) -> None:
    with pytest.raises(ValueError, match="file's name"):
        SpecialDirUdSocket.map(value)


def test_the_directory_counts_for_the_limit(runtime_directory: Path) -> None:
    from interprocess.os.unix._address import MAX_ADDRESS

    room = MAX_ADDRESS - len(str(runtime_directory)) - 1
    SpecialDirUdSocket.map("x" * room)
    with pytest.raises(ValueError, match=f"the {MAX_ADDRESS} bytes"):
        SpecialDirUdSocket.map("x" * (room + 1))


def test_the_runtime_directory_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    with pytest.raises(FileNotFoundError) as caught:
        listen(SpecialDirUdSocket.map("x"))
    assert caught.value.filename == "/nowhere/x"


def test_unencodable_names() -> None:
    with pytest.raises(ValueError, match="encoded"):
        FilesystemUdSocket.map("\ud800")


def test_addresses_are_checked() -> None:
    with pytest.raises(TypeError, match="bytes"):
        Name("text")  # type: ignore[arg-type]  # deliberately wrong
    with pytest.raises(ValueError, match="empty"):
        Name(b"\0")


def test_adopting_gives_the_name_back(runtime_directory: Path) -> None:
    name = SpecialDirUdSocket.map(unique())
    first = listen(name)
    with Listener(first.detach()) as listener:
        assert listener.name.address == name.address
    Path(str(name)).unlink()
