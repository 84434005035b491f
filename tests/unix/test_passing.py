"""Objects from hostile peers raise an error and leak nothing."""

from __future__ import annotations

import io
import os
import pty
import resource
import socket
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from interprocess import capabilities
from interprocess.errors import IncompleteReadError, UnexpectedObjectError
from interprocess.local_socket import Name, Stream, listen, pair, recv_object, send_object
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, Running, open_handles

pytestmark = pytest.mark.skipif(
    not capabilities.available("send_fds"), reason="no descriptors travel here"
)

STREAM, LISTENER, RECVER, SENDER, READ, WRITE, BOTH = (
    b"IPOB\1" + bytes((kind, 0, 0)) for kind in range(1, 8)
)


@pytest.fixture
def ends() -> Iterator[tuple[Stream, Stream]]:
    first, second = pair()
    second.set_recv_timeout(PATIENCE)
    with first, second:
        yield first, second


def tcp(*, listening: bool) -> int:
    with socket.socket() as one:
        if listening:
            one.bind(("127.0.0.1", 0))
            one.listen()
        return one.detach()


def unix(kind: int, *, listening: bool = False) -> int:
    if listening:
        with listen(Name.unique("hostile")) as listener:
            listener.keep_name()
            return listener.detach()
    first, second = socket.socketpair(socket.AF_UNIX, kind)
    second.close()
    return first.detach()


def end(which: int) -> int:
    ends = os.pipe()
    os.close(ends[1 - which])
    return ends[which]


#: Kinds of descriptors.
DESCRIPTORS: dict[str, Callable[[], int]] = {
    "tcp": lambda: tcp(listening=False),
    "tcp listener": lambda: tcp(listening=True),
    "stream": lambda: unix(socket.SOCK_STREAM),
    "datagrams": lambda: unix(socket.SOCK_DGRAM),
    "unconnected": lambda: socket.socket(socket.AF_UNIX).detach(),
    "recver": lambda: end(0),
    "sender": lambda: end(1),
    "read": lambda: os.open(__file__, os.O_RDONLY),
    "write": lambda: os.open(os.devnull, os.O_WRONLY),
    "directory": lambda: os.open("/", os.O_RDONLY),
}

#: Kinds of descriptor that each type of message accepts.
RIGHT = {
    STREAM: {"stream"},
    LISTENER: set(),
    RECVER: {"recver"},
    SENDER: {"sender"},
    READ: {"read"},
    WRITE: {"write"},
    BOTH: set(),
}


@pytest.mark.parametrize("message", RIGHT)
@pytest.mark.parametrize("kind", DESCRIPTORS)
def test_a_descriptor_of_another_kind(
    ends: tuple[Stream, Stream], message: bytes, kind: str
) -> None:
    first, second = ends
    number = DESCRIPTORS[kind]()
    first.send_fds(message, [number])
    os.close(number)
    before = open_handles()
    if kind in RIGHT[message]:
        recv_object(second).close()
    else:
        with pytest.raises(UnexpectedObjectError, match=r"cannot be|neither"):
            recv_object(second)
    assert open_handles() == before


