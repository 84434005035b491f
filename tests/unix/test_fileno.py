"""What carries a stream has the stream's descriptor, for `select` and its like."""

from __future__ import annotations

import select

import pytest

from interprocess.local_socket import pair
from interprocess.messages import LengthPrefix, MessageStream
from tests.portable.tls import secured_pair
from tests.support import PATIENCE


def test_a_stream_of_messages() -> None:
    first, second = pair()
    with MessageStream(first, LengthPrefix()) as ours:
        with MessageStream(second, LengthPrefix()) as theirs:
            assert ours.fileno() == first.fileno()
            theirs.send(b"message")
            assert select.select([ours], [], [], PATIENCE) == ([ours], [], [])
            assert ours.recv() == b"message"


def test_a_stream_with_tls() -> None:
    client, server = secured_pair()
    with client, server:
        assert client.fileno() == client.stream.fileno()
        server.send_all(b"x")
        assert select.select([client], [], [], PATIENCE) == ([client], [], [])
        assert client.recv(1) == b"x"
    with pytest.raises(ValueError, match="closed"):
        client.fileno()
