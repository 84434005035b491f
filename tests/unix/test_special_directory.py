"""Names that are files in a directory for such files: namespaces on other Unix systems.

The directories are those of the Rust crate: `/run/user/UID`, otherwise `/tmp`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from interprocess import capabilities
from interprocess.local_socket import asyncio as local_asyncio
from interprocess.local_socket import connect, listen, to_ns_name
from interprocess.os.unix.local_socket import (
    ConnectOptions,
    FilesystemUdSocket,
    Listener,
    Name,
    SpecialDirUdSocket,
)
from tests.support import python, unique
from tests.unix.users import NOBODY, ONLY_ROOT


@pytest.fixture
def base() -> Iterator[Path]:
    """A name's first part, as a directory that is there in no test but this."""
    path = Path(str(SpecialDirUdSocket.map(unique("interprocess-test"))))
    yield path
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@pytest.fixture
def users_directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The system's directory for the files of a user, as which the test poses."""
    user = 4_000_000_000 + os.getpid()
    monkeypatch.setattr(os, "getuid", lambda: user)
    parents = [path for path in (Path("/run"), Path("/run/user")) if not path.exists()]
    directory = Path(f"/run/user/{user}")
    directory.mkdir(parents=True)
    yield directory
    shutil.rmtree(directory)
    for path in reversed(parents):
        path.rmdir()


def test_a_name_is_a_file_that_clients_find(base: Path) -> None:
    name = to_ns_name(base.name, SpecialDirUdSocket)
    assert SpecialDirUdSocket.is_supported()
    assert name.is_namespaced()
    assert not name.is_path()
    assert str(name) == str(base)
    with listen(name) as listener, connect(name) as client, listener.accept() as stream:
        assert base.is_socket()
        client.send_all(b"x")
        assert stream.recv(1) == b"x"
    assert not base.exists()


def test_the_directory_is_that_of_the_crate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/var/tmp")
    monkeypatch.setenv("TMPDIR", "/var/tmp")
    monkeypatch.setattr(os, "getuid", lambda: 4_100_000_000)
    assert str(SpecialDirUdSocket.map("x")) == "/tmp/x"


@ONLY_ROOT
def test_the_users_directory_comes_first(users_directory: Path) -> None:
    name = SpecialDirUdSocket.map(unique())
    assert Path(str(name)).parent == users_directory
    with listen(name), connect(name):
        assert Path(str(name)).is_socket()


