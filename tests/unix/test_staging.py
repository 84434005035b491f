"""The directory beside a path in which files are made ready: what may be in its way."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from interprocess.local_socket import Name, connect, listen
from interprocess.os.unix._files import renaming
from interprocess.os.unix.fifo_file import create_fifo
from tests.support import PATIENCE, finish, python, socket_directory


@pytest.fixture
def beside(path: Path) -> Path:
    """The name that our own directory beside the path would have."""
    return path.with_name(".s.ip")


def assert_that_listening_works(path: Path) -> None:
    with listen(path) as listener:
        with connect(path), listener.accept(timeout=PATIENCE):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with listen(path, try_overwrite=True) as second:
            with connect(path), second.accept(timeout=PATIENCE):
                pass
    assert not path.exists()
    create_fifo(path)
    path.unlink()


@pytest.mark.parametrize("kind", ["file", "symbolic link", "dangling link"])
def test_something_else_in_the_way(kind: str, path: Path, beside: Path) -> None:
    if kind == "file":
        beside.write_text("precious")
    else:
        beside.symlink_to(path.parent if kind == "symbolic link" else "nowhere")
    began = time.monotonic()
    assert_that_listening_works(path)
    assert time.monotonic() - began < 1
    assert os.listdir(path.parent) == [beside.name]
    beside.unlink()


def test_what_is_found_in_the_directory_is_not_deleted(path: Path, beside: Path) -> None:
    beside.mkdir(mode=0o700)
    (beside / "precious").write_text("precious")
    (beside / "older").write_text("precious")
    (beside / "new").write_text("precious")
    with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)) as caught:
        listen(path)
    assert caught.value.filename == str(path)
    (beside / "new").unlink()
    assert_that_listening_works(path)
    assert sorted(os.listdir(beside)) == ["older", "precious"]
    for name in os.listdir(beside):
        (beside / name).unlink()
    beside.rmdir()


@pytest.mark.skipif(not renaming.RENAME_EXCHANGE, reason="nothing is put back with an exchange")
def test_what_a_killed_process_took_away_is_put_back(path: Path, beside: Path) -> None:
    """It was about to put it back itself: a file, or another server's living socket."""
    beside.mkdir(mode=0o700)
    dead_socket(path)
    (beside / "old12345678").write_text("precious")
    dead_socket(beside / "old9abcdef0")
    dead_socket(beside / "new")
    with pytest.raises(OSError, match="not a socket"):
        listen(path, try_overwrite=True)
    assert path.read_text() == "precious"
    assert os.listdir(path.parent) == [path.name]
    path.unlink()


def dead_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))


def test_another_process_that_does_not_finish(path: Path, beside: Path) -> None:
    beside.mkdir(mode=0o700)
    number = os.open(beside, os.O_RDONLY)
    fcntl.flock(number, fcntl.LOCK_EX)
    began = time.monotonic()
    with pytest.raises(OSError, match="another process is working") as caught:
        listen(path, max_spin_time=0.1)
    assert caught.value.errno == errno.EADDRINUSE
    assert caught.value.filename == str(path)
    assert 0.1 <= time.monotonic() - began < 1
    os.close(number)
    assert_that_listening_works(path)


def test_another_process_that_finishes_in_time(path: Path, beside: Path) -> None:
    code = """if True:
        import fcntl, os, sys
        number = os.open(sys.argv[1], os.O_RDONLY)
        fcntl.flock(number, fcntl.LOCK_EX)
        print("locked", flush=True)
        sys.stdin.readline()
        os.rmdir(sys.argv[1])
    """
    beside.mkdir(mode=0o700)
    with python(code, str(beside)) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.write(b"now\n")
        process.stdin.flush()
        with listen(path, max_spin_time=PATIENCE):
            pass


