"""The socket file: exact permissions, replaced in one step, removed only if it is ours."""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess import capabilities
from interprocess.local_socket import connect, listen, to_fs_name
from interprocess.os.unix._files import renaming
from interprocess.os.unix.local_socket import ListenerOptions
from tests.support import Running, finish, python, socket_directory, unique


@pytest.fixture
def path() -> Iterator[Path]:
    path = Path(socket_directory()) / unique("f")
    yield path
    path.unlink(missing_ok=True)


def dead_socket(path: Path) -> None:
    """Leave a socket file without a listener, as a killed server does."""
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))


def test_the_file_goes_with_the_listener(path: Path) -> None:
    with listen(path) as listener:
        assert path.is_socket()
        assert str(path) in str(listener.name)
    assert not path.exists()


@pytest.mark.parametrize("keep", ["option", "keep_name", "do_not_reclaim_name_on_drop"])
def test_the_file_stays_if_told_so(path: Path, keep: str) -> None:
    with listen(path, reclaim_name=keep != "option") as listener:
        if keep != "option":
            getattr(listener, keep)()
    assert path.is_socket()


def test_a_successors_socket_is_not_removed(path: Path) -> None:
    first = listen(path)
    path.unlink()
    with listen(path):
        first.close()
        assert path.is_socket()
        connect(path).close()


def test_an_unrelated_file_is_not_removed(path: Path) -> None:
    with listen(path):
        path.unlink()
        path.write_text("precious")
    assert path.read_text() == "precious"


def test_closing_without_the_file_is_fine(path: Path) -> None:
    with listen(path):
        path.unlink()