@ONLY_ROOT
def test_clients_look_in_the_other_directory_too(users_directory: Path, base: Path) -> None:
    """A server of another user, or of a user without a directory, is in the other directory."""
    name = SpecialDirUdSocket.map(base.name)
    assert Path(str(name)).parent == users_directory

    async def connect_asynchronously() -> None:
        (await local_asyncio.connect(name)).close()

    with listen(base) as listener:
        with connect(name), listener.accept(timeout=5):
            pass
        asyncio.run(connect_asynchronously())
    with pytest.raises(FileNotFoundError):
        connect(name)


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({"TMPDIR": "/data/tmp/app-"}, "/data/tmp/app-x"),
        ({"TEMPDIR": "/data/temp/"}, "/data/temp/x"),
        ({}, "/data/local/tmp/x"),
    ],
)
def test_androids_directory(
    variables: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.getandroidapilevel", lambda: 34, raising=False)
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.delenv("TEMPDIR", raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    assert str(SpecialDirUdSocket.map("x")) == path


def test_directories_in_a_name_are_made(base: Path) -> None:
    name = to_ns_name(f"{base.name}/some more/socket", SpecialDirUdSocket)
    with listen(name) as listener, connect(name), listener.accept(timeout=5):
        for directory in (base, base / "some more"):
            assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    with listen(name), connect(name):
        pass  # They are there already.


def test_foreign_programs_find_it_by_its_path(base: Path) -> None:
    with listen(to_ns_name(base.name, SpecialDirUdSocket)), connect(FilesystemUdSocket.map(base)):
        pass


@pytest.mark.parametrize("value", ["a/", "../a", "a/../b", "a/..", "/", ".", "..", "a/."])
def test_names_that_would_leave_the_directory(value: str) -> None:
    with pytest.raises(ValueError, match="file's name"):
        SpecialDirUdSocket.map(value)


def test_the_directory_counts_for_the_limit(base: Path) -> None:
    from interprocess.os.unix._unix_socket.address import MAX_ADDRESS

    room = MAX_ADDRESS - len(str(base.parent)) - 1
    SpecialDirUdSocket.map("x" * room)
    with pytest.raises(ValueError, match=f"the {MAX_ADDRESS} bytes"):
        SpecialDirUdSocket.map("x" * (room + 1))


def test_a_file_is_in_a_directorys_place(base: Path) -> None:
    base.write_text("")
    with pytest.raises(NotADirectoryError) as caught:
        listen(to_ns_name(f"{base.name}/socket", SpecialDirUdSocket))
    assert caught.value.filename == str(base)


def test_a_directory_that_others_can_write_to(base: Path) -> None:
    base.mkdir()
    base.chmod(0o777)
    with pytest.raises(PermissionError, match="sticky") as caught:
        listen(to_ns_name(f"{base.name}/socket", SpecialDirUdSocket))
    assert caught.value.filename == str(base)
    base.chmod(0o1777)
    listen(to_ns_name(f"{base.name}/socket", SpecialDirUdSocket)).close()


@ONLY_ROOT
def test_a_directory_of_another_user(base: Path) -> None:
    base.mkdir()
    os.chown(base, NOBODY, NOBODY)
    with pytest.raises(PermissionError, match=f"belongs to user {NOBODY}"):
        listen(to_ns_name(f"{base.name}/socket", SpecialDirUdSocket))


@ONLY_ROOT
def test_a_symbolic_link_of_another_user(base: Path, tmp_path: Path) -> None:
    base.symlink_to(tmp_path)
    os.lchown(base, NOBODY, NOBODY)
    with pytest.raises(NotADirectoryError):
        listen(to_ns_name(f"{base.name}/socket", SpecialDirUdSocket))
    with listen(tmp_path / "s"), pytest.raises(PermissionError, match=r"symbolic link"):
        connect(to_ns_name(f"{base.name}", SpecialDirUdSocket))


SERVER_OF_NOBODY = f"""
import os, sys
from interprocess.os.unix.local_socket import ListenerOptions, SpecialDirUdSocket
from interprocess.local_socket import to_ns_name
name, owned_by_root = to_ns_name(sys.argv[1], SpecialDirUdSocket), sys.argv[2] == "root"
os.setgroups([])
os.setresgid({NOBODY}, {NOBODY}, 0)
os.setresuid({NOBODY}, {NOBODY}, 0)
listener = ListenerOptions(name, mode=0o666, reclaim_name=False).create_sync()
os.seteuid(0)
if owned_by_root:
    os.chown(str(name), 0, 0)
os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
print("listening", flush=True)
for stream in listener:
    stream.close()
"""


@ONLY_ROOT
@pytest.mark.parametrize(
    ("owner", "complaint"),
    [
        ("nobody", "the socket"),
        pytest.param(
            "root",
            "the server",
            marks=pytest.mark.skipif(
                not capabilities.available("peer_creds_after_end"),
                reason="it closes at once, and then peer credentials are not reported",
            ),
        ),
    ],
)
def test_a_server_of_another_user_is_refused(owner: str, complaint: str, base: Path) -> None:
    """The file's owner is checked; if that owner is trusted, so is the listening process."""
    name = to_ns_name(base.name, SpecialDirUdSocket)

    async def connect_asynchronously(*, current_user_only: bool) -> None:
        options = ConnectOptions(name, current_user_only=current_user_only)
        (await options.connect_asyncio()).close()

    with python(SERVER_OF_NOBODY, base.name, owner) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"listening\n"
        for attempt in (
            lambda: connect(name),
            lambda: ConnectOptions(name).connect_sync(),
            lambda: asyncio.run(connect_asynchronously(current_user_only=True)),
        ):
            with pytest.raises(PermissionError, match=f"{complaint} belongs to user {NOBODY}"):
                attempt()
        ConnectOptions(name, current_user_only=False).connect_sync().close()
        asyncio.run(connect_asynchronously(current_user_only=False))


def test_options_say_whether_servers_of_others_are_refused() -> None:
    options = ConnectOptions(SpecialDirUdSocket.map("x"))
    assert options.current_user_only is None
    assert options.replace(current_user_only=False).current_user_only is False
    with pytest.raises(TypeError, match="current_user_only"):
        ConnectOptions(SpecialDirUdSocket.map("x"), current_user_only=1)  # type: ignore[arg-type]  # wrong


def test_unencodable_names() -> None:
    with pytest.raises(ValueError, match="encoded"):
        FilesystemUdSocket.map("\ud800")


def test_addresses_are_checked() -> None:
    with pytest.raises(TypeError, match="bytes"):
        Name("text")  # type: ignore[arg-type]  # deliberately wrong
    with pytest.raises(ValueError, match="empty"):
        Name(b"\0")


def test_adopting_gives_the_name_back(base: Path) -> None:
    name = SpecialDirUdSocket.map(base.name)
    first = listen(name)
    with Listener(first.detach()) as listener:
        assert listener.name.address == name.address
