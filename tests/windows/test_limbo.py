"""Nothing that was sent is lost by closing: flushing, limbo, and the exit of the interpreter."""

from __future__ import annotations

import _thread
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from interprocess.local_socket import Name, connect, listen, pair
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe import limbo
from interprocess.os.windows._pipe.limbo import EXIT_SECONDS
from interprocess.os.windows.named_pipe import (
    PipeListener,
    PipeListenerOptions,
    PipeMode,
    PipeStream,
)
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, Running, python
from tests.windows.layers import fail, lay_over_kernel32
from tests.windows.pipes import BYTES, connected, unique_path

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


def test_a_peer_that_sends_to_a_closed_stream_is_told() -> None:
    """A broken pipe, as on Unix, also before it has read what was sent to it."""
    first, second = pair()
    with second:
        first.send(b"unread")
        first.close()
        sending = Running(lambda: second.send_all(bytes(1 << 20)))
        with pytest.raises(BrokenPipeError):
            sending.result()
        assert second.recv(100) == b"unread"
        assert second.recv(1) == b""


def test_a_peer_that_is_sending_to_a_stream_that_closes_is_told() -> None:
    for end in ("client", "server"):
        with connected() as (server, client):
            closing, sender = (client, server) if end == "client" else (server, client)
            closing.send(b"unread")
            sending = Running(lambda sender=sender: sender.send_all(bytes(1 << 20)))  # type: ignore[misc]
            assert sending.is_waiting()
            closing.close()
            with pytest.raises(BrokenPipeError):
                sending.result()
            assert sender.recv(100) == b"unread"


def test_closed_streams_take_no_threads() -> None:
    before = _thread._count()
    peers = []
    for _ in range(50):
        first, second = pair()
        first.send(b"unread")
        first.close()
        peers.append(second)
    assert _thread._count() <= before
    for peer in peers:
        with peer:
            assert peer.recv(100) == b"unread"


@contextmanager
def with_limit() -> Iterator[tuple[PipeListener, PipeStream, PipeStream]]:
    """Return a listener whose only instance has a client: the server's and the client's stream."""
    options = PipeListenerOptions(unique_path(), instance_limit=1)
    with options.create_duplex() as listener:
        with PipeStream.connect_by_path(options.path) as client:
            with listener.accept(PATIENCE) as server:
                yield listener, server, client


def test_a_stream_of_a_limited_listener_lingers_until_its_client_has_read() -> None:
    with with_limit() as (_, server, client):
        server.send(b"x")
        server.close()
        assert len(limbo._lingering) == 1
        assert client.recv(1) == b"x"
        limbo.wait_for_all(PATIENCE)
        assert not limbo._lingering
        assert client.recv(1) == b""


def test_limbo_ends_when_the_peer_leaves() -> None:
    with with_limit() as (_, server, client):
        server.send(b"x")
        server.close()
        client.close()
        limbo.wait_for_all(PATIENCE)
        assert not limbo._lingering


def test_limbo_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limbo, "LINGER_SECONDS", 0.1)
    with with_limit() as (_, server, client):
        server.send(b"unread")
        sending = Running(lambda: client.send_all(bytes(1 << 20)))
        assert sending.is_waiting()
        server.close()
        with pytest.raises(BrokenPipeError):
            sending.result()
        limbo.wait_for_all(PATIENCE)
        assert client.recv(100) == b"unread"
        assert client.recv(1) == b""


def test_limbo_takes_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limbo, "MOST_LINGERING", 2)
    with ExitStack() as stack:
        streams = [stack.enter_context(with_limit()) for _ in range(4)]
        for _, server, _ in streams:
            server.send(b"unread")
            server.close()
        assert len(limbo._lingering) == 2
        for _, _, client in streams:
            assert client.recv(100) == b"unread"
            assert client.recv(1) == b""


def test_what_sent_nothing_needs_no_limbo() -> None:
    first, second = pair()
    with second:
        first.close()
        assert not limbo._lingering


