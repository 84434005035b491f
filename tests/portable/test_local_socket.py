"""A server and its clients: the model's own cases, for path and namespaced names."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress

import pytest

from interprocess import capabilities
from interprocess.local_socket import (
    ConnectOptions,
    ConnectWaitMode,
    Listener,
    ListenerNonblockingMode,
    ListenerOptions,
    Name,
    Stream,
    UnsupportedError,
    connect,
    listen,
    pair,
)
from tests.support import Running, finish, python
from tests.windows.wine import lacking_on_wine

CLIENTS = 20


def exchange_lines(stream: Stream, mine: bytes, theirs: bytes) -> None:
    """Send a line and expect one, from two threads at once."""
    recv_half, send_half = stream.split()
    with recv_half, send_half:
        sending = Running(lambda: send_half.send_all(mine + b"\n"))
        with recv_half.makefile("rb") as lines:
            assert lines.readline() == theirs + b"\n"
        sending.result()


CHILD = """
import sys
from interprocess.local_socket import connect

with connect(sys.argv[1]) as stream:
    stream.send_all(b"from the child")
"""


def test_without_a_name_a_listener_makes_one_of_its_own() -> None:
    with listen() as one, listen() as other:
        assert one.name != other.name
        assert one.name.is_namespaced()
        with connect(one.name), one.accept(10):
            pass
        # A child process gets it as an argument.
        with python(CHILD, other.name.as_text()) as child:
            with other.accept(10) as stream:
                assert stream.recv_exactly(14) == b"from the child"
            finish(child)
    with pytest.raises((FileNotFoundError, ConnectionRefusedError)):
        connect(one.name)


def test_without_a_name_the_options_hold() -> None:
    with listen(current_user_only=False, reclaim_name=False) as listener:
        assert listener.name.is_namespaced()


def test_stream_with_delimiters_from_two_threads(name: Name) -> None:
    with listen(name) as listener:

        def serve() -> None:
            for _ in range(CLIENTS):
                exchange_lines(
                    listener.accept(), b"hello from the server", b"hello from the client"
                )

        server = Running(serve)
        clients = [
            Running(
                lambda: exchange_lines(
                    connect(name), b"hello from the client", b"hello from the server"
                )
            )
            for _ in range(CLIENTS)
        ]
        for client in clients:
            client.result()
        server.result()


def test_client_in_another_process(name: Name) -> None:
    code = """
import pickle, sys
from interprocess.local_socket import connect
with connect(pickle.loads(bytes.fromhex(sys.argv[1]))) as stream:
    stream.send_all(b"from the child")
    print(stream.recv_exactly(15).decode())
