"""A stream as a socket: what Python's own sockets do, done by them and by ours."""

from __future__ import annotations

import errno
import io
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from interprocess.local_socket import Name, as_socket, connect, listen, pair
from interprocess.unnamed_pipe import pipe
from tests.portable.tls import secured_pair
from tests.support import Running

Sockets = tuple[Any, Any]


@pytest.fixture(params=["real", "stream", "tls"])
def sockets(request: pytest.FixtureRequest) -> Iterator[Sockets]:
    """Two connected sockets: Python's own, or ours."""
    if request.param == "real":
        first, second = socket.socketpair()
    elif request.param == "stream":
        first, second = map(as_socket, pair())  # type: ignore[assignment]  # as sockets
    else:
        first, second = map(as_socket, secured_pair())  # type: ignore[assignment]  # as sockets
    with first, second:
        yield first, second


def test_transfers(sockets: Sockets) -> None:
    first, second = sockets
    assert first.sendall(b"hello") is None
    assert second.recv(100) == b"hello"
    assert second.send(memoryview(b"hi")) == 2
    buffer = bytearray(10)
    assert first.recv_into(buffer, 1) == 1
    assert first.recv_into(memoryview(buffer)[1:]) == 1
    assert buffer == b"hi" + bytes(8)
    assert first.recv(0) == b""
    with pytest.raises(ValueError, match=r"buffer|nbytes"):
        first.recv_into(buffer, 11)
    with pytest.raises(ValueError, match=r"nbytes|negative"):
        first.recv_into(buffer, -1)
    with pytest.raises(TypeError):
        first.sendall("text")


def test_much(sockets: Sockets) -> None:
    first, second = sockets
    data = bytes(range(256)) * 8192
    sending = Running(lambda: first.sendall(data))
    with second.makefile("rb") as file:
        assert file.read(len(data)) == data
    sending.result()


def test_both_directions_at_once(sockets: Sockets) -> None:
    data = bytes(range(256)) * 4096

    def receive(sock: Any) -> bytes:
        with sock.makefile("rb") as file:
            return bytes(file.read(len(data)))

    receiving = [Running(lambda sock=sock: receive(sock)) for sock in sockets]  # type: ignore[misc]
    sending = [Running(lambda sock=sock: sock.sendall(data)) for sock in sockets]  # type: ignore[misc]
    for each in sending:
        each.result()
    assert all(each.result() == data for each in receiving)


def test_timeouts(sockets: Sockets) -> None:
    first, second = sockets
    assert first.gettimeout() is first.timeout is None
    assert first.getblocking()
    first.settimeout(0.01)
    assert first.gettimeout() == first.timeout == 0.01
    assert first.getblocking()
    with pytest.raises(socket.timeout, match=r"^timed out$"):
        first.recv(1)
    with pytest.raises(socket.timeout, match=r"^timed out$"):
        first.recv_into(bytearray(1))
    with pytest.raises(socket.timeout, match=r"^timed out$"):
        first.sendall(bytes(1 << 24))
    first.settimeout(None)
    assert first.gettimeout() is None
    with pytest.raises(ValueError, match=r"0 seconds|out of range"):
        first.settimeout(-1)
    with pytest.raises(TypeError):
        first.settimeout("1")
    second.close()


def test_nonblocking(sockets: Sockets) -> None:
    first, second = sockets
    first.setblocking(False)
    assert first.gettimeout() == 0.0
    assert not first.getblocking()
    with pytest.raises(BlockingIOError) as caught:
        first.recv(1)
    assert caught.value.errno == errno.EWOULDBLOCK
    sent = 0
    with pytest.raises(BlockingIOError) as caught:  # noqa: PT012  # until there is no room
        while True:
            sent += first.send(bytes(1 << 20))
    assert caught.value.errno == errno.EWOULDBLOCK

    def receive() -> None:
        left = sent
        while left:
            left -= len(second.recv(min(left, 1 << 20)))

    receiving = Running(receive)
    first.settimeout(None)
    first.sendall(b"what is left goes with it")
    receiving.result()
    assert second.recv(100) == b"what is left goes with it"


def test_the_timeout_of_sendall_is_for_the_whole() -> None:
    first, second = map(as_socket, pair())
    with first, second:
        first.settimeout(0.05)
        with pytest.raises(socket.timeout) as caught:
            first.sendall(bytes(1 << 24))
        assert 0 < caught.value.characters_written < 1 << 24  # type: ignore[attr-defined]  # documented


