"""Nothing that was sent is lost by closing: flushing, limbo, and the exit of the interpreter."""

from __future__ import annotations

import sys
import time

import pytest

from interprocess.local_socket import Name, connect, listen, pair
from interprocess.os.windows import _limbo
from interprocess.os.windows._limbo import EXIT_SECONDS
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, Running, python
from tests.windows.pipes import connected

assert sys.platform == "win32"


def test_what_was_sent_just_before_closing_arrives() -> None:
    first, second = pair()
    first.send_all(b"x" * 50_000)
    first.close()
    with second:
        time.sleep(0.2)
        assert second.recv_exactly(50_000) == b"x" * 50_000
        assert second.recv(1) == b""


def test_what_was_sent_just_before_closing_a_pipe_arrives() -> None:
    sender, recver = pipe()
    with sender:
        sender.send_all(b"x" * 50_000)
    with recver:
        assert recver.recv_exactly(50_000) == b"x" * 50_000
        assert recver.recv(1) == b""


def test_what_was_sent_just_before_the_process_exits_arrives() -> None:
    name = Name.unique()
    code = """if True:
        import sys
        from interprocess.local_socket import connect, to_fs_name
        with connect(to_fs_name(sys.argv[1])) as stream:
            stream.send_all(b"x" * 50_000)
    """
    with listen(name) as listener, python(code, str(name)) as process:
        with listener.accept(PATIENCE) as stream:
            time.sleep(0.5)
            assert stream.recv_exactly(50_000) == b"x" * 50_000
            assert stream.recv(1) == b""
        assert process.wait(PATIENCE) == 0


def test_exit_does_not_wait_for_ever() -> None:
    name = Name.unique()
    code = """if True:
        import sys
        from interprocess.local_socket import connect, to_fs_name
        with connect(to_fs_name(sys.argv[1])) as stream:
            stream.send_all(b"x")
    """
    with listen(name) as listener, python(code, str(name)) as process:
        with listener.accept(PATIENCE):
            began = time.monotonic()
            assert process.wait(PATIENCE) == 0
            assert time.monotonic() - began < EXIT_SECONDS + 5


def test_a_closed_stream_stays_in_limbo_until_its_peer_has_read() -> None:
    first, second = pair()
    with second:
        first.send(b"x")
        first.close()
        time.sleep(0.1)
        assert len(_limbo._lingering) == 1
        assert second.recv(1) == b"x"
        _limbo.wait_for_all(PATIENCE)
        assert not _limbo._lingering
        assert second.recv(1) == b""


def test_limbo_ends_when_the_peer_leaves() -> None:
    first, second = pair()
    first.send(b"x")
    first.close()
    second.close()
    _limbo.wait_for_all(PATIENCE)
    assert not _limbo._lingering


def test_what_sent_nothing_needs_no_limbo() -> None:
    first, second = pair()
    with second:
        first.close()
        assert not _limbo._lingering


def test_flush_waits_for_the_peer() -> None:
    with connected() as (server, client):
        server.flush()
        server.send(b"x")
        flushing = Running(server.flush)
        assert flushing.is_waiting()
        assert client.recv(1) == b"x"
        flushing.result()
        server.close()
        assert not _limbo._lingering


def test_flush_has_the_send_timeout() -> None:
    with connected() as (server, client):
        server.send(b"x")
        server.set_send_timeout(0.1)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            server.flush()
        assert 0.09 <= time.monotonic() - began < 5
        assert server._handle.dirty
        assert client.recv(1) == b"x"
        server.flush()


def test_closing_ends_flushing() -> None:
    with connected() as (server, client):
        server.send(b"x")
        flushing = Running(server.flush)
        assert flushing.is_waiting()
        server.close()
        with pytest.raises(ValueError, match="closed"):
            flushing.result()
        assert client.recv(1) == b"x"


def test_flushing_for_a_peer_that_leaves_is_a_broken_pipe() -> None:
    with connected() as (server, client):
        server.send(b"x")
        flushing = Running(server.flush)
        assert flushing.is_waiting()
        client.close()
        with pytest.raises(BrokenPipeError):
            flushing.result()
        server.assume_flushed()


def test_flushing_after_closing_is_an_error() -> None:
    with connected() as (server, _):
        server.close()
        for call in (server.flush, server.mark_dirty, server.assume_flushed):
            with pytest.raises(ValueError, match="closed"):
                call()


def test_limbo_can_be_evaded_and_asked_for() -> None:
    for prepare, lingers in (("assume_flushed", 0), ("evade_limbo", 0), ("flush", 1)):
        with connected() as (server, client):
            server.send(b"x")
            if prepare == "flush":
                assert client.recv(1) == b"x"
                server.flush()
                assert not server._handle.dirty
                server.send(b"x")
                server.assume_flushed()
                server.mark_dirty()
            else:
                getattr(server, prepare)()
            server.close()
            time.sleep(0.05)
            assert len(_limbo._lingering) == lingers
            assert client.recv(1) == b"x"
        _limbo.wait_for_all(PATIENCE)


def test_a_listener_serves_on_while_streams_linger() -> None:
    name = Name.unique()
    with listen(name) as listener:
        clients = []
        for _ in range(5):
            client = connect(name)
            with listener.accept(PATIENCE) as stream:
                stream.send(b"bye")
            clients.append(client)
        for client in clients:
            with client:
                assert client.recv_exactly(3) == b"bye"
                assert client.recv(1) == b""
