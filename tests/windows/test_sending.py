"""Sending over pipes that report little: ends without the right to ask, no buffer, two threads."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from interprocess._bindings.kernel32 import ntdll
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe import room, sending
from interprocess.os.windows.named_pipe import (
    PipeListenerOptions,
    PipeMode,
    PipeStream,
    WaitTimeout,
)
from interprocess.os.windows.security_descriptor import of_handle
from interprocess.unnamed_pipe import Recver, Sender, pipe
from tests.support import PATIENCE, Running
from tests.windows.layers import Layer
from tests.windows.pipes import BYTES, MESSAGES, connected, unique_path
from tests.windows.wine import lacking_on_wine

assert sys.platform == "win32"

#: The default number of bytes that a pipe buffers.
QUOTA = 65536
#: The status of a call that is refused, a negative number to C.
ACCESS_DENIED = 0xC0000022 - (1 << 32)
#: The right to change an object's owner.
WRITE_OWNER = 0x00080000
#: More than any pipe takes.
MUCH = 1 << 20


# CreateNamedPipeW gives the server's end of a pipe that only sends no FILE_READ_ATTRIBUTES, so that
# it may not ask about the pipe. Wine's `test_CreateNamedPipe` and `test_file_access`.


def give_rights(monkeypatch: pytest.MonkeyPatch, may_ask: bool) -> None:
    """Grant servers that only send the right to ask, or deny it, also on Wine."""
    monkeypatch.setattr(room, "counted_from", lambda: "InboundQuota" if may_ask else "")


def test_a_server_that_only_sends_may_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    give_rights(monkeypatch, True)
    with connected(None, BYTES, accept_remote=True) as (server, _):
        flags, *sizes, limit = pipes.named_pipe_info(server.handle)
        assert flags & pipes.PIPE_SERVER_END
        assert sizes == [QUOTA, QUOTA]
        assert limit >= 255


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mode": MESSAGES},
        {"instance_limit": 2},
        {"write_through": True},
        {"inheritable": True},
        {"write_dac": True},
        {"output_buffer_size_hint": 100, "input_buffer_size_hint": 200},
        {"wait_timeout": WaitTimeout(1500)},
    ],
    ids=str,
)
def test_a_pipe_that_may_ask_is_as_others_are(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # To Wine, a pipe that refuses other machines has messages if NtCreateNamedPipeFile makes it.
    mode = options.get("mode", BYTES)

    def facts() -> tuple[object, ...]:
        listener_options = PipeListenerOptions(unique_path(), accept_remote=True, **options)
        with listener_options.create(None, mode) as listener:
            path = listener_options.path
            with PipeStream.connect_by_path(path, recv_mode=mode, send_mode=None) as client:
                with listener.accept(PATIENCE) as server:
                    access = pipes.granted_access(server.handle)
                    *numbers, limit = pipes.named_pipe_info(client.handle)
                    return (
                        # FILE_FLAG_FIRST_PIPE_INSTANCE is the same number as WRITE_OWNER.
                        access & ~WRITE_OWNER | pipes.FILE_READ_ATTRIBUTES,
                        numbers,
                        min(limit, 255),  # Larger values mean no limit.
                        of_handle(server.handle).to_sddl(),
                        os.get_handle_inheritable(server.handle),
                    )

    give_rights(monkeypatch, True)
    ours = facts()
    give_rights(monkeypatch, False)
    assert ours == facts()


@lacking_on_wine("a second first instance is not refused")
@pytest.mark.parametrize("may_ask", [True, False])
def test_a_second_listener_that_only_sends_is_refused(
    monkeypatch: pytest.MonkeyPatch, may_ask: bool
) -> None:
    give_rights(monkeypatch, may_ask)
    options = PipeListenerOptions(unique_path())
    with options.create_send_only(), pytest.raises(OSError, match="another listener") as caught:
        options.create_send_only()
    assert caught.value.errno == errno.EADDRINUSE


def test_a_pipe_that_cannot_have_the_right_to_ask_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    give_rights(monkeypatch, True)
    functions = {"NtCreateNamedPipeFile": lambda *_: ACCESS_DENIED}
    monkeypatch.setattr(sending, "ntdll", Layer(ntdll, functions))
    with connected(None, BYTES) as (server, client):
        with pytest.raises(PermissionError):
            pipes.named_pipe_info(server.handle)
        server.set_send_timeout(PATIENCE)
        server.send_all(b"one by one")
        assert client.recv_exactly(10) == b"one by one"


@pytest.mark.parametrize("mode", [BYTES, MESSAGES])
def test_a_server_that_only_sends_knows_its_role(mode: PipeMode) -> None:
    with connected(None, mode) as (server, client):
        assert server.is_server()
        assert not server.is_client()
        assert server.peer_process_id() == client.peer_process_id()
        assert server.peer_session_id() == client.peer_session_id()
        with server.try_clone() as clone:
            assert clone.is_server()


def test_a_server_that_only_sends_sends_as_much_as_others() -> None:
    with connected(None, BYTES) as (server, client):
        server.set_send_timeout(PATIENCE)
        assert server.send(bytes(MUCH)) == QUOTA
        assert len(client.recv_exactly(QUOTA)) == QUOTA
        server.set_nonblocking(True)
        assert server.send(bytes(MUCH)) == QUOTA
        with pytest.raises(BlockingIOError):
            server.send(b"x")
        assert len(client.recv_exactly(QUOTA)) == QUOTA


@pytest.mark.parametrize("mode", [BYTES, MESSAGES])
def test_the_end_of_a_server_that_only_sends_is_adopted(mode: PipeMode) -> None:
    with connected(None, mode) as (server, client):
        with PipeStream(server.detach(), recv_mode=None, send_mode=mode) as adopted:
            assert adopted.is_server()
            assert adopted.peer_process_id() == client.peer_process_id()
            adopted.set_send_timeout(PATIENCE)
            sending = Running(lambda: adopted.send_all(b"x" * 1000))
            if mode is MESSAGES:
                assert client.recv_msg() == b"x" * 1000
            else:
                assert client.recv_exactly(1000) == b"x" * 1000
            sending.result()


def test_a_listener_that_only_sends_is_given_up_and_adopted() -> None:
    from interprocess.os.windows.named_pipe import PipeListener

    options = PipeListenerOptions(unique_path())
    handle = options.create_send_only().detach()
    with PipeListener.from_handle_and_options(handle, options, None, BYTES) as listener:
        with PipeStream.connect_by_path(options.path, send_mode=None) as client:
            with listener.accept(PATIENCE) as server:
                server.send(b"x")
                assert client.recv(1) == b"x"


def test_the_sender_of_a_send_only_server_is_adopted() -> None:
    with connected(None, BYTES) as (server, client), Sender(server.detach()) as sender:
        sender.set_timeout(PATIENCE)
        sending = Running(lambda: sender.send_all(b"x" * 1000))
        assert client.recv_exactly(1000) == b"x" * 1000
        sending.result()


def test_a_socket_is_no_pipe() -> None:
    import socket

    with socket.socket() as other:
        with pytest.raises(ValueError, match="cannot be adopted"):
            Sender(other.fileno())


# Pipes without a buffer, the default of .NET's: every write waits until all of it is read. Wine's
# `test_GetNamedPipeInfo`.


@contextmanager
def without_buffer() -> Iterator[tuple[PipeStream, PipeStream]]:
    with connected(input_buffer_size_hint=0, output_buffer_size_hint=0) as streams:
        yield streams


def test_a_pipe_without_a_buffer_takes_more_than_a_byte_at_a_time() -> None:
    with without_buffer() as (server, client):
        client.set_send_timeout(PATIENCE)
        sizes: list[int] = []
        received = bytearray()

        def receive() -> None:
            while len(received) < 100_000:
                part = server.recv(MUCH)
                sizes.append(len(part))
                received.extend(part)

        receiving = Running(receive)
        sent = client.send(bytes(range(250)) * 400)
        client.send_all((bytes(range(250)) * 400)[sent:])
        receiving.result()
        assert received == bytes(range(250)) * 400
        assert sent > 10_000
        assert len(sizes) < 20


def test_a_slow_reader_without_a_buffer_loses_nothing() -> None:
    with without_buffer() as (server, client):
        client.set_send_timeout(0.05)
        for _ in range(3):
            with pytest.raises(TimeoutError):
                client.send_all(b"nobody reads this")
        client.set_send_timeout(None)
        sending = Running(lambda: client.send_all(b"but this"))
        assert server.recv_exactly(8) == b"but this"
        sending.result()


def test_what_was_cut_short_without_a_buffer_closes_the_stream_for_sending() -> None:
    with without_buffer() as (server, client):
        client.set_send_timeout(0.3)
        sending = Running(lambda: client.send_all(b"x" * 1000))
        assert server.recv_exactly(10) == b"x" * 10
        with pytest.raises(TimeoutError) as caught:
            sending.result()
        assert caught.value.characters_written <= 10  # type: ignore[attr-defined]
        for send in (client.send, client.send_all):
            with pytest.raises(BrokenPipeError, match="closed for sending"):
                send(b"this would come after a gap")
        with client.try_clone() as clone, pytest.raises(BrokenPipeError, match="closed for"):
            clone.send(b"this, too")
        # The other direction goes on.
        answering = Running(lambda: server.send(b"answer"))
        assert client.recv(10) == b"answer"
        assert answering.result() == 6


def test_a_nonblocking_send_without_a_buffer_says_what_it_sent() -> None:
    with without_buffer() as (server, client):
        client.set_nonblocking(True)
        with pytest.raises(BlockingIOError):
            client.send(b"xyz")
        receiving = Running(lambda: server.recv(10))
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                sent = client.send(b"xyz")
                break
            except BlockingIOError:
                assert time.monotonic() < deadline
        assert receiving.result() == b"xyz"[:sent]


def test_the_buffer_that_counts_is_that_of_the_direction() -> None:
    sizes = {"input_buffer_size_hint": 1000, "output_buffer_size_hint": 3000}
    with connected(**sizes) as (server, client):  # type: ignore[arg-type]
        server.set_send_timeout(PATIENCE)
        client.set_send_timeout(PATIENCE)
        assert client.send(bytes(MUCH)) == 1000
        assert server.send(bytes(MUCH)) == 3000


@pytest.mark.parametrize("size", [0, 4096])
def test_one_way_pipes_of_others_have_a_buffer_for_one_direction(size: int) -> None:
    # `multiprocessing` and go-winio leave the other one at 0.
    sizes = {"input_buffer_size_hint": size, "output_buffer_size_hint": 4096 - size}
    recv_mode, send_mode = (BYTES, None) if size else (None, BYTES)
    with connected(recv_mode, send_mode, **sizes) as (server, client):
        sender, recver = (client, server) if size else (server, client)
        sender.set_send_timeout(PATIENCE)
        assert sender.send(bytes(MUCH)) == 4096
        assert len(recver.recv_exactly(4096)) == 4096


# Two threads on one pipe.


def test_what_fits_into_the_buffer_is_not_mixed() -> None:
    sender, recver = pipe()
    pieces = [bytes([number]) * QUOTA for number in range(4)]
    with recver:
        with sender:

            def send(piece: bytes) -> None:
                for _ in range(8):
                    sender.send_all(piece)

            threads = [Running(lambda piece=piece: send(piece)) for piece in pieces]  # type: ignore[misc]
            for _ in range(4 * 8):
                assert recver.recv_exactly(QUOTA) in pieces
            for thread in threads:
                thread.result()
        assert recver.recv(1) == b""


def test_what_is_promised_about_mixing() -> None:
    for end in (Sender, Recver):
        assert "its data is not interleaved" not in (end.__doc__ or "").replace("\n", " ")
    assert "larger than the pipe's buffer" in " ".join((Sender.__doc__ or "").split())