def test_the_end(sockets: Sockets) -> None:
    first, second = sockets
    first.sendall(b"last words")
    first.close()
    assert second.recv(4) == b"last"
    assert second.recv(100) == b" words"
    assert second.recv(100) == b""
    assert second.recv_into(bytearray(1)) == 0
    with pytest.raises(ConnectionError):  # noqa: PT012  # TCP reports only the second
        for _ in range(1000):
            second.sendall(b"to nobody" * 1000)


def test_after_closing(sockets: Sockets) -> None:
    first, _ = sockets
    first.close()
    first.close()
    assert first.fileno() == -1
    assert first._closed
    for call in (
        lambda: first.recv(1),
        lambda: first.recv_into(bytearray(1)),
        lambda: first.send(b"x"),
        lambda: first.sendall(b"x"),
        lambda: first.shutdown(socket.SHUT_RDWR),
        lambda: first.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR),
        lambda: first.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        first.getpeername,
        first.getsockname,
    ):
        with pytest.raises(OSError) as caught:  # a lambda is one statement
            call()
        # WSAENOTSOCK, on Windows
        assert caught.value.errno in (errno.EBADF, 10038)
    assert first.detach() == -1


def test_closing_ends_calls_in_progress() -> None:
    first, second = map(as_socket, pair())
    with second:
        receiving = Running(lambda: first.recv(1))
        assert receiving.is_waiting()
        first.close()
        with pytest.raises(OSError) as caught:
            receiving.result()
        assert caught.value.errno == errno.EBADF


def test_shutdown_ends_calls_in_progress(sockets: Sockets) -> None:
    first, second = sockets
    if type(first) is socket.socket and sys.platform == "win32":
        pytest.skip("with Python's own sockets it is an error there")
    receiving = Running(lambda: first.recv(1))
    assert type(first) is socket.socket or receiving.is_waiting()
    first.shutdown(socket.SHUT_RDWR)
    assert receiving.result() == b""
    assert first.recv(1) == b""
    with pytest.raises((BrokenPipeError, ConnectionAbortedError)):
        first.sendall(b"x")
    assert second.recv(1) == b""


def test_a_wrong_direction_is_an_os_error_as_of_sockets() -> None:
    first, second = map(as_socket, pair())
    with first, second:
        with pytest.raises(OSError, match="SHUT_RD") as raised:
            first.shutdown(7)
        assert raised.value.errno == errno.EINVAL
        first.sendall(b"x")
        assert second.recv(1) == b"x"


def test_half_close() -> None:
    streams = pair()
    first, second = map(as_socket, streams)
    with first, second:
        # Streams through memory have a half-close of their own.
        if sys.platform == "win32" and not hasattr(streams[0], "through_memory"):
            for how in (socket.SHUT_RD, socket.SHUT_WR):
                with pytest.raises(OSError, match="named pipe"):
                    first.shutdown(how)
            return
        first.shutdown(socket.SHUT_WR)
        assert second.recv(1) == b""
        second.sendall(b"answer")
        assert first.recv(100) == b"answer"


def test_files(sockets: Sockets) -> None:
    first, second = sockets
    with first.makefile("rw", encoding="utf-8", newline="\n") as file:
        file.write("grüße\n")
        file.flush()
        assert second.recv(100) == "grüße\n".encode()
        second.sendall(b"line\nrest")
        assert file.readline() == "line\n"
    unbuffered = first.makefile("wb", 0)
    assert isinstance(unbuffered, io.RawIOBase)
    unbuffered.write(b"at once")
    assert second.recv(100) == b"at once"
    unbuffered.close()
    with pytest.raises(ValueError, match="mode"):
        first.makefile("x")


def test_a_file_keeps_the_connection_open(sockets: Sockets) -> None:
    first, second = sockets
    file = first.makefile("rwb")
    first.close()
    if type(first) is not socket.socket:  # Python's own would wait.
        with pytest.raises(OSError) as caught:
            first.recv(1)
        assert caught.value.errno == errno.EBADF
    second.sendall(b"still here\n")
    assert file.readline() == b"still here\n"
    file.write(b"so am I")
    file.close()
    assert second.recv(100) == b"so am I"
    assert second.recv(100) == b""


