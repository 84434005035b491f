"""TLS over a stream, without a socket."""

from __future__ import annotations

import gc
import itertools
import socket
import sys
import threading
from functools import partial
from typing import Any

import pytest

from tests.portable.tls import HOST, client_context, secured_pair, server_context

import ssl  # isort: skip  # not every Python has it: see above

from interprocess.local_socket import (
    Shutdown,
    TlsStream,
    UnsupportedError,
    as_socket,
    pair,
    wrap_tls,
)
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, Running

MUCH = bytes(range(256)) * 8192


def test_what_is_sent_is_received_and_nobody_else_can_read_it() -> None:
    client, between = pair()
    other, server = pair()
    seen: list[bytes] = []

    def relay(source: Any, target: Any) -> None:
        while data := source.recv(1 << 16):
            seen.append(data)
            target.send_all(data)
        target.close()

    relays = [Running(lambda: relay(between, other)), Running(lambda: relay(other, between))]
    accepting = Running(lambda: wrap_tls(server, server_context(), server_side=True))
    with wrap_tls(client, client_context(), server_hostname=HOST) as secured:
        with accepting.result() as served:
            secured.send_all(b"the secret")
            assert served.recv(100) == b"the secret"
            assert served.ssl_object.version() == secured.ssl_object.version()
            assert secured.ssl_object.getpeercert()
    for each in relays:
        each.join()
    between.close()
    other.close()
    assert b"the secret" not in b"".join(seen)
    assert len(b"".join(seen)) > 500


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_much_in_both_directions_at_once(version: str) -> None:
    client, server = pair()
    context = server_context()
    context.maximum_version = context.minimum_version = ssl.TLSVersion[version]
    accepting = Running(lambda: wrap_tls(server, context, server_side=True))
    first = wrap_tls(client, client_context(), server_hostname=HOST)
    with first, accepting.result() as second:
        receiving = [Running(partial(end.recv_exactly, len(MUCH))) for end in (first, second)]
        sending = [Running(partial(end.send_all, MUCH)) for end in (first, second)]
        for each in sending:
            each.result()
        assert all(each.result() == MUCH for each in receiving)


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_the_handshake_may_come_in_pieces(size: int) -> None:
    client, between = pair()
    other, server = pair()

    def relay(source: Any, target: Any) -> None:
        while data := source.recv(size):
            target.send_all(data)
        target.close()

    relays = [Running(lambda: relay(between, other)), Running(lambda: relay(other, between))]
    accepting = Running(lambda: wrap_tls(server, server_context(), server_side=True))
    with wrap_tls(client, client_context(), server_hostname=HOST) as first:
        with accepting.result() as second:
            first.send_all(b"hello")
            assert second.recv_exactly(5) == b"hello"
            second.send_all(b"hello")
            assert first.recv_exactly(5) == b"hello"
    for each in relays:
        each.join()
    between.close()
    other.close()


def test_the_first_call_makes_the_handshake_if_that_was_put_off() -> None:
    client, server = pair()
    first = wrap_tls(client, client_context(), server_hostname=HOST, do_handshake_on_connect=False)
    second = wrap_tls(server, server_context(), server_side=True, do_handshake_on_connect=False)
    with first, second:
        receiving = Running(lambda: second.recv(100))
        first.send_all(b"hello")
        assert receiving.result() == b"hello"


def test_both_sides_learn_why_there_is_no_agreement() -> None:
    client, server = pair()
    accepting = Running(lambda: wrap_tls(server, server_context(), server_side=True))
    with pytest.raises(ssl.SSLCertVerificationError, match="another"):
        wrap_tls(client, client_context(), server_hostname="another.test")
    with pytest.raises(ssl.SSLError, match=r"(?i)certificate"):
        accepting.result()
    assert client.closed
    assert server.closed


def test_a_peer_that_does_not_speak_it() -> None:
    for words in (b"GET / HTTP/1.1\r\n\r\n", b"", b"\x16\x03\x01\xff\xff" + bytes(100)):
        client, server = pair()
        client.send_all(words)
        if not words:
            client.close()
        with pytest.raises(OSError):
            wrap_tls(server, server_context(), server_side=True)
        client.close()
        assert server.closed


def test_the_handshake_has_a_timeout() -> None:
    client, server = pair()
    client.set_recv_timeout(0.01)
    with server, pytest.raises(TimeoutError):
        wrap_tls(client, client_context(), server_hostname=HOST)
    assert client.closed


def test_timeouts() -> None:
    first, second = secured_pair()
    with first, second:
        first.set_recv_timeout(0.01)
        with pytest.raises(TimeoutError):
            first.recv(1)
        first.set_send_timeout(0.01)
        with pytest.raises(TimeoutError) as caught:
            first.send_all(MUCH * 4)
        sent: int = caught.value.characters_written  # type: ignore[attr-defined]  # documented
        assert 0 < sent < len(MUCH) * 4
        first.set_send_timeout(None)
        sending = Running(first.flush)
        assert second.recv_exactly(sent) == (MUCH * 4)[:sent]
        sending.result()
        second.send_all(b"late")
        first.set_recv_timeout(None)
        assert first.recv(100) == b"late"


def test_nonblocking_calls_lose_nothing() -> None:
    first, second = secured_pair()
    with first, second:
        first.set_nonblocking(True)
        with pytest.raises(BlockingIOError):
            first.recv(1)
        rest = memoryview(MUCH * 4)
        with pytest.raises(BlockingIOError):  # noqa: PT012  # until there is no room
            while rest:
                rest = rest[first.send(rest) :]
        count = len(MUCH) * 4 - len(rest)
        receiving = Running(lambda: second.recv_exactly(count))
        first.set_nonblocking(False)
        first.flush()
        assert receiving.result() == (MUCH * 4)[:count]


