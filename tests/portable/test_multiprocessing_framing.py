"""Streams of messages and `multiprocessing.connection`, both ways, with and without a key."""

from __future__ import annotations

import hmac
import multiprocessing
import multiprocessing.connection as theirs
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from interprocess.local_socket import connect, listen, pair
from interprocess.messages import (
    AuthenticationError,
    FramingError,
    LengthPrefix,
    MessageStream,
    MultiprocessingFraming,
)
from tests.support import Running, socket_directory, unique

KEY = b"the key of both"
WRONG = b"another key"

#: Around what their framing distinguishes.
MESSAGES = [b"", b"x", b"y" * 16384, b"z" * 16385, b"w" * 300_000]

not_on_windows = pytest.mark.skipif(
    sys.platform == "win32", reason="it uses pipes in message mode on Windows: see tests/windows"
)


def new_path() -> str:
    return os.path.join(socket_directory(), unique("s"))


def stream_pair() -> tuple[MessageStream, MessageStream]:
    first, second = pair()
    framing = MultiprocessingFraming()
    return MessageStream(first, framing), MessageStream(second, framing)


def echo(connection: Any) -> None:
    with connection:
        for _ in MESSAGES:
            connection.send_bytes(connection.recv_bytes())


def their_client(address: str, authkey: bytes | None) -> None:
    echo(theirs.Client(address, "AF_UNIX", authkey))


@not_on_windows
@pytest.mark.parametrize("authkey", [None, KEY])
def test_our_listener(authkey: bytes | None) -> None:
    path = new_path()
    with listen(path) as listener:
        serving = Running(lambda: their_client(path, authkey))
        with MessageStream(listener.accept(), MultiprocessingFraming()) as stream:
            if authkey:
                stream.deliver_challenge(authkey)
                stream.answer_challenge(authkey)
            for message in MESSAGES:
                stream.send(message)
                assert stream.recv() == message
            assert stream.recv() is None
        serving.result()


@not_on_windows
@pytest.mark.parametrize("authkey", [None, KEY])
def test_our_client(authkey: bytes | None) -> None:
    path = new_path()
    with theirs.Listener(path, "AF_UNIX", authkey=authkey) as listener:
        serving = Running(lambda: echo(listener.accept()))
        with MessageStream(connect(path), MultiprocessingFraming()) as stream:
            if authkey:
                stream.answer_challenge(authkey)
                stream.deliver_challenge(authkey)
            for message in MESSAGES:
                stream.send(message)
                assert stream.recv() == message
        serving.result()


@not_on_windows
def test_a_client_of_theirs_with_another_key() -> None:
    path = new_path()
    with listen(path) as listener:
        calling = Running(lambda: their_client(path, WRONG))
        with MessageStream(listener.accept(), MultiprocessingFraming()) as stream:
            with pytest.raises(AuthenticationError, match="does not have the key"):
                stream.deliver_challenge(KEY)
        with pytest.raises(multiprocessing.AuthenticationError):
            calling.result()


@not_on_windows
def test_a_listener_of_theirs_with_another_key() -> None:
    path = new_path()
    with theirs.Listener(path, "AF_UNIX", authkey=WRONG) as listener:
        serving = Running(listener.accept)
        with MessageStream(connect(path), MultiprocessingFraming()) as stream:
            with pytest.raises(AuthenticationError, match="another key"):
                stream.answer_challenge(KEY)
        with pytest.raises(multiprocessing.AuthenticationError):
            serving.result()


@pytest.mark.parametrize("digest", ["md5", "sha256", "sha384", "sha3_256", "sha3_384"])
def test_both_protocols_between_ourselves(digest: str) -> None:
    listener, client = stream_pair()
    with listener, client:

        def answer() -> None:
            client.answer_challenge(KEY)
            client.deliver_challenge(KEY, digest=digest)

        answering = Running(answer)
        listener.deliver_challenge(KEY, digest=digest)
        listener.answer_challenge(KEY)
        answering.result()
        client.send(b"x" * 1000)
        assert listener.recv() == b"x" * 1000


def answer_of(challenge: bytes) -> bytes | None:
    """Return what we answer to a challenge."""
    listener, client = stream_pair()
    with listener, client:
        answering = Running(lambda: client.answer_challenge(KEY))
        listener.send(b"#CHALLENGE#" + challenge)
        answer = listener.recv()
        listener.send(b"#WELCOME#")
        answering.result()
        return answer


def test_the_answer_to_a_listener_before_3_12() -> None:
    challenge = bytes(range(20))
    assert answer_of(challenge) == hmac.new(KEY, challenge, "md5").digest()


def test_the_answer_to_a_listener_from_3_12_on() -> None:
    for name in ("md5", "sha256", "sha3_384"):
        challenge = b"{%s}" % name.encode() + bytes(range(40))
        answer = b"{%s}" % name.encode() + hmac.new(KEY, challenge, name).digest()
        assert answer_of(challenge) == answer