def test_flush_waits_for_the_peer() -> None:
    with connected() as (server, client):
        server.flush()
        server.send(b"x")
        flushing = Running(server.flush)
        assert flushing.is_waiting()
        assert client.recv(1) == b"x"
        flushing.result()
        server.close()
        assert not limbo._lingering


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


@pytest.mark.parametrize(("recv_mode", "send_mode"), [(BYTES, BYTES), (None, BYTES)])
def test_flushing_for_a_peer_that_has_left_is_a_broken_pipe(
    recv_mode: PipeMode | None, send_mode: PipeMode | None
) -> None:
    """FlushFileBuffers succeeds then, and what was not read is gone: Wine's `test_pipe_state`."""
    with connected(recv_mode, send_mode) as (server, client):
        server.send(b"unread")
        if recv_mode is not None:
            client.send(b"unread as well")
        client.close()
        with pytest.raises(BrokenPipeError):
            server.flush()


def test_flushing_the_end_of_a_client_whose_server_has_left() -> None:
    with connected(BYTES, None) as (server, client):
        client.send(b"unread")
        server.close()
        with pytest.raises(BrokenPipeError):
            client.flush()


def test_flushing_for_a_client_that_was_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Error 233, which Python takes for no broken pipe: Wine's `test_overlapped_transport`."""
    with connected() as (server, client):
        client.send(b"unread")
        lay_over_kernel32(monkeypatch, FlushFileBuffers=lambda *_: fail(233))
        with pytest.raises(BrokenPipeError):
            client.flush()
        assert client._handle.dirty
        pipes.disconnect_named_pipe(server.handle)
        with pytest.raises(BrokenPipeError):
            client.flush()


def test_a_flush_that_is_cancelled_before_its_thread_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[int] = []

    def cancel(real: Callable[[int], int], thread: int) -> int:
        attempts.append(thread)
        return fail(1168) if len(attempts) < 5 else real(thread)

    lay_over_kernel32(monkeypatch, CancelSynchronousIo=cancel)
    with connected() as (server, client):
        server.send(b"x")
        server.set_send_timeout(0.05)
        with pytest.raises(TimeoutError):
            server.flush()
        assert len(attempts) >= 5
        assert client.recv(1) == b"x"


@pytest.mark.parametrize("closed_meanwhile", [False, True])
def test_a_flush_that_cannot_be_cancelled(
    monkeypatch: pytest.MonkeyPatch, closed_meanwhile: bool
) -> None:
    """A flush may last, perhaps on pipes of other machines: it keeps the handle open, and no call
    waits for it.
    """
    monkeypatch.setattr(limbo, "CANCEL_SECONDS", 0.2, raising=False)
    with monkeypatch.context() as patched, connected() as (server, client):
        lay_over_kernel32(patched, CancelSynchronousIo=lambda *_: fail(1168))
        server.send(b"x")
        server.set_send_timeout(0.05)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            server.flush()
        assert time.monotonic() - began < 5
        value = server.handle
        if closed_meanwhile:
            server.close()
        assert _calls.is_pipe(value)
        assert client.recv(1) == b"x"
        if closed_meanwhile:
            # The flush has ended, and with it goes the handle.
            assert client.recv(1) == b""
        else:
            server.flush()
            server.send(b"y")
            assert client.recv(1) == b"y"


def test_flushing_after_closing_is_an_error() -> None:
    with connected() as (server, _):
        server.close()
        for call in (server.flush, server.mark_dirty, server.assume_flushed):
            with pytest.raises(ValueError, match="closed"):
                call()


def test_limbo_can_be_evaded_and_asked_for() -> None:
    for prepare, lingers in (("assume_flushed", 0), ("evade_limbo", 0), ("flush", 1)):
        with with_limit() as (_, server, client):
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
            assert len(limbo._lingering) == lingers
            if prepare != "assume_flushed":
                assert client.recv(1) == b"x"
            assert client.recv(1) == b""
        limbo.wait_for_all(PATIENCE)


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
