"""The identity of the peer, as only Linux reports it."""

from __future__ import annotations

import asyncio
import errno
import os
import select
import signal
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.errors import UnsupportedError
from interprocess.local_socket import Name, Stream, connect, listen, pair
from interprocess.local_socket import asyncio as local_asyncio
from interprocess.os.linux.local_socket import (
    pass_creds,
    peer_pidfd,
    peer_security_label,
    recv_with_creds,
)
from interprocess.os.linux.unnamed_pipe import get_pipe_size, set_pipe_size
from interprocess.os.unix import _calls
from interprocess.unnamed_pipe import pipe
from tests.portable.asynchronous.fixtures import warm_runtimes
from tests.support import PATIENCE, finish, python, unique_name

__all__ = ["warm_runtimes"]

HAS_PIDFD = pytest.mark.skipif(
    not capabilities.available("peer_pidfd"), reason="this Linux has no SO_PEERPIDFD"
)


@HAS_PIDFD
def test_a_pidfd_is_of_the_peers_process() -> None:
    name = unique_name("path")
    code = """
import sys
from interprocess import connect
with connect(sys.argv[1]) as stream:
    stream.recv(1)
"""
    with listen(name) as listener, python(code, str(name)) as client:
        with listener.accept(timeout=PATIENCE) as stream:
            pidfd = peer_pidfd(stream)
            try:
                assert not os.get_inheritable(pidfd)
                with open(f"/proc/self/fdinfo/{pidfd}", encoding="ascii") as file:
                    assert f"Pid:\t{client.pid}" in file.read()
                signal.pidfd_send_signal(pidfd, 0)
                stream.send_all(b"x")
                finish(client)
                assert select.select([pidfd], [], [], PATIENCE)[0]
                with pytest.raises(ProcessLookupError):
                    signal.pidfd_send_signal(pidfd, 0)
            finally:
                os.close(pidfd)


@HAS_PIDFD
def test_a_pidfd_of_an_asynchronous_stream() -> None:
    async def main() -> None:
        one, other = local_asyncio.pair()
        async with one, other:
            os.close(peer_pidfd(one))

    asyncio.run(main())


def test_before_there_were_pidfds_for_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_option(*_: object) -> int:
        raise OSError(errno.ENOPROTOOPT, "Protocol not available")

    one, other = pair()
    with one, other:
        monkeypatch.setattr(_calls, "getsockopt_int", no_such_option)
        with pytest.raises(UnsupportedError, match=r"6\.5"):
            peer_pidfd(one)


def test_the_label_of_the_peer(name: Name) -> None:
    with listen(name) as listener, connect(name) as client, listener.accept() as stream:
        if capabilities.available("peer_security_label"):
            assert peer_security_label(client)
            assert peer_security_label(stream)
        else:
            with pytest.raises(UnsupportedError, match="security module"):
                peer_security_label(client)


@pytest.mark.parametrize("length", [5, 255, 256, 257, 5000])
def test_labels_of_any_length(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    label = b"x" * length + b"\0"

    def getsockopt(_number: int, _level: int, _option: int, memory: Any, size: int) -> int:
        if size < len(label):
            raise OSError(errno.ERANGE, "Numerical result out of range")
        memory[0 : len(label)] = label
        return len(label)

    one, other = pair()
    with one, other:
        monkeypatch.setattr(_calls, "getsockopt", getsockopt)
        assert peer_security_label(one) == "x" * length


def send_from_a_child(stream: Stream, data: bytes) -> int:
    """Send data from a forked process, and return its id."""
    child = os.fork()
    if not child:
        stream.send_all(data)
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_the_sender_of_data() -> None:
    one, other = pair()
    with one, other:
        pass_creds(other)
        child = send_from_a_child(one, b"from the child")
        one.send_all(b"from the parent")
        data, creds = recv_with_creds(other, 1000)
        assert creds is not None
        assert (data, creds.pid) == (b"from the child", child)
        assert (creds.euid, creds.egid) == (os.geteuid(), os.getegid())
        data, creds = recv_with_creds(other, 1000)
        assert creds is not None
        assert (data, creds.pid) == (b"from the parent", os.getpid())
        assert other.peer_creds().pid == os.getpid()
        pass_creds(other, False)
        one.send_all(b"x")
        assert recv_with_creds(other, 1) == (b"x", None)
        other.set_recv_timeout(0)
        with pytest.raises(TimeoutError):
            recv_with_creds(other, 1)
        one.close()
        assert recv_with_creds(other, 1) == (b"", None)


def test_descriptors_that_come_with_credentials_are_closed() -> None:
    one, other = pair()
    with one, other:
        pass_creds(other)
        before = os.listdir("/proc/self/fd")
        one.send_fds(b"x", [0, 1, 2])
        data, creds = recv_with_creds(other, 10)
        assert data == b"x"
        assert creds is not None
        assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize("runtime", ["asyncio", "trio"])
def test_the_sender_of_data_asynchronously(runtime: str) -> None:
    module = pytest.importorskip(f"interprocess.local_socket.{runtime}")

    async def main() -> None:
        sync, other = pair()
        with sync:
            async with module.Stream.from_sync(other) as stream:
                pass_creds(stream)
                child = send_from_a_child(sync, b"x")
                data, creds = await recv_with_creds(stream, 10)
                assert creds is not None
                assert (data, creds.pid) == (b"x", child)

    if runtime == "asyncio":
        asyncio.run(main())
    else:
        pytest.importorskip("trio").run(main)


def test_closed_streams() -> None:
    one, other = pair()
    one.close()
    other.close()
    for ask in (peer_pidfd, peer_security_label):
        with pytest.raises(ValueError, match="closed"):
            ask(one)


def test_what_is_no_stream() -> None:
    sender, recver = pipe()
    with sender, recver:
        wrong: Any
        for wrong in (3, None, sender):
            for ask in (peer_pidfd, peer_security_label, pass_creds):
                with pytest.raises(TypeError, match="only streams of local sockets"):
                    ask(wrong)
            with pytest.raises(TypeError, match="only streams of local sockets"):
                recv_with_creds(wrong, 10)
    one, other = pair()
    with one, other:
        for wrong in (3, None, one):
            with pytest.raises(TypeError, match="only ends of pipes"):
                get_pipe_size(wrong)
            with pytest.raises(TypeError, match="only ends of pipes"):
                set_pipe_size(wrong, 4096)