def test_options(sockets: Sockets) -> None:
    first, _ = sockets
    assert first.type == socket.SOCK_STREAM
    assert first.proto == 0
    assert first.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM
    assert first.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    first.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    assert first.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    first.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    assert first.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) >= 1 << 16
    with pytest.raises(OSError):
        first.setsockopt(socket.SOL_SOCKET, 12345, 1)
    with pytest.raises(OSError):
        first.getsockopt(socket.SOL_SOCKET, 12345)


@pytest.mark.parametrize("name", ["TCP_NODELAY", "TCP_KEEPCNT", "TCP_KEEPINTVL"])
def test_options_of_tcp(name: str) -> None:
    first, second = map(as_socket, pair())
    option = getattr(socket, name)
    with first, second:
        assert first.getsockopt(socket.IPPROTO_TCP, option) == 0
        first.setsockopt(socket.IPPROTO_TCP, option, 1)
        assert first.getsockopt(socket.IPPROTO_TCP, option) == 1
        with pytest.raises(OSError) as caught:
            first.setsockopt(socket.IPPROTO_TCP, 99, 1)
        assert caught.value.errno == errno.ENOPROTOOPT


def test_flags(sockets: Sockets) -> None:
    first, second = sockets
    first.sendall(b"x", getattr(socket, "MSG_NOSIGNAL", 0))
    assert second.recv(1, 0) == b"x"
    if type(first) is not socket.socket:
        with pytest.raises(OSError, match="flags"):
            second.recv(1, 2)
        with pytest.raises(OSError, match="flags"):
            first.send(b"x", 1)


def test_addresses(name: Name) -> None:
    with listen(name) as listener, connect(name) as client, listener.accept() as server:
        address = as_socket(client).getpeername()
        assert as_socket(server).getsockname() == address
        assert as_socket(client).getsockname() == as_socket(server).getpeername() == ""
        if isinstance(address, bytes):
            assert address.decode() == "\0" + str(name)[1:]
        elif sys.platform == "win32":
            assert address.lower() == str(name).lower()
        else:
            assert address == str(name)


def test_the_stream_and_the_socket_are_one() -> None:
    stream, other = pair()
    with other, stream:
        stream.set_recv_timeout(0.5)
        sock = as_socket(stream)
        assert sock.gettimeout() == 0.5
        sock.settimeout(0)
        with pytest.raises(BlockingIOError):
            stream.recv(1)
        assert repr(stream) in repr(sock)
        sock.close()
        assert stream.closed


def test_after_shutdown_and_closing() -> None:
    for closes_stream in (False, True):
        stream, other = pair()
        sock = as_socket(stream)
        with other:
            sock.shutdown(socket.SHUT_RDWR)
            assert sock.recv(1) == b""
            sock.close()
            if closes_stream:
                stream.close()
            with pytest.raises(OSError) as caught:
                sock.recv(1)
            assert caught.value.errno == errno.EBADF


def test_detaching_gives_up_the_descriptor() -> None:
    first, second = map(as_socket, pair())
    with second:
        if sys.platform == "win32":
            from interprocess.local_socket import Stream

            stream = Stream(first.detach())
            with stream:
                stream.send_all(b"hello")
        else:
            with socket.socket(fileno=first.detach()) as sock:
                sock.sendall(b"hello")
        assert first.fileno() == -1
        assert second.recv(100) == b"hello"


def test_detaching_waits_for_nobody() -> None:
    first, second = map(as_socket, pair())
    with first, second:
        receiving = Running(lambda: first.recv(1))
        assert receiving.is_waiting()
        with pytest.raises(OSError) as caught:
            first.detach()
        assert caught.value.errno == errno.EBUSY
        second.sendall(b"x")
        assert receiving.result() == b"x"


@pytest.mark.skipif(sys.platform != "win32", reason="only a pipe has none")
def test_a_pipe_has_no_descriptor() -> None:
    first, second = map(as_socket, pair())
    with first, second, pytest.raises(OSError, match="wrap_tls"):
        first.fileno()


def test_what_is_no_stream_is_refused() -> None:
    sender, recver = pipe()
    with sender, recver:
        for value in (sender, recver, None, 3, socket.socket):
            with pytest.raises(TypeError, match="stream"):
                as_socket(value)  # type: ignore[arg-type]  # deliberately wrong
