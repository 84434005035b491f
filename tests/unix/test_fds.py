"""Descriptors that travel with bytes."""

from __future__ import annotations

import array
import os
import resource
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import Stream, pair
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, Running, finish, open_handles, python

pytestmark = pytest.mark.skipif(
    not capabilities.available("send_fds"), reason="no descriptors travel here"
)


@pytest.fixture
def ends() -> Iterator[tuple[Stream, Stream]]:
    first, second = pair()
    with first, second:
        yield first, second


@contextmanager
def files(count: int) -> Iterator[list[int]]:
    """Return the descriptors of files, and see that nothing else is open afterwards."""
    before = open_handles()
    numbers = [os.open(os.devnull, os.O_RDONLY) for _ in range(count)]
    try:
        yield numbers
    finally:
        close_all(numbers)
    assert open_handles() == before


def close_all(numbers: Iterable[int]) -> None:
    for number in numbers:
        os.close(number)


def same(one: int, other: int) -> bool:
    return os.path.sameopenfile(one, other)


def test_descriptors_arrive_with_the_bytes(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    with files(3) as numbers:
        assert first.send_fds(b"three", numbers) == 5
        data, received = second.recv_fds(100, 3)
        assert data == b"three"
        assert not set(received) & set(numbers)
        assert all(map(same, numbers, received))
        assert not any(map(os.get_inheritable, received))
        close_all(received)


def test_plain_bytes_bring_no_descriptors(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    first.send_all(b"ab")
    assert second.recv_fds(1, 3) == (b"a", [])
    first.send_fds(b"c", [])
    assert second.recv_fds(2, 0) == (b"bc", [])
    first.close()
    assert second.recv_fds(1, 1) == (b"", [])


def test_descriptors_go_with_the_first_byte(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    with files(1) as numbers:
        first.set_nonblocking(True)
        data = bytes(10_000_000)
        sent = first.send_fds(data, numbers)
        assert 0 < sent < len(data)
        data, received = second.recv_fds(1, 1)
        assert len(data) == len(received) == 1
        close_all(received)
        second.recv_exactly(sent - 1)
        with pytest.raises(BlockingIOError):
            first.send_all(bytes(10_000_000))
        with pytest.raises(BlockingIOError):
            first.send_fds(b"x", numbers)


def test_objects_with_a_descriptor_may_be_sent(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    sender, recver = pipe()
    with sender, recver, open(os.devnull, "rb") as file, socket.socket() as other:
        assert first.send_fds(b"x", [sender, file, other]) == 1
        recver.set_timeout(PATIENCE)
        sender.close()
        _, received = second.recv_fds(1, 3)
        os.write(received[0], b"through the duplicate")
        assert recver.recv(100) == b"through the duplicate"
        assert same(received[1], file.fileno())
        close_all(received)
        assert recver.recv(1) == b""


def test_what_is_sent_stays_open(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    one, other = pair()
    with one, other:
        first.send_fds(b"x", [one])
        _, [received] = second.recv_fds(1, 1)
        with Stream(received) as copy:
            copy.send_all(b"copy")
            one.send_all(b"+original")
        assert other.recv_exactly(13) == b"copy+original"
        one.close()
        assert other.recv(1) == b""


def test_halves_carry_descriptors(ends: tuple[Stream, Stream]) -> None:
    others, sending = ends[0].split()
    receiving, also = ends[1].split()
    with sending, receiving, others, also, files(1) as numbers:
        sending.send_fds(b"x", numbers)
        _data, received = receiving.recv_fds(1, 1)
        close_all(received)


@pytest.mark.parametrize("asked", [0, 1, 4, 252])
def test_more_than_asked_for_is_an_error_and_closed(
    ends: tuple[Stream, Stream], asked: int
) -> None:
    first, second = ends
    with files(1) as numbers:
        first.send_fds(b"data", numbers * 253)
        with pytest.raises(OSError, match=f"more descriptors than max_fds={asked}") as raised:
            second.recv_fds(2, asked)
        assert raised.value.partial == b"da"  # type: ignore[attr-defined]  # documented
        assert second.recv_fds(2, 253) == (b"ta", [])


def test_descriptors_that_nobody_asked_for_are_closed(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    with files(1) as numbers:
        for timeout in (None, PATIENCE):
            second.set_recv_timeout(timeout)
            for receive in (
                lambda: second.recv(1),
                lambda: second.recv_into(bytearray(1)),
                lambda: second.recv_vectored([bytearray(1)]),
                lambda: second.recv_exactly(1),
                lambda: second.read(1),
            ):
                first.send_fds(b"x", numbers * 9)
                receive()
        with second.makefile("rb") as file:
            first.send_fds(b"line\n", numbers)
            assert file.readline() == b"line\n"


@pytest.mark.parametrize("free", [0, 1, 3])
def test_what_the_limit_of_descriptors_has_no_room_for(
    ends: tuple[Stream, Stream], free: int
) -> None:
    first, second = ends
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with files(1) as numbers:
        first.send_fds(b"data", numbers * 4)
        spare = os.dup(0)
        os.close(spare)
        resource.setrlimit(resource.RLIMIT_NOFILE, (spare + free, hard))
        try:
            with pytest.raises(OSError, match="this process can have only") as raised:
                second.recv_fds(4, 4)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert raised.value.partial == b"data"  # type: ignore[attr-defined]  # documented


@pytest.mark.parametrize(
    ("data", "fds", "error"),
    [
        (b"", [0], ValueError),
        (b"x", [-1], ValueError),
        (b"x", [0] * 254, ValueError),
        (b"x", [1 << 20], OSError),
        (b"x", ["0"], TypeError),
        (b"x", [True], TypeError),
        (b"x", 0, TypeError),
        ("x", [0], TypeError),
    ],
)
def test_what_cannot_be_sent(
    ends: tuple[Stream, Stream], data: Any, fds: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        ends[0].send_fds(data, fds)


@pytest.mark.parametrize(
    ("size", "most", "error"),
    [
        (0, 1, ValueError),
        (-1, 1, ValueError),
        (1, -1, ValueError),
        (1, 254, ValueError),
        (1, 1 << 63, ValueError),
        (1, 1.0, TypeError),
        ("1", 1, TypeError),
    ],
)
def test_what_cannot_be_asked_for(
    ends: tuple[Stream, Stream], size: Any, most: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        ends[0].recv_fds(size, most)


def test_much_may_be_asked_for(ends: tuple[Stream, Stream]) -> None:
    ends[0].send_all(b"x")
    assert ends[1].recv_fds(1 << 62, 1) == (b"x", [])


def test_things_that_cannot_go(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    sender, recver = pipe()
    sender.close()
    with pytest.raises(ValueError, match="closed"):
        first.send_fds(b"x", [sender])
    recver.close()
    sender, recver = pipe()
    with sender, recver:
        receiving = Running(lambda: recver.recv(1))
        assert receiving.is_waiting()
        with pytest.raises(ValueError, match="another thread is inside a call"):
            first.send_fds(b"x", [recver])
        recver.close()
        with pytest.raises(ValueError, match="closed"):
            receiving.result()
    second.close()
    with files(1) as numbers, pytest.raises(BrokenPipeError):
        first.send_fds(b"x", numbers)
    first.close()
    with pytest.raises(ValueError, match="closed"):
        first.send_fds(b"x", [0])
    with pytest.raises(ValueError, match="closed"):
        first.recv_fds(1, 1)


def test_timeouts_and_modes(ends: tuple[Stream, Stream]) -> None:
    first, _ = ends
    first.set_recv_timeout(0.01)
    with pytest.raises(TimeoutError):
        first.recv_fds(1, 1)
    first.set_recv_timeout(None)
    first.set_nonblocking(True)
    with pytest.raises(BlockingIOError):
        first.recv_fds(1, 1)


def test_closing_wakes_a_receive(ends: tuple[Stream, Stream]) -> None:
    first, _ = ends
    receiving = Running(lambda: first.recv_fds(1, 1))
    assert receiving.is_waiting()
    first.close()
    with pytest.raises(ValueError, match="closed"):
        receiving.result()


def test_a_peer_with_sockets_of_pythons_own() -> None:
    ours, other = pair()
    with ours, socket.socket(fileno=other.detach()) as theirs, files(2) as numbers:
        control = array.array("i", numbers)
        theirs.sendmsg([b"from"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, control)])
        data, received = ours.recv_fds(100, 2)
        assert data == b"from"
        assert all(map(same, numbers, received))
        close_all(received)
        ours.send_fds(b"to", numbers)
        data, [(level, kind, control_data)], _, _ = theirs.recvmsg(100, socket.CMSG_SPACE(8))
        assert (data, level, kind) == (b"to", socket.SOL_SOCKET, socket.SCM_RIGHTS)
        received = [*array.array("i", control_data[:8])]
        assert all(map(same, numbers, received))
        close_all(received)
        if not hasattr(socket, "send_fds"):
            return
        socket.send_fds(theirs, [b"x"], numbers)  # type: ignore[attr-defined, unused-ignore]
        _, received = ours.recv_fds(100, 2)
        close_all(received)
        ours.send_fds(b"x", numbers)
        _, received, _, _ = socket.recv_fds(theirs, 100, 2)  # type: ignore[attr-defined, unused-ignore]
        close_all(received)


@pytest.mark.skipif(sys.platform != "linux", reason="options of Linux")
def test_control_messages_of_several_kinds() -> None:
    ours, other = pair()
    with ours, socket.socket(fileno=other.detach()) as theirs, files(3) as numbers:
        with socket.socket(fileno=os.dup(ours.fileno())) as raw:
            so_passcred, so_passpidfd = 16, 76
            raw.setsockopt(socket.SOL_SOCKET, so_passcred, 1)
            try:
                raw.setsockopt(socket.SOL_SOCKET, so_passpidfd, 1)
            except OSError:
                pass  # Older kernels lack it.
        control = array.array("i", numbers)
        for _ in range(3):
            theirs.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, control)])
            data, received = ours.recv_fds(100, 3)
            assert data == b"x"
            assert all(map(same, numbers, received))
            close_all(received)


def test_another_program_gets_a_descriptor() -> None:
    code = """if True:
        import os, sys
        from interprocess.local_socket import Stream
        with Stream(int(sys.argv[1])) as stream:
            data, [number] = stream.recv_fds(100, 1)
            os.write(number, data + b" by another process")
    """
    first, second = pair()
    sender, recver = pipe()
    with first, second, sender, recver:
        number = second.fileno()
        with python(code, str(number), pass_fds=[number]) as process:
            first.send_fds(b"written", [sender])
            sender.close()
            assert recver.recv(100) == b"written by another process"
            finish(process)
            assert recver.recv(100) == b""