@pytest.mark.skipif(not hasattr(os, "O_PATH"), reason="the system has no O_PATH")
def test_a_descriptor_that_is_a_path_only(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    number = os.open(__file__, getattr(os, "O_PATH"))  # noqa: B009  # Linux and FreeBSD
    first.send_fds(READ, [number])
    os.close(number)
    with pytest.raises(UnexpectedObjectError, match="cannot be opened"):
        recv_object(second)


@pytest.mark.parametrize(
    ("message", "count", "error"),
    [
        (STREAM, 0, "0 descriptors"),
        (READ, 2, "several descriptors"),
        (READ, 253, "several descriptors"),
        (b"IPOB\1\5\xff\xff", 1, "payload has 65535 bytes, not 0"),
        (b"IPOB\1\2\0\2\1\1", 1, "payload has 2 bytes, not from 0 to 1"),
        (b"IPOB\1\2\0\1\2", 1, "does not say which users may connect"),
        (b"IPOB\1\2\0\1\1", 1, "cannot be"),
        (b"IPOB\1\0\0\0", 1, "kind is 0"),
        (b"IPOB\2\5\0\0", 1, "version 2"),
        (b"HTTP/1.1", 1, "begins with"),
        (b"I", 2, "several descriptors"),
    ],
)
def test_wrong_messages(
    ends: tuple[Stream, Stream], message: bytes, count: int, error: str
) -> None:
    first, second = ends
    before = open_handles()
    with open(os.devnull, "rb") as file:
        first.send_fds(message, [file] * count)
    with pytest.raises(UnexpectedObjectError, match=error) as _:  # Its traceback holds none.
        recv_object(second)
    assert open_handles() == before


def test_messages_in_pieces(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    with open(__file__, "rb") as file:
        receiving = Running(lambda: recv_object(second))
        for place in range(8):
            piece = READ[place : place + 1]
            if place == 3:
                first.send_fds(piece, [file])
            else:
                first.send_all(piece)
        with receiving.result() as received:
            assert received.read() == Path(__file__).read_bytes()
        second.set_recv_timeout(0)
        for place in range(8):
            with pytest.raises(TimeoutError):
                recv_object(second)
            first.send_fds(READ[place : place + 1], [file] if place == 5 else [])
        recv_object(second).close()
        # A descriptor with each of two pieces is one too many.
        first.send_fds(READ[:4], [file])
        first.send_fds(READ[4:], [file])
        before = open_handles()
        with pytest.raises(UnexpectedObjectError, match="2 descriptors"):
            recv_object(second)
        assert open_handles() == before
        first.send_fds(READ[:4], [file])
        first.close()
        with pytest.raises(IncompleteReadError):
            recv_object(second)


def test_the_limit_of_descriptors(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open(os.devnull, "rb") as file:
        send_object(first, file)
        spare = os.dup(0)
        os.close(spare)
        resource.setrlimit(resource.RLIMIT_NOFILE, (spare, hard))
        try:
            with pytest.raises(OSError, match="Too many open files"):
                recv_object(second)
            with pytest.raises(OSError, match="Too many open files"):
                send_object(first, second)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        send_object(first, file)
        recv_object(second).close()


def test_a_full_stream_keeps_the_thing_the_senders(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    first.set_nonblocking(True)
    with pytest.raises(BlockingIOError):
        first.send_all(bytes(10_000_000))
    sender, recver = pipe()
    with recver, sender:
        with pytest.raises(BlockingIOError):
            send_object(first, sender)
        sender.send_all(b"ours")
        assert recver.recv(10) == b"ours"
        sender.close()
        assert recver.recv(10) == b""
    second.close()


def test_the_receivers_object_waits_whatever_the_senders_does(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    one, other = pair()
    sender, recver = pipe()
    with one, other, sender, recver:
        one.set_nonblocking(True)
        recver.set_nonblocking(True)
        send_object(first, one)
        send_object(first, recver)
        with recv_object(second, Stream) as stream, recv_object(second) as new_recver:
            stream.set_recv_timeout(0.01)
            new_recver.set_timeout(0.01)
            for each in (stream, new_recver):
                with pytest.raises(TimeoutError):
                    each.recv(1)


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """A terminal: the descriptor that types into it, and its path."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    yield master, path
    os.close(slave)
    os.close(master)


@pytest.mark.parametrize("mode", ["rb", "r"])
def test_what_was_read_ahead_of_a_terminal(
    ends: tuple[Stream, Stream], terminal: tuple[int, str], mode: str
) -> None:
    first, second = ends
    typist, path = terminal
    with open(path, mode) as file:
        send_object(first, file)  # Nothing was typed yet, and nothing waits for it.
        os.write(typist, b"one\ntwo\n")
        with recv_object(second, io.BufferedReader) as new:
            assert new.raw.read(4) == b"one\n"
            assert len(file.readline()) == 4
            if mode == "rb":
                send_object(first, file)
                recv_object(second).close()
            os.write(typist, b"three\nfour\n")
            assert len(file.readline()) == 6
            with pytest.raises(ValueError, match="buffered data"):
                send_object(first, file)
            assert len(file.readline()) == 5


def test_a_terminal_to_read_and_write(
    ends: tuple[Stream, Stream], terminal: tuple[int, str]
) -> None:
    first, second = ends
    typist, path = terminal
    with open(path, "r+b", buffering=0) as file:
        send_object(first, file)
        with recv_object(second, (io.FileIO, io.BufferedRandom)) as new:
            assert type(new) is io.FileIO
            new.write(b"hello")
            assert os.read(typist, 5) == b"hello"
        before = open_handles()
        for kind in (io.BufferedRandom, io.BufferedIOBase):
            send_object(first, file)
            with pytest.raises(UnexpectedObjectError, match="a FileIO, which was not asked for"):
                recv_object(second, kind)
        assert open_handles() == before
    with open(path, "wb") as writer:
        send_object(first, writer)
        recv_object(second, io.BufferedWriter).close()
