"""Messages: whole, empty, long, too long, and what streams of bytes and of messages do not have."""

from __future__ import annotations

import pickle
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess.errors import UnsupportedError
from interprocess.os.windows.named_pipe import (
    MessageTooLongError,
    PipeListenerOptions,
    PipeMode,
    PipeStream,
)
from tests.support import Running
from tests.windows.pipes import BYTES, MESSAGES, connected, unique_path

assert sys.platform == "win32"

ROLES = [
    (recv_mode, send_mode)
    for recv_mode in (BYTES, MESSAGES, None)
    for send_mode in (BYTES, MESSAGES, None)
    if (recv_mode, send_mode) != (None, None)
]


@pytest.mark.parametrize(("recv_mode", "send_mode"), ROLES)
def test_every_combination_of_modes(recv_mode: PipeMode | None, send_mode: PipeMode | None) -> None:
    with connected(recv_mode, send_mode) as (server, client):
        for sender, recver, mode in ((client, server, recv_mode), (server, client, send_mode)):
            if mode is None:
                with pytest.raises(UnsupportedError, match="None"):
                    sender.send(b"x")
                with pytest.raises(UnsupportedError, match="None"):
                    recver.recv(1)
                assert not sender.writable()
                assert not recver.readable()
            elif mode is BYTES:
                sender.send(b"ab")
                sender.send(b"cd")
                assert recver.recv_exactly(3) == b"abc"
                assert recver.recv(10) == b"d"
                with pytest.raises(UnsupportedError, match="bytes"):
                    recver.recv_msg()
                with pytest.raises(UnsupportedError, match="bytes"):
                    recver.peek_msg_len()
            else:
                sender.send(b"ab")
                sender.send(b"cd")
                assert recver.recv_msg() == b"ab"
                assert recver.recv_msg() == b"cd"
                for receive in (recver.recv, recver.recv_exactly):
                    with pytest.raises(UnsupportedError, match="messages"):
                        receive(1)


def test_no_direction_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="both"):
        PipeStream.connect_by_path(unique_path(), recv_mode=None, send_mode=None)
    with pytest.raises(ValueError, match="both"):
        PipeListenerOptions(unique_path()).create(None, None)
    with pytest.raises(TypeError, match="recv_mode"):
        PipeStream.connect_by_path(unique_path(), recv_mode="bytes")  # type: ignore[arg-type]


def test_messages_need_a_pipe_that_has_them() -> None:
    options = PipeListenerOptions(unique_path())
    with pytest.raises(ValueError, match=r"PipeMode\.MESSAGES"):
        options.create_duplex(MESSAGES)
    with options.create_duplex() as listener:
        with pytest.raises(UnsupportedError, match="not in message mode"):
            PipeStream.connect_by_path(options.path, recv_mode=MESSAGES)
        with pytest.raises(UnsupportedError, match="not in message mode"):
            PipeStream.connect_by_path(options.path, send_mode=MESSAGES)
        with PipeStream.connect_by_path(options.path) as client, listener.accept() as server:
            client.send(b"x")
            assert server.recv(1) == b"x"


@given(messages=st.lists(st.binary(max_size=10_000), max_size=4))
def test_messages_arrive_as_they_were_sent(messages: list[bytes]) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        for message in messages:
            assert client.send(message) == len(message)
        assert [server.recv_msg() for _ in messages] == messages


def test_a_message_of_any_length() -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        for length in (0, 1, 4095, 4096, 4097, 65_536, 300_000):
            sending = Running(lambda length=length: client.send(b"x" * length))  # type: ignore[misc]
            message = server.recv_msg()
            assert message == b"x" * length
            assert sending.result() == length


def test_the_end_is_no_message() -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        client.send(b"")
        client.send(b"last")
        client.close()
        assert server.recv_msg() == b""
        assert server.recv_msg() == b"last"
        assert server.recv_msg() is None
        assert server.recv_msg_into(bytearray(1)) is None
        with pytest.raises(BrokenPipeError):
            server.peek_msg_len()