def test_the_end_is_told_from_a_connection_that_was_cut() -> None:
    first, second = secured_pair(suppress_ragged_eofs=False)
    with second:
        first.send_all(b"last words")
        first.close()
        assert second.recv(100) == b"last words"
        assert second.recv(100) == b""
    first, second = secured_pair(suppress_ragged_eofs=False)
    with second:
        first.stream.close()
        with pytest.raises((ssl.SSLEOFError, ConnectionResetError)):
            second.recv(100)
    first, second = secured_pair()
    with second:
        first.stream.close()
        try:
            assert second.recv(100) == b""
        except ConnectionResetError:  # It had sent session tickets, which the client has not read.
            pass


def test_closing_wakes_another_thread() -> None:
    first, second = secured_pair()
    with second:
        receiving = Running(lambda: first.recv(1))
        assert receiving.is_waiting()
        first.close()
        first.close()
        with pytest.raises(ValueError, match="closed"):
            receiving.result()
        assert first.closed
        for call in (lambda: first.recv(1), lambda: first.send(b"x"), first.flush, first.fileno):
            with pytest.raises(ValueError, match="closed"):
                call()
        assert "closed" in repr(first)


def test_two_threads_may_receive() -> None:
    first, second = secured_pair()
    with first, second:
        receiving = [Running(lambda: first.recv_exactly(1)) for _ in range(3)]
        second.send_all(b"abc")
        assert sorted(each.result() for each in receiving) == [b"a", b"b", b"c"]


def test_many_threads_may_send() -> None:
    size, senders = 100_000, [b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h"]
    together = threading.Barrier(len(senders))
    first, second = secured_pair()

    def send(byte: bytes) -> None:
        together.wait()
        # Many long records: some are encrypted while others are taken from the same memory.
        for _ in range(20):
            first.send_all(byte * size)

    with first, second:
        sending = [Running(partial(send, byte)) for byte in senders]
        received = second.recv_exactly(20 * size * len(senders))
        for each in sending:
            each.result()
        assert [received.count(byte) for byte in senders] == [20 * size] * len(senders)


def test_files() -> None:
    first, second = secured_pair()
    with second.makefile("rwb") as file:
        second.close()
        first.send_all(b"line\n")
        assert file.readline() == b"line\n"
        file.write(b"answer\n")
        file.flush()
        assert first.recv(100) == b"answer\n"
        first.close()
        assert file.read() == b""


def test_vectored_transfers() -> None:
    first, second = secured_pair()
    with first, second:
        assert first.send_vectored([b"ab", b"", b"cd"]) == 4
        buffers = [bytearray(), bytearray(3), bytearray(3)]
        assert second.recv_vectored(buffers) == 3
        assert bytes(buffers[1]) == b"abc"
        assert second.recv_vectored([]) == 0
        assert second.recv(10) == b"d"
        assert first.send(b"") == 0


def test_no_direction_can_be_closed_alone() -> None:
    first, second = secured_pair()
    with first, second:
        with pytest.raises(UnsupportedError):
            first.shutdown(Shutdown.SEND)
        with pytest.raises(UnsupportedError):
            first.detach()


def test_what_is_dropped_is_closed_with_a_warning() -> None:
    first, second = secured_pair()
    with second:
        with pytest.warns(ResourceWarning, match="unclosed <TlsStream"):
            del first
            gc.collect()
        assert second.recv(1) == b""


def test_wrong_arguments_leave_the_stream_alone() -> None:
    client, server = pair()
    sender, recver = pipe()
    with client, server, sender, recver:
        for arguments in ((sender, client_context()), (client, None), (None, client_context())):
            with pytest.raises(TypeError):
                wrap_tls(*arguments)
        with pytest.raises(ValueError, match="hostname"):
            wrap_tls(client, client_context())
        with pytest.raises(TypeError, match="suppress_ragged_eofs"):
            wrap_tls(client, client_context(), suppress_ragged_eofs=1)  # type: ignore[arg-type]  # deliberately wrong
        client.send_all(b"as before")
        assert server.recv(100) == b"as before"


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe is no socket")
def test_a_peer_with_a_socket() -> None:
    """The standard library's TLS takes the descriptor over, and is an ordinary peer."""
    client, server = pair()

    def serve() -> None:
        sock: Any = as_socket(server)
        with server_context().wrap_socket(sock, server_side=True) as sock:
            assert isinstance(sock, socket.socket)
            sock.sendall(sock.recv(100).upper())
            assert sock.recv(100) == b""

    serving = Running(serve)
    with wrap_tls(client, client_context(), server_hostname=HOST) as secured:
        secured.send_all(b"hello")
        assert secured.recv(100) == b"HELLO"
    serving.result()
    assert server.closed


def test_many_messages_of_every_size() -> None:
    first, second = secured_pair()
    sizes = [*range(1, 300), 16383, 16384, 16385, 65535, 65536, 65537, 200_000]
    stop = threading.Event()

    def echo(stream: TlsStream) -> None:
        while data := stream.recv(1 << 16):
            stream.send_all(data)
        stop.set()

    echoing = Running(lambda: echo(second))
    letters = itertools.cycle(b"abcdefg")
    with second:
        with first:
            for size in sizes:
                message = bytes((next(letters),)) * size
                sending = Running(partial(first.send_all, message))
                assert first.recv_exactly(size) == message
                sending.result()
        assert stop.wait(PATIENCE)
        echoing.result()
