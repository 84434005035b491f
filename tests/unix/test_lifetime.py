"""No call acts on a descriptor's number after the number may have been reused."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from interprocess.local_socket import Listener, Stream, listen, pair
from interprocess.os.unix.fifo_file import create_fifo, open_recver
from interprocess.unnamed_pipe import Recver, Sender, pipe
from tests.support import Running, open_handles, unique, unique_name


def used_recver() -> Recver:
    sender, recver = pipe()
    recver.set_timeout(0.001)
    with sender, pytest.raises(TimeoutError):
        recver.recv(1)
    return recver


def used_clone() -> Stream:
    first, second = pair()
    with first, second:
        clone = first.try_clone()
        clone.set_recv_timeout(0.001)
        with pytest.raises(TimeoutError):
            clone.recv(1)
        return clone


def used_stream() -> Stream:
    first, second = pair()
    with second:
        first.send_all(b"x")
        return first


def used_listener() -> Listener:
    listener = listen(unique_name("namespaced"))
    with pytest.raises(TimeoutError):
        listener.accept(timeout=0.001)
    return listener


MAKERS: list[Callable[[], Stream | Listener | Recver]] = [
    used_recver,
    used_clone,
    used_stream,
    used_listener,
]


@pytest.fixture
def strangers() -> Iterator[Callable[[], None]]:
    """Make descriptors that take the numbers that are free, and see that nothing reaches them."""
    pipes: list[tuple[int, int]] = []
    pairs: list[tuple[socket.socket, socket.socket]] = []

    def take_numbers() -> None:
        pipes.extend(os.pipe() for _ in range(3))
        pairs.extend(socket.socketpair() for _ in range(3))

    yield take_numbers
    for receiver, sender in pipes:
        os.set_blocking(receiver, False)
        with pytest.raises(BlockingIOError):
            os.read(receiver, 1)
        os.close(receiver)
        os.close(sender)
    for first, second in pairs:
        first.sendall(b"unharmed")
        assert second.recv(100) == b"unharmed"
        first.close()
        second.close()


@pytest.mark.parametrize("make", MAKERS)
def test_closing_again_touches_nothing(
    make: Callable[[], Stream | Listener | Recver], strangers: Callable[[], None]
) -> None:
    closed = make()
    closed.close()
    strangers()
    begin = threading.Barrier(3)

    def close() -> None:
        begin.wait()
        for _ in range(300):
            closed.close()

    def use() -> None:
        begin.wait()
        for _ in range(300):
            with pytest.raises(ValueError, match="closed"):
                closed.accept(0) if isinstance(closed, Listener) else closed.recv(1)

    threads = [threading.Thread(target=target) for target in (close, close, use)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_closing_a_stream_that_was_split_touches_nothing(strangers: Callable[[], None]) -> None:
    first, second = pair()
    halves = first.split()
    for half in halves:
        half.close()
    strangers()
    for given_up in (first, *halves):
        given_up.close()
    second.close()


def test_threads_that_close_at_once_close_one_number(strangers: Callable[[], None]) -> None:
    for _ in range(100):
        first, second = pair()
        begin = threading.Barrier(3)

        def close(stream: Stream = first, begin: threading.Barrier = begin) -> None:
            begin.wait()
            stream.close()

        threads = [threading.Thread(target=close) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        second.close()
    strangers()


def test_giving_up_leaks_nothing() -> None:
    before = open_handles()
    for _ in range(20):
        recver = used_recver()
        os.close(recver.detach())
        Stream.reunite(*used_clone().split()).close()
        first, second = pair()
        with second, first.try_clone():
            recv_half, send_half = first.split()
            recv_half.set_timeout(0.001)
            with pytest.raises(TimeoutError):
                recv_half.recv(1)
            send_half.close()
            recv_half.close()
    assert open_handles() == before


def test_the_later_half_closes_the_number() -> None:
    for order in (0, 1), (1, 0):
        first, second = pair()
        halves = first.split()
        halves[order[0]].close()
        os.fstat(halves[order[1]].fileno())
        halves[order[1]].close()
        assert second.recv(1) == b""
        second.close()


def test_what_is_adopted_is_inherited_no_more() -> None:
    ends = os.pipe()
    sockets = [end.detach() for end in socket.socketpair()]
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(unique_name("path").address)
    listening.listen()
    path = os.fsdecode(listening.getsockname())
    for number in (*ends, *sockets, listening.fileno()):
        os.set_inheritable(number, True)
    with Recver(ends[0]) as recver, Sender(ends[1]) as sender:
        with Stream(sockets[0]) as first, Stream(sockets[1]) as second:
            with Listener(listening.detach()) as listener:
                for owner in (recver, sender, first, second, listener):
                    assert not os.get_inheritable(owner.fileno())
    os.unlink(path)


def test_an_adopted_socket_is_not_shut_down_to_wake_a_call() -> None:
    ours, peer = socket.socketpair()
    with ours, peer:
        stream = Stream(os.dup(ours.fileno()))
        receiving = Running(lambda: stream.recv(1))
        while not stream._descriptor.in_use:
            pass
        stream.close()
        with pytest.raises(ValueError, match="closed"):
            receiving.result()
        peer.sendall(b"x")
        assert ours.recv(1) == b"x"


def test_a_fifo_end_is_given_back_as_it_was_found(tmp_path: os.PathLike[str]) -> None:
    path = os.path.join(tmp_path, unique("fifo"))
    create_fifo(path)
    keep_open = os.open(path, os.O_RDWR)
    with open_recver(path) as recver:
        recver.set_timeout(0)
        with pytest.raises(TimeoutError):
            recver.recv(1)
        number = recver.detach()
        assert os.get_blocking(number)
        os.close(number)
    os.close(keep_open)