def test_the_file_of_a_relative_path_is_removed_after_chdir(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    with listen(to_fs_name(path.name)):
        assert path.is_socket()
        monkeypatch.chdir("/")
    assert not path.exists()


def test_a_forked_child_does_not_remove_the_parents_file(path: Path) -> None:
    with listen(path) as listener:
        pid = os.fork()
        if pid == 0:
            listener.close()
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        assert path.is_socket()
        with connect(path), listener.accept():
            pass


def test_a_forked_child_that_exits_does_not_remove_the_parents_file(path: Path) -> None:
    code = """
import os, sys
from interprocess.local_socket import connect, listen
with listen(sys.argv[1]) as listener:
    if os.fork() == 0:
        sys.exit()
    os.wait()
    connect(sys.argv[1]).close()
    print("still there")
"""
    with python(code, str(path)) as process:
        assert finish(process).strip() == "still there"


@given(mode=st.integers(0, 0o777), umask=st.integers(0, 0o777))
def test_the_mode_is_exact_whatever_the_umask(mode: int, umask: int) -> None:
    path = Path(socket_directory()) / unique("m")
    before = os.umask(umask)
    try:
        with ListenerOptions(to_fs_name(path), mode=mode).create_sync():
            assert stat.S_IMODE(path.stat().st_mode) == mode
    finally:
        os.umask(before)


@pytest.mark.parametrize("umask", [0, 0o022, 0o777])
def test_the_mode_is_private_by_default(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with listen(path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


@pytest.mark.parametrize("mode", [-1, 0o1000, 0o4755])
def test_bad_modes(path: Path, mode: int) -> None:
    with pytest.raises(ValueError, match="mode"):
        ListenerOptions(to_fs_name(path), mode=mode)


@pytest.mark.parametrize("mode", ["600", 0.5, True])
def test_wrong_modes(path: Path, mode: object) -> None:
    with pytest.raises(TypeError, match="mode"):
        ListenerOptions(to_fs_name(path), mode=mode)  # type: ignore[arg-type]  # deliberately wrong


def test_in_use_by_a_living_listener(path: Path) -> None:
    with listen(path):
        for overwrite in (False, "if_dead"):
            with pytest.raises(OSError, match="living") as caught:
                listen(path, try_overwrite=overwrite)
            assert caught.value.errno == errno.EADDRINUSE
            assert caught.value.filename == str(path)
        connect(path).close()


def test_in_use_by_a_dead_one(path: Path) -> None:
    dead_socket(path)
    with pytest.raises(OSError, match="no process listens") as caught:
        listen(path)
    assert caught.value.errno == errno.EADDRINUSE
    with listen(path, try_overwrite="if_dead"):
        connect(path).close()
    assert not path.exists()


@pytest.mark.parametrize(
    "make", [Path.touch, Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/nowhere")]
)
@pytest.mark.parametrize("overwrite", [False, True, "if_dead"])
def test_what_is_no_socket_is_left_alone(path: Path, make: object, overwrite: object) -> None:
    make(path)  # type: ignore[operator]  # several kinds of function
    before = path.lstat()
    with pytest.raises(OSError, match="not a socket") as caught:
        listen(path, try_overwrite=overwrite)  # type: ignore[arg-type]  # one of three
    assert caught.value.errno == errno.EADDRINUSE
    assert path.lstat() == before
    path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.skipif(
    not capabilities.available("atomic_overwrite"), reason="this system cannot swap files"
)
def test_what_took_the_place_of_a_socket_meanwhile_is_put_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process acts between the check of the file and its replacement."""
    dead_socket(path)
    real = renaming.rename_exchange

    def interfere(first: bytes, second: bytes) -> None:
        path.unlink()
        path.write_text("precious")
        monkeypatch.undo()
        real(first, second)

    monkeypatch.setattr(renaming, "rename_exchange", interfere)
    with pytest.raises(OSError, match="not a socket"):
        listen(path, try_overwrite=True)
    assert path.read_text() == "precious"
    assert os.listdir(path.parent) == [path.name]


def test_errors_name_the_path_of_the_peer(path: Path) -> None:
    with listen(path) as listener, connect(path) as client, listener.accept():
        client.set_recv_timeout(0)
        with pytest.raises(TimeoutError, match=f" at {re.escape(str(path))}$"):
            client.recv(1)


def test_connecting_to_no_socket(path: Path) -> None:
    path.write_bytes(b"no socket")
    with pytest.raises(OSError, match=re.escape(str(path))):  # Each system has its own error.
        connect(path)
    path.unlink()


def test_overwriting_a_living_listener(path: Path) -> None:
    first = listen(path)
    with listen(path, try_overwrite=True) as second:
        first.close()
        with connect(path), second.accept(timeout=5):
            pass
        assert path.is_socket()
    assert not path.exists()


def test_overwriting_what_is_not_there(path: Path) -> None:
    with listen(path, try_overwrite=True):
        connect(path).close()


@pytest.mark.skipif(
    not capabilities.available("connect_wait"), reason="this system refuses instead of waiting"
)
def test_clients_find_a_listener_at_every_moment(path: Path) -> None:
    stop = threading.Event()

    def keep_connecting() -> int:
        count = 0
        while not stop.is_set():
            try:
                connect(path, timeout=0.5).close()  # Refused or not found would end it.
            except TimeoutError:
                continue  # Its backlog is full.
            count += 1
        return count

    listeners = [listen(path)]
    clients = [Running(keep_connecting) for _ in range(2)]
    for _ in range(200):
        listeners.append(listen(path, try_overwrite=True))
    stop.set()
    assert all(client.result() > 0 for client in clients)
    for listener in listeners:
        listener.close()


def test_a_system_that_cannot_swap_files(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renaming, "RENAME_EXCHANGE", 0)
    monkeypatch.setattr(renaming, "RENAME_NOREPLACE", 0)
    with listen(path) as first, listen(path, try_overwrite=True) as second:
        with connect(path), second.accept(timeout=5):
            pass
        first.close()
        assert path.is_socket()


def test_overwriting_gives_up_in_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    def never(*names: object) -> bool:
        raise FileNotFoundError(errno.ENOENT, "gone again")

    dead_socket(path)
    monkeypatch.setattr(renaming, "rename_exchange", never)
    with pytest.raises(OSError, match="keep changing") as caught:
        listen(path, try_overwrite=True, max_spin_time=0.05)
    assert caught.value.errno == errno.EADDRINUSE
    assert os.listdir(path.parent) == [path.name]


def test_a_replaced_file_that_cannot_be_deleted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    if not renaming.RENAME_EXCHANGE:
        pytest.skip("this system replaces files without having them for a moment")
    with listen(path) as first:
        monkeypatch.setattr(os, "unlink", refuse)
        with pytest.warns(RuntimeWarning, match="could not be deleted") as caught:
            second = listen(path, try_overwrite=True)
        monkeypatch.undo()
        assert str(path) in str(caught[0].message)
        assert os.strerror(errno.EPERM) in str(caught[0].message)
        with second, connect(path), second.accept(timeout=5):
            first.close()
    assert os.listdir(path.parent) == []


def test_an_absolute_path_when_the_working_directory_is_gone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = path.with_name("gone")
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with listen(path):
        connect(path).close()
    with pytest.raises(FileNotFoundError):
        listen(to_fs_name("s"))
    monkeypatch.chdir("/")
    assert os.listdir(path.parent) == []


def test_a_working_directory_that_changes_meanwhile(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from interprocess.os.unix import _calls

    real = _calls.listen

    def change_directory(number: int, backlog: int) -> None:
        os.chdir("/")
        real(number, backlog)

    monkeypatch.chdir(path.parent)
    monkeypatch.setattr(_calls, "listen", change_directory)
    with listen(to_fs_name(path.name)):
        assert os.listdir(path.parent) == [path.name]
    assert os.listdir(path.parent) == []


def test_missing_directory(path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        listen(path / "missing" / "s")
    assert caught.value.filename == str(path / "missing" / "s")


def test_directory_that_is_closed_to_us(path: Path) -> None:
    path.mkdir(mode=0o500)
    try:
        if os.access(path, os.W_OK):
            with python(_AS_NOBODY, str(path / "s")) as process:
                assert finish(process).strip() == str(path / "s")
        else:
            with pytest.raises(PermissionError):
                listen(path / "s")
    finally:
        path.rmdir()


_AS_NOBODY = """
import os, sys
from interprocess.local_socket import listen
os.setuid(65534)
try:
    listen(sys.argv[1])
except PermissionError as error:
    print(error.filename)
"""


def test_a_path_as_long_as_the_system_takes(path: Path) -> None:
    from interprocess.os.unix._unix_socket.address import MAX_ADDRESS

    directory = str(path.parent) + "/"
    longest = directory + "x" * (MAX_ADDRESS - len(directory))
    with listen(longest) as listener, connect(longest) as client, listener.accept() as stream:
        client.send_all(b"x")
        assert stream.recv(1) == b"x"
        with (
            listen(longest, try_overwrite=True) as other,
            connect(longest),
            other.accept(timeout=5),
        ):
            pass


def test_what_others_put_in_the_place_of_a_temporary_name_is_left_alone(path: Path) -> None:
    # Where a long path is bound by a shorter one, another user's link would lead the socket to
    # where that one wants it: bind(2) of macOS and NetBSD follows it.
    from interprocess.os.unix._unix_socket.address import MAX_ADDRESS

    name = "x" * (MAX_ADDRESS - len(os.fsencode(path.parent)) - 1)
    elsewhere = path.with_name("elsewhere")
    beside = path.with_name(f".{zlib.crc32(name.encode()):08x}")
    for is_link in (True, False):
        beside.symlink_to(elsewhere) if is_link else beside.mkdir(0o755)
        with listen(path.with_name(name)) as listener:
            assert stat.S_ISSOCK(path.with_name(name).lstat().st_mode)
            with connect(path.with_name(name)), listener.accept():
                pass
        assert not elsewhere.is_socket()
        assert os.listdir(path.parent) == [beside.name]
        beside.unlink() if is_link else beside.rmdir()
