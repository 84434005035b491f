"""Paths that no socket's address has room for."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from interprocess import capabilities
from interprocess.local_socket import Listener, as_socket, connect, listen, to_fs_name
from interprocess.local_socket.asyncio import connect as connect_async
from interprocess.local_socket.asyncio import open_connection, start_server
from interprocess.os.unix._unix_socket.address import LONGEST_PATH, MAX_ADDRESS
from interprocess.os.unix.local_socket import ListenerOptions
from tests.support import PATIENCE, finish, python, socket_directory, unique

HAS_WAY = capabilities.available("long_socket_paths")
with_way = pytest.mark.skipif(not HAS_WAY, reason="a path must fit into an address here")


@pytest.fixture(params=["long directory", "long name", "longest"])
def path(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A path that is too long, in one way or another."""
    top = Path(socket_directory()) / unique("long")
    directory = top
    if request.param == "long directory":
        directory = top / ("d" * 200)
    elif request.param == "longest":
        while len(str(directory)) < LONGEST_PATH - 500:
            directory = directory / ("d" * 200)
        rest = LONGEST_PATH - len(str(directory)) - 2 - 20
        directory = directory / ("d" * (rest // 2 - 1)) / ("d" * (rest - rest // 2))
    name = "s" * (255 if request.param == "long name" else 20)
    os.makedirs(directory)
    yield directory / name
    assert os.listdir(directory) == []
    os.removedirs(directory)
    os.makedirs(socket_directory(), exist_ok=True)


@with_way
def test_listening_and_connecting(path: Path) -> None:
    with listen(path) as listener, connect(path) as client, listener.accept() as stream:
        assert str(listener.name) == str(path)
        assert as_socket(client).getpeername() == as_socket(client).getsockname() == ""
        client.send_all(b"hello")
        assert stream.recv(100) == b"hello"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(OSError, match="living") as caught:
            listen(path)
        assert caught.value.errno == errno.EADDRINUSE
        assert caught.value.filename == str(path)
    assert not path.exists()


@with_way
def test_what_the_system_does_not_report(path: Path) -> None:
    with listen(path) as listener, connect(path, timeout=PATIENCE) as client:
        client.set_recv_timeout(0)
        with pytest.raises(TimeoutError, match=rf"from process {os.getpid()}$"):
            client.recv(1)
        number = os.dup(listener.fileno())
        with pytest.raises(ValueError, match="does not report such a path"):
            Listener(number, reclaim_name=True)
        os.close(number)


@with_way
def test_an_exact_mode(path: Path) -> None:
    with ListenerOptions(to_fs_name(path), mode=0o640).create_sync():
        assert stat.S_IMODE(path.stat().st_mode) == 0o640


@with_way
def test_overwriting(path: Path) -> None:
    first = listen(path)
    with listen(path, try_overwrite=True) as second, connect(path), second.accept(timeout=5):
        first.close()
        with pytest.raises(OSError, match="living"):
            listen(path, try_overwrite="if_dead")
    with listen(path) as listener:
        listener.do_not_reclaim_name_on_drop()
    with pytest.raises(ConnectionRefusedError):
        connect(path)
    with pytest.raises(OSError, match="if_dead"):
        listen(path)
    with listen(path, try_overwrite="if_dead") as listener, connect(path):
        listener.accept().close()


@with_way
def test_relative_paths(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = Path(socket_directory())
    monkeypatch.chdir(top)
    relative = path.relative_to(top)
    with listen(relative) as listener, connect(relative), listener.accept():
        monkeypatch.chdir("/")
    assert not path.exists()


@with_way
def test_the_permissions_of_the_file_count(path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can be another user")
    with listen(path), python(_AS_NOBODY, str(path)) as process:
        parent = path.parent
        while parent != parent.parent and parent != Path("/tmp"):
            os.chmod(parent, 0o755)
            parent = parent.parent
        assert finish(process).strip() == f"PermissionError {path}"


_AS_NOBODY = """
import os, sys
from interprocess.local_socket import connect
os.setuid(65534)
try:
    connect(sys.argv[1])
except OSError as error:
    print(type(error).__name__, error.filename)
"""


@with_way
def test_errors_name_the_path(path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        connect(path)
    assert caught.value.filename == str(path)
    path.write_bytes(b"no socket")
    with pytest.raises(ConnectionRefusedError):
        connect(path)
    path.unlink()


@with_way
def test_a_full_backlog_is_waited_for(path: Path) -> None:
    with listen(path) as listener:
        with socket.socket(fileno=os.dup(listener.fileno())) as same:
            same.listen(0)
        with connect(path):
            with pytest.raises(TimeoutError):
                connect(path, timeout=0.02)
            accepting = threading.Timer(0.05, lambda: listener.accept().close())
            accepting.start()
            connect(path, timeout=PATIENCE).close()
            accepting.join()


@with_way
def test_asynchronously(path: Path) -> None:
    async def main() -> None:
        async with await start_server(lambda _, writer: writer.close(), path):
            async with await connect_async(path) as stream:
                assert await stream.recv(1) == b""
            reader, writer = await open_connection(path)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()

    asyncio.run(main())


@with_way
def test_nothing_stays_open(path: Path) -> None:
    with listen(path) as listener:
        before = len(os.listdir("/proc/self/fd"))
        with connect(path), listener.accept():
            assert len(os.listdir("/proc/self/fd")) == before + 2


def test_the_limit() -> None:
    limit = LONGEST_PATH if HAS_WAY else MAX_ADDRESS
    to_fs_name("/" + "x" * (limit - 1))
    with pytest.raises(ValueError, match=rf"1 byte\(s\) longer than the {limit} bytes"):
        to_fs_name("/" + "x" * limit)