"""
    import pickle

    with listen(name) as listener, python(code, pickle.dumps(name).hex()) as child:
        with listener.accept(timeout=30) as stream:
            assert stream.recv_exactly(14) == b"from the child"
            if capabilities.available("peer_creds"):
                assert stream.peer_creds().pid in (child.pid, None)
            stream.send_all(b"from the parent")
            assert finish(child).strip() == "from the parent"


def test_no_server(name: Name) -> None:
    with pytest.raises((FileNotFoundError, ConnectionRefusedError)) as caught:
        connect(name)
    assert caught.value.filename == str(name)


def test_no_server_any_more(name: Name) -> None:
    listen(name).close()
    with pytest.raises((FileNotFoundError, ConnectionRefusedError)):
        connect(name)
    listen(name).close()


def test_no_client(name: Name) -> None:
    with listen(name) as listener:
        listener.set_nonblocking(ListenerNonblockingMode.ACCEPT)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_accept_with_a_timeout(name: Name) -> None:
    with listen(name) as listener:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            listener.accept(timeout=0.1)
        assert 0.09 <= time.monotonic() - began < 10
        with pytest.raises(TimeoutError):
            listener.accept(timeout=0)
        with connect(name) as client, listener.accept(timeout=0) as stream:
            client.send_all(b"x")
            assert stream.recv(1) == b"x"


def test_accept_waits_again_after_a_timeout(name: Name) -> None:
    with listen(name) as listener:
        with pytest.raises(TimeoutError):
            listener.accept(timeout=0.01)
        accepting = Running(listener.accept)
        assert accepting.is_waiting()
        with connect(name), accepting.result():
            pass


@pytest.mark.parametrize("timeout", [-1, float("nan"), -0.001])
def test_bad_timeouts(name: Name, timeout: float) -> None:
    with listen(name) as listener:
        with pytest.raises(ValueError, match="timeout"):
            listener.accept(timeout=timeout)
        with pytest.raises(ValueError):
            connect(name, timeout=timeout)


def test_iteration_serves_and_ends_with_close(name: Name) -> None:
    with listen(name) as listener:

        def serve() -> int:
            count = 0
            for stream in listener:
                stream.close()
                count += 1
            return count

        served = Running(serve)
        for _ in range(3):
            with connect(name) as client:
                assert client.recv(1) == b""
        listener.close()
        assert served.result() == 3
    assert list(listener.incoming()) == []


@pytest.mark.parametrize("mode", ListenerNonblockingMode)
def test_nonblocking_modes(name: Name, mode: ListenerNonblockingMode) -> None:
    with ListenerOptions(name, nonblocking=mode).create_sync() as listener, connect(name):
        with listener.accept() as stream:
            stream.set_recv_timeout(0.01)
            with pytest.raises(BlockingIOError if mode.stream_nonblocking else TimeoutError):
                stream.recv(1)
        if mode.accept_nonblocking:
            with pytest.raises(BlockingIOError):
                listener.accept()


def test_nonblocking_mode_must_be_one(name: Name) -> None:
    with listen(name) as listener, pytest.raises(TypeError):
        listener.set_nonblocking(True)  # type: ignore[arg-type]  # deliberately wrong


@lacking_on_wine("FILE_FLAG_FIRST_PIPE_INSTANCE is ignored: a second first instance is created")
def test_address_in_use_says_so(name: Name) -> None:
    with listen(name):
        with pytest.raises(OSError) as caught:
            listen(name)
        assert caught.value.filename == str(name)


@pytest.mark.parametrize(
    "wait_mode",
    [
        ConnectWaitMode.deferred(),
        ConnectWaitMode.timeout(5),
        ConnectWaitMode.timeout(0),
        ConnectWaitMode.unbounded(),
    ],
    ids=repr,
)
@pytest.mark.parametrize("nonblocking", [False, True])
def test_every_way_to_connect(name: Name, wait_mode: ConnectWaitMode, nonblocking: bool) -> None:
    options = ConnectOptions(name, wait_mode=wait_mode, nonblocking_stream=nonblocking)
    with listen(name) as listener, options.connect_sync() as client, listener.accept() as stream:
        client.set_recv_timeout(0.01)
        with pytest.raises(BlockingIOError if nonblocking else TimeoutError):
            client.recv(1)
        stream.send_all(b"x")
        client.set_recv_timeout(None)
        client.set_nonblocking(False)
        assert client.recv(1) == b"x"
        client.send_all(b"y")
        assert stream.recv(1) == b"y"


def test_peer_creds(name: Name) -> None:
    with listen(name) as listener, connect(name) as client, listener.accept() as stream:
        for end in (client, stream):
            try:
                creds = end.peer_creds()
            except UnsupportedError:
                pytest.skip("this system does not report peer credentials")
            assert creds.pid in (os.getpid(), None)
            if sys.platform != "win32":
                assert (creds.euid, creds.egid) == (os.geteuid(), os.getegid())


def test_peer_creds_of_a_pair() -> None:
    first, second = pair()
    with first, second, suppress(UnsupportedError):  # Some systems keep none for a pair.
        assert first.peer_creds().pid in (os.getpid(), None)


def test_use_after_close(name: Name) -> None:
    listener = listen(name)
    client = connect(name)
    stream = listener.accept()
    for end in (client, stream, listener):
        assert not end.closed
        end.close()
        end.close()
        assert end.closed
        assert "closed" in repr(end)
    for call in (
        lambda: client.recv(1),
        lambda: client.recv_into(bytearray(1)),
        lambda: client.recv_vectored([bytearray(1)]),
        lambda: client.send(b"x"),
        lambda: client.send_all(b""),
        lambda: client.send_vectored([b"x"]),
        lambda: client.flush(),
        lambda: client.split(),
        lambda: client.try_clone(),
        lambda: client.peer_creds(),
        lambda: client.set_nonblocking(True),
        lambda: client.shutdown(),
        lambda: client.take_error(),
        lambda: client.detach(),
        lambda: listener.accept(),
        lambda: listener.accept(timeout=1),
        lambda: listener.set_nonblocking(ListenerNonblockingMode.BOTH),
        lambda: listener.detach(),
    ):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_an_unclosed_listener_warns_and_gives_its_name_back(name: Name) -> None:
    listener: Listener | None = listen(name)
    with pytest.warns(ResourceWarning, match="unclosed"):
        del listener
        import gc

        gc.collect()
    listen(name).close()


def test_giving_the_name_back_after_all(name: Name) -> None:
    with listen(name, reclaim_name=False) as listener:
        listener.reclaim_name_on_drop()
    listen(name).close()
