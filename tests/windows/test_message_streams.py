"""Streams of messages over pipes in message mode, and `multiprocessing.connection` over those."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection as theirs
import sys
from typing import Any

import pytest

from interprocess import messages
from interprocess.local_socket import pair
from interprocess.messages import AuthenticationError, MessageTooLongError
from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeMode, PipeStream
from tests.support import PATIENCE, Running
from tests.windows.pipes import BYTES, MESSAGES, connected, unique_path

assert sys.platform == "win32"

PipeMessageStream = messages.PipeMessageStream

KEY = b"the key of both"
#: Around what their reading distinguishes.
EXAMPLES = [b"x", b"y" * 128, b"z" * 129, b"w" * 5000]


def test_messages_arrive_as_they_were_sent() -> None:
    with connected(MESSAGES, MESSAGES) as ends:
        server, client = map(PipeMessageStream, ends)
        with server:
            with client:
                client.send(b"")
                client.send_many(EXAMPLES)
                client.flush()
                assert [server.recv() for _ in range(5)] == [b"", *EXAMPLES]
                server.send(b"answer")
                assert client.recv() == b"answer"
                assert not client.pending
            assert client.closed
            assert [*server] == []


def test_a_message_over_the_limit_is_discarded() -> None:
    with connected(MESSAGES, MESSAGES) as (one, other):
        server, client = PipeMessageStream(one, max_size=10), PipeMessageStream(other)
        client.send_many([b"x" * 10, b"y" * 11, b"z"])
        assert server.recv() == b"x" * 10
        with pytest.raises(MessageTooLongError) as raised:
            server.recv()
        assert raised.value.length == 11
        assert raised.value.limit == 10
        assert raised.value.received == b"y" * 10
        assert server.recv() == b"z"


def test_a_timeout_loses_nothing() -> None:
    with connected(MESSAGES, MESSAGES) as (one, other):
        server, client = PipeMessageStream(one), PipeMessageStream(other)
        one.set_recv_timeout(0.01)
        for message in EXAMPLES:
            with pytest.raises(TimeoutError):
                server.recv()
            client.send(message)
            assert server.recv() == message


def test_an_error_of_the_iterable_says_how_many_were_sent() -> None:
    def examples() -> Any:
        yield b"one"
        raise LookupError

    with connected(MESSAGES, MESSAGES) as (one, other):
        with pytest.raises(LookupError) as raised:
            PipeMessageStream(other).send_many(examples())
        assert raised.value.messages_taken == 1  # type: ignore[attr-defined]
        assert PipeMessageStream(one).recv() == b"one"


def test_what_has_no_messages() -> None:
    with connected(BYTES, BYTES) as (server, _):
        with pytest.raises(ValueError, match="message mode"):
            PipeMessageStream(server)
    first, second = pair()
    with first, second:
        with pytest.raises(ValueError, match="message mode"):
            PipeMessageStream(first)


def echo(connection: Any) -> None:
    with connection:
        for _ in EXAMPLES:
            connection.send_bytes(connection.recv_bytes())
        connection.recv_bytes()


@pytest.mark.parametrize("authkey", [None, KEY])
def test_a_listener_of_multiprocessing(authkey: bytes | None) -> None:
    path = unique_path()
    with theirs.Listener(path, "AF_PIPE", authkey=authkey) as listener:
        serving = Running(lambda: echo(listener.accept()))
        pipe = PipeStream.connect_by_path(
            path, recv_mode=PipeMode.MESSAGES, send_mode=PipeMode.MESSAGES
        )
        with PipeMessageStream(pipe) as stream:
            if authkey:
                stream.answer_challenge(authkey)
                stream.deliver_challenge(authkey)
            for message in EXAMPLES:
                stream.send(message)
                assert stream.recv() == message
            stream.send(b"the end")
            serving.result()


@pytest.mark.parametrize("authkey", [None, KEY])
def test_a_client_of_multiprocessing(authkey: bytes | None) -> None:
    path = unique_path()
    options = PipeListenerOptions(path, mode=PipeMode.MESSAGES)
    with options.create(MESSAGES, MESSAGES) as listener:
        calling = Running(lambda: echo(theirs.Client(path, "AF_PIPE", authkey)))
        with PipeMessageStream(listener.accept(PATIENCE)) as stream:
            if authkey:
                stream.deliver_challenge(authkey)
                stream.answer_challenge(authkey)
            for message in EXAMPLES:
                stream.send(message)
                assert stream.recv() == message
            stream.send(b"the end")
            calling.result()


def test_a_client_of_multiprocessing_with_another_key() -> None:
    path = unique_path()
    options = PipeListenerOptions(path, mode=PipeMode.MESSAGES)
    with options.create(MESSAGES, MESSAGES) as listener:
        calling = Running(lambda: theirs.Client(path, "AF_PIPE", b"another key"))
        with PipeMessageStream(listener.accept(PATIENCE)) as stream:
            with pytest.raises(AuthenticationError, match="does not have the key"):
                stream.deliver_challenge(KEY)
            with pytest.raises(multiprocessing.AuthenticationError):
                calling.result()