def test_a_child_that_outlives_its_killed_parent_does_not_hold_the_lock(path: Path) -> None:
    code = """if True:
        import os, signal, sys, time
        from interprocess.local_socket import listen
        from interprocess.os.unix import _calls
        def fork_and_die(number, backlog):
            pid = os.fork()
            if pid == 0:
                time.sleep(30)
                os._exit(0)
            print(pid, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        _calls.listen = fork_and_die
        listen(sys.argv[1])
    """
    with python(code, str(path)) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.wait(PATIENCE)
        with listen(path, max_spin_time=0.2):
            assert os.listdir(path.parent) == [path.name]
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK])
def test_a_file_system_without_locks(
    number: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert_that_listening_works(path)


def test_a_system_that_neither_swaps_files_nor_renames_with_care(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renaming, "RENAME_EXCHANGE", 0)
    monkeypatch.setattr(renaming, "RENAME_NOREPLACE", 0)
    assert_that_listening_works(path)
    path.write_text("precious")
    for create in (listen, create_fifo):
        with pytest.raises(OSError, match=r"in use|exists"):
            create(path)
    assert path.read_text() == "precious"
    path.unlink()
    monkeypatch.setattr(os, "link", refuse_links)
    assert_that_listening_works(path)


def refuse_links(*arguments: object, **options: object) -> None:
    raise PermissionError(errno.EPERM, "injected")


@pytest.mark.parametrize("name", ["x" * 251, "x" * 255])
def test_a_fifo_file_with_a_long_name(name: str, path: Path) -> None:
    long = path.with_name(name)
    create_fifo(long)
    with pytest.raises(FileExistsError) as caught:
        create_fifo(long)
    assert caught.value.filename == str(long)
    assert os.listdir(path.parent) == [name]
    long.unlink()


def test_a_file_never_has_other_permissions(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = renaming.rename_no_replace, []

    def look(source: bytes, target: bytes) -> None:
        directory = os.stat(os.path.dirname(source))
        seen.append((stat.S_IMODE(os.stat(source).st_mode), stat.S_IMODE(directory.st_mode)))
        real(source, target)

    monkeypatch.setattr(renaming, "rename_no_replace", look)
    with umask(0):
        listen(path).close()
        create_fifo(path)
    path.unlink()
    assert seen == [(0o600, 0o700)] * 2


@contextlib.contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_an_adopted_listener_knows_its_name(path: Path) -> None:
    with listen(path) as listener:
        address = os.fsencode(socket_name(listener.fileno()))
        assert address != os.fsencode(path)
        assert Name.of_address(address) == listener.name
    for same in (path, path.with_name("new"), path.parent / ".ip" / "new", path.parent / "x.ip"):
        assert Name.of_address(os.fsencode(same)).address == os.fsencode(same)


def socket_name(number: int) -> str:
    with socket.socket(fileno=os.dup(number)) as same:
        return str(same.getsockname())


AS_NOBODY = """if True:
    import os, sys
    from interprocess.local_socket import connect, listen
    from interprocess.os.unix.fifo_file import create_fifo
    os.umask(0o777)
    if os.getuid() == 0:
        os.chown(os.path.dirname(sys.argv[1]), 65534, 65534)
        os.setgid(65534)
        os.setuid(65534)
    with listen(sys.argv[1]) as listener:
        with connect(sys.argv[1]), listener.accept():
            print(oct(os.stat(sys.argv[1]).st_mode & 0o777))
    create_fifo(sys.argv[1])
    print(oct(os.stat(sys.argv[1]).st_mode & 0o777))
    os.unlink(sys.argv[1])
"""


def test_a_umask_that_takes_everything(path: Path) -> None:
    open_to_all(path.parent)
    with python(AS_NOBODY, str(path)) as process:
        assert finish(process).split() == ["0o600", "0o600"]


def open_to_all(directory: Path) -> None:
    directory.chmod(0o777)
    directory.parent.chmod(0o755)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_another_users_dead_socket_is_not_called_living(path: Path) -> None:
    code = """if True:
        import errno, os, sys
        from interprocess.local_socket import listen
        os.setuid(65534)
        for overwrite in (False, "if_dead"):
            try:
                listen(sys.argv[1], try_overwrite=overwrite)
            except OSError as error:
                print(error.errno == errno.EADDRINUSE, error)
    """
    open_to_all(path.parent)
    dead_socket(path)
    path.chmod(0o600)
    with python(code, str(path)) as process:
        answers = finish(process).splitlines()
    for answer in answers:
        assert answer.startswith("True")
        assert "user 0: " in answer
        assert os.strerror(errno.EACCES) in answer
        assert str(path) in answer
        assert "living" not in answer
    assert len(answers) == 2
    path.unlink()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_another_users_directory_in_the_way(path: Path, beside: Path) -> None:
    beside.mkdir(mode=0o700)
    os.chown(beside, 65534, 65534)
    with listen(path, max_spin_time=0.05), connect(path):
        pass
    assert os.listdir(path.parent) == [beside.name]
    beside.rmdir()


@pytest.fixture
def deep() -> Iterator[Path]:
    """A directory in which only a name of one character still fits into an address."""
    from interprocess.os.unix._unix_socket.address import MAX_ADDRESS

    directory = socket_directory()
    deep = Path(directory) / ("d" * (MAX_ADDRESS - len(directory) - 3))
    deep.mkdir()
    yield deep
    deep.rmdir()


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="it needs /proc")
def test_no_room_for_a_temporary_name(deep: Path) -> None:
    with listen(deep / "s") as first, connect(deep / "s"), first.accept():
        assert stat.S_IMODE((deep / "s").stat().st_mode) == 0o600
        with pytest.raises(OSError, match="living"):
            listen(deep / "s", try_overwrite="if_dead")
        with listen(deep / "s", try_overwrite=True) as second:
            with connect(deep / "s"), second.accept():
                first.close()
            assert os.listdir(deep) == ["s"]


def test_no_room_for_a_temporary_name_and_no_proc(
    deep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "isdir", lambda path: False)
    with pytest.raises(OSError, match="too long for a temporary name in it") as caught:
        listen(deep / "s")
    assert caught.value.errno == errno.ENAMETOOLONG
    assert caught.value.filename == str(deep / "s")
    assert os.listdir(deep) == []