@pytest.mark.parametrize(
    "challenge",
    [
        b"",
        b"#WELCOME#",
        b"#CHALLENGE#" + bytes(19),
        b"#CHALLENGE#" + bytes(21),
        b"#CHALLENGE#{sha1}" + bytes(40),
        b"#CHALLENGE#{sha256" + bytes(40),
    ],
)
def test_what_is_no_challenge(challenge: bytes) -> None:
    listener, client = stream_pair()
    with listener, client:
        listener.send(challenge)
        with pytest.raises(AuthenticationError):
            client.answer_challenge(KEY)


def response_to(respond: Callable[[bytes], bytes]) -> bytes | None:
    """Return what we say to the response to our challenge, or raise what we raise."""
    listener, client = stream_pair()
    with listener, client:
        delivering = Running(lambda: listener.deliver_challenge(KEY))
        challenge = client.recv()
        assert challenge is not None
        assert challenge.startswith(b"#CHALLENGE#{sha256}")
        assert len(challenge) == 11 + 8 + 40
        client.send(respond(challenge[11:]))
        said = client.recv()
        try:
            delivering.result()
        except AuthenticationError:
            assert said == b"#FAILURE#"
            raise
        return said


def test_responses_that_are_right() -> None:
    for name in ("md5", "sha256", "sha3_256"):
        said = response_to(lambda message: b"{%s}" % name.encode() + mac(message, name))  # noqa: B023
        assert said == b"#WELCOME#"
    # As clients before 3.12 respond.
    assert response_to(lambda message: mac(message, "md5")) == b"#WELCOME#"


def mac(message: bytes, name: str) -> bytes:
    return hmac.new(KEY, message, name).digest()


@pytest.mark.parametrize(
    "respond",
    [
        lambda _: b"",
        lambda _: bytes(16),
        lambda _: b"{sha256}" + bytes(32),
        lambda message: b"{sha256}" + mac(message, "sha256")[:-1],
        lambda message: b"{sha1}" + mac(message, "sha1"),
        lambda message: mac(message, "sha256"),
        lambda message: b"{sha256}" + hmac.new(WRONG, message, "sha256").digest(),
        lambda message: message,
    ],
)
def test_responses_that_are_wrong(respond: Callable[[bytes], bytes]) -> None:
    with pytest.raises(AuthenticationError):
        response_to(respond)


def test_a_peer_that_sends_much_before_it_is_known() -> None:
    for act in ("deliver_challenge", "answer_challenge"):
        listener, client = stream_pair()
        with listener, client:
            client.send(b"x" * 257)
            with pytest.raises(FramingError, match="256"):
                getattr(listener, act)(KEY)


def test_a_peer_that_leaves_before_it_is_known() -> None:
    for act in ("deliver_challenge", "answer_challenge"):
        listener, client = stream_pair()
        with listener:
            client.stream.shutdown(1) if sys.platform != "win32" else client.close()
            with pytest.raises((EOFError, BrokenPipeError)):
                getattr(listener, act)(KEY)
        client.close()


def test_what_is_no_key_and_no_digest() -> None:
    listener, client = stream_pair()
    with listener, client:
        for wrong in (None, "key", 3):
            with pytest.raises(TypeError, match="authkey"):
                listener.deliver_challenge(wrong)  # type: ignore[arg-type]
            with pytest.raises(TypeError, match="authkey"):
                listener.answer_challenge(wrong)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="digest"):
            listener.deliver_challenge(KEY, digest="sha1")


def test_authentication_goes_with_any_framing() -> None:
    first, second = pair()
    with MessageStream(first, LengthPrefix(2)) as a, MessageStream(second, LengthPrefix(2)) as b:
        answering = Running(lambda: b.answer_challenge(KEY))
        a.deliver_challenge(KEY)
        answering.result()


def test_a_long_header_may_come_in_pieces() -> None:
    """That of messages from 2 GiB, which is also valid for shorter ones."""
    first, second = pair()
    with first, MessageStream(second, MultiprocessingFraming()) as messages:

        def send_slowly() -> None:
            for octet in LONG_HEADER + b"abc":
                first.send_all(bytes([octet]))

        sending = Running(send_slowly)
        assert messages.recv() == b"abc"
        sending.result()
        first.send_all(LONG_HEADER[:6])
        second.set_nonblocking(True)
        for _ in range(2):
            with pytest.raises(BlockingIOError):
                messages.recv()
        second.set_nonblocking(False)
        first.send_all(LONG_HEADER[6:] + b"def")
        assert messages.recv() == b"def"


#: That of a message of three bytes.
LONG_HEADER = b"\xff\xff\xff\xff" + (3).to_bytes(8, "big")
