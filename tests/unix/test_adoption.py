"""Descriptors: adopted, borrowed, given up."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator

import pytest

from interprocess.local_socket import Listener, Name, Stream, connect, listen, pair
from interprocess.os.unix.unnamed_pipe import Recver, Sender, pipe
from tests.support import CallsInProgress


def test_a_stream_adopts_and_gives_up() -> None:
    first, second = socket.socketpair()
    with second:
        stream = Stream(first.detach())
        stream.send_all(b"x")
        assert second.recv(1) == b"x"
        number = stream.detach()
        assert stream.closed
        with socket.socket(fileno=number) as again:
            again.sendall(b"y")
            assert second.recv(1) == b"y"


def test_a_call_that_begins_while_we_give_up_does_not_close() -> None:
    first, second = pair()
    with second:
        first._descriptor.uses = CallsInProgress(lambda: receive_from_closed(first), left=False)
        with Stream(first.detach()) as again:
            second.send_all(b"x")
            assert again.recv(1) == b"x"


def test_closing_while_giving_up_is_refused_still_closes() -> None:
    first, second = pair()
    with second:
        first._descriptor.uses = CallsInProgress(first._descriptor.close, left=True)
        with pytest.raises(ValueError, match="inside a call"):
            first.detach()
        assert first.closed
        assert second.recv(1) == b""


def receive_from_closed(stream: Stream) -> None:
    with pytest.raises(ValueError, match="closed"):
        stream.recv(1)


def test_an_adopted_stream_keeps_its_mode() -> None:
    first, second = socket.socketpair()
    first.setblocking(False)
    with second, Stream(first.detach()) as stream, pytest.raises(BlockingIOError):
        stream.recv(1)


def test_a_listener_adopts_and_gives_up(name: Name) -> None:
    with socket.socket(socket.AF_UNIX) as foreign:
        foreign.bind(name.address)
        foreign.listen()
        number = os.dup(foreign.fileno())
    with Listener(number) as listener:
        assert listener.name.address == name.address
        with connect(name) as client, listener.accept() as stream:
            client.send_all(b"x")
            assert stream.recv(1) == b"x"
        os.close(listener.detach())
    if name.is_path():
        os.unlink(name.address)  # Not ours to remove, so it is still there.


def test_a_listener_that_gave_up_its_descriptor_leaves_the_file(name: Name) -> None:
    listener = listen(name)
    os.close(listener.detach())
    listener.close()
    if name.is_path():
        os.unlink(name.address)


NOT_STREAMS: dict[str, Callable[[], tuple[int, ...]]] = {
    "a file": lambda: (os.open(os.devnull, os.O_RDWR),),
    "a pipe": os.pipe,
    "a TCP socket": lambda: (socket.socket(socket.AF_INET).detach(),),
    "a datagram socket": lambda: (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).detach(),),
    "an unconnected socket": lambda: (socket.socket(socket.AF_UNIX).detach(),),
    "a directory": lambda: (os.open("/", os.O_RDONLY),),
}


@pytest.fixture(params=list(NOT_STREAMS.values()), ids=list(NOT_STREAMS))
def wrong(request: pytest.FixtureRequest) -> Iterator[int]:
    numbers = request.param()
    yield numbers[0]
    for number in numbers:
        os.close(number)  # Still the caller's, or this fails.


@pytest.mark.parametrize("adopt", [Stream, Listener])
def test_other_descriptors_are_refused(wrong: int, adopt: Callable[[int], object]) -> None:
    with pytest.raises(ValueError, match=f"descriptor {wrong} cannot be adopted"):
        adopt(wrong)


def test_a_listener_is_no_stream_and_a_stream_no_listener(name: Name) -> None:
    first, second = pair()
    with first, second, listen(name) as listener:
        with pytest.raises(ValueError, match="listening"):
            Stream(listener.fileno())
        with pytest.raises(ValueError, match="not a listening"):
            Listener(first.fileno())


@pytest.mark.parametrize("adopt", [Stream, Listener, Recver, Sender])
def test_numbers_that_are_not_open_are_refused(adopt: Callable[[int], object]) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        adopt(10**6)


def test_pipe_ends_adopt_and_give_up() -> None:
    receiving, sending = os.pipe()
    with Recver(receiving) as recver, Sender(sending) as sender:
        sender.send_all(b"x")
        assert recver.recv(1) == b"x"
        os.close(sender.detach())
        assert recver.recv(1) == b""


def test_the_wrong_end_of_a_pipe_is_refused() -> None:
    sender, recver = pipe()
    with sender, recver:
        with pytest.raises(ValueError, match="cannot be read"):
            Recver(sender.fileno())
        with pytest.raises(ValueError, match="cannot be written"):
            Sender(recver.fileno())
    first, second = pair()
    with first, second, pytest.raises(ValueError, match="not a pipe"):
        Recver(first.fileno())


def test_new_descriptors_are_not_inherited(name: Name) -> None:
    with listen(name) as listener, connect(name) as client, listener.accept() as stream:
        with client.try_clone() as clone:
            assert not any(
                os.get_inheritable(end.fileno()) for end in (listener, client, stream, clone)
            )
    for end in pipe():
        assert not os.get_inheritable(end.fileno())
        end.close()


def test_fileno_after_close() -> None:
    first, second = pair()
    second.close()
    first.close()
    with pytest.raises(ValueError, match="closed"):
        first.fileno()