def test_what_exceeds_the_quota_is_reported_and_the_rest_is_gone() -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        for quota in (0, 1, 5, 4096, 5000, 9999):
            client.send(bytes(range(250)) * 40)
            client.send(b"next")
            with pytest.raises(MessageTooLongError, match="10000") as caught:
                server.recv_msg(quota=quota)
            error = caught.value
            assert (error.partial, error.length) == ((bytes(range(250)) * 40)[:quota], 10_000)
            assert error.winerror == 234
            assert server.recv_msg(quota=4) == b"next"
        copy = pickle.loads(pickle.dumps(error))
        assert (copy.partial, copy.length) == (error.partial, error.length)
        for bad in (-1, 2**31):
            with pytest.raises(ValueError, match="quota"):
                server.recv_msg(quota=bad)
        with pytest.raises(TypeError, match="quota"):
            server.recv_msg(quota="1")  # type: ignore[arg-type]


def test_a_buffer_grows_up_to_the_quota() -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        buffer = bytearray(b"....")
        client.send(b"ab")
        assert server.recv_msg_into(buffer) == 2
        assert buffer == b"ab.."
        client.send(b"abcdefgh")
        assert server.recv_msg_into(buffer, quota=8) == 8
        assert buffer == b"abcdefgh"
        client.send(b"0123456789")
        with pytest.raises(MessageTooLongError):
            server.recv_msg_into(buffer, quota=9)
        assert buffer == b"012345678"
        fixed = memoryview(bytearray(3))
        client.send(b"0123")
        with pytest.raises(MessageTooLongError):
            server.recv_msg_into(fixed, quota=100)
        assert bytes(fixed) == b"012"


def test_peeking_neither_waits_nor_takes() -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        assert server.peek_msg_len() == 0
        client.send(b"12345")
        client.send(b"1")
        assert server.peek_msg_len() == 5
        assert server.peek_msg_len() == 5
        assert server.recv_msg() == b"12345"
        assert server.peek_msg_len() == 1
        assert server.recv_msg() == b"1"


def test_messages_have_timeouts_and_nonblocking_mode() -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        server.set_recv_timeout(0.1)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            server.recv_msg()
        assert 0.09 <= time.monotonic() - began < 5
        server.set_nonblocking(True)
        with pytest.raises(BlockingIOError):
            server.recv_msg()
        server.set_nonblocking(False)
        client.send(b"x")
        assert server.recv_msg() == b"x"
        client.set_send_timeout(0.05)
        sent = sum(1 for _ in iter(lambda: sent_in_time(client, b"m" * 10_000), False))
        assert sent > 0
        for _ in range(sent):
            assert server.recv_msg() == b"m" * 10_000
        with pytest.raises(TimeoutError):
            server.recv_msg()


def sent_in_time(stream: PipeStream, message: bytes) -> bool:
    try:
        return stream.send(message) == len(message)
    except TimeoutError:
        return False


def test_halves_keep_their_modes() -> None:
    with connected(MESSAGES, BYTES) as (server, client):
        recv_half, send_half = server.split()
        with client:
            client.send(b"message")
            assert recv_half.recv_msg() == b"message"
            send_half.send(b"bytes")
            assert client.recv(10) == b"bytes"
            whole = PipeStream.reunite(recv_half, send_half)
            with whole, whole.try_clone() as clone:
                assert (whole.recv_mode, whole.send_mode) == (MESSAGES, BYTES)
                assert (clone.recv_mode, clone.send_mode) == (MESSAGES, BYTES)
                client.send(b"")
                assert clone.recv_msg() == b""


def test_one_direction_cannot_be_split() -> None:
    with connected(BYTES, None) as (server, client):
        for stream in (server, client):
            with pytest.raises(UnsupportedError, match="only"):
                stream.split()
