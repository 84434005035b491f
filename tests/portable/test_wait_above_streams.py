"""`interprocess.wait` for what lies above streams: messages, TLS, and files over these."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from interprocess import wait
from interprocess.local_socket import TlsStream, pair
from interprocess.messages import Delimiter, LengthPrefix, MessageStream
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, Running

FOREVER: Any = None


def test_messages() -> None:
    one, other = pair()
    with MessageStream(one, LengthPrefix()) as sender, MessageStream(other, LengthPrefix()) as m:
        assert wait([m], 0) == []
        waiting = Running(lambda: wait([m, sender], PATIENCE))
        assert waiting.is_waiting()
        sender.send_many([b"one", b"", b"three"])
        assert waiting.result() == [m]
        for message in (b"one", b"", b"three"):
            assert wait([m], FOREVER) == [m]
            assert m.recv() == message
        assert wait([m], 0) == []
        sender.close()
        assert wait([m], PATIENCE) == [m]
        assert m.recv() is None
        with pytest.raises(ValueError, match="closed"):
            wait([sender], 0)


def test_messages_beside_other_objects() -> None:
    sender, recver = pipe()
    one, other = pair()
    with one, sender, recver, MessageStream(other, Delimiter(b"\n")) as m:
        one.send_all(b"first\nsecond\n")
        assert m.recv() == b"first"
        assert wait([recver, m], FOREVER) == [m]
        sender.send_all(b"x")
        assert wait([recver, m], FOREVER) == [recver, m]
        with MessageStream(sender, Delimiter(b"\n")) as only_sends:
            with pytest.raises(OSError, match="cannot be received from"):
                wait([only_sends], 0)


@pytest.fixture
def secured() -> Iterator[tuple[TlsStream, TlsStream]]:
    pytest.importorskip("ssl", reason="this Python was built without TLS")
    from tests.portable.tls import secured_pair

    client, server = secured_pair()
    client.set_recv_timeout(PATIENCE)
    server.set_recv_timeout(PATIENCE)
    with client, server:
        yield client, server


def test_tls(secured: tuple[TlsStream, TlsStream]) -> None:
    client, server = secured
    # The server has sent tickets for later sessions, which are no data.
    assert wait([client, server], 0.05) == []
    waiting = Running(lambda: wait([client, server], PATIENCE))
    assert waiting.is_waiting()
    server.send_all(b"hello")
    assert waiting.result() == [client]
    assert wait([client], FOREVER) == [client]
    for letter in b"hello":
        assert wait([client], FOREVER) == [client]
        assert client.recv(1) == bytes((letter,))
    assert wait([client], 0) == []
    server.send_all(b"first")
    server.send_all(b"second")
    assert wait([client], FOREVER) == [client]
    assert client.recv(5) == b"first"
    assert wait([client], FOREVER) == [client]
    assert client.recv_exactly(6) == b"second"
    server.close()
    assert wait([client], PATIENCE) == [client]
    assert client.recv(1) == b""
    assert wait([client], FOREVER) == [client]
    client.close()
    with pytest.raises(ValueError, match="closed"):
        wait([client], 0)


def test_much_data_over_tls(secured: tuple[TlsStream, TlsStream]) -> None:
    client, server = secured
    data = bytes(range(256)) * 1000
    sending = Running(lambda: server.send_all(data))
    received = bytearray()
    while len(received) < len(data):
        assert wait([client], PATIENCE) == [client]
        received += client.recv(1000)
    assert received == data
    sending.result()


def test_files_over_tls(secured: tuple[TlsStream, TlsStream]) -> None:
    client, server = secured
    with client.makefile("rb") as file, client.makefile("r", encoding="utf-8") as text:
        assert wait([file, text], 0) == []
        server.send_all(b"one\ntwo\n")
        assert wait([file], FOREVER) == [file]
        assert file.readline() == b"one\n"
        assert wait([file], FOREVER) == [file]
        assert file.readline() == b"two\n"
        assert wait([file], 0) == []
        server.send_all(b"three\n")
        assert wait([text], FOREVER) == [text]
        assert text.readline() == "three\n"


def test_a_part_of_a_record_is_no_data(secured: tuple[TlsStream, TlsStream]) -> None:
    client, server = secured
    waiting = Running(lambda: wait([client], 0.5))
    assert waiting.is_waiting()
    server.stream.send_all(b"\x17\x03\x03")
    assert waiting.result() == []


def test_what_is_no_tls(secured: tuple[TlsStream, TlsStream]) -> None:
    client, server = secured
    server.stream.send_all(b"no record at all")
    assert wait([client], PATIENCE) == [client]
    assert wait([client], FOREVER) == [client]
    import ssl

    with pytest.raises(ssl.SSLError):
        client.recv(1)


@pytest.mark.skipif(sys.platform != "linux", reason="not every system shows such an error")
def test_a_broken_connection(secured: tuple[TlsStream, TlsStream]) -> None:
    client, server = secured
    client.send_all(b"x")
    server.stream.close()  # It has not received everything.
    assert wait([client], PATIENCE) == [client]
    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_messages_over_tls(secured: tuple[TlsStream, TlsStream]) -> None:
    client, server = secured
    with MessageStream(client, LengthPrefix()) as m, MessageStream(server, LengthPrefix()) as s:
        assert wait([m], 0) == []
        s.send_many([b"one", b"two"])
        assert wait([m], PATIENCE) == [m]
        assert m.recv() == b"one"
        assert wait([m], FOREVER) == [m]
        assert m.recv() == b"two"
        assert wait([m], 0) == []
