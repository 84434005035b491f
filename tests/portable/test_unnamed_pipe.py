"""Unnamed pipes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess.unnamed_pipe import Recver, Sender, pipe
from tests.support import Running, open_handles

Ends = tuple[Sender, Recver]

MUCH = 4 * 1024 * 1024


@pytest.fixture
def ends() -> Iterator[Ends]:
    sender, recver = pipe()
    with sender, recver:
        yield sender, recver


def test_sender_is_gone_before_the_read(ends: Ends) -> None:
    sender, recver = ends
    sender.send_all(b"last words")
    sender.close()
    assert recver.recv(100) == b"last words"
    assert recver.recv(100) == b""


def test_receiver_is_gone_before_the_write(ends: Ends) -> None:
    sender, recver = ends
    recver.close()
    with pytest.raises(BrokenPipeError):
        sender.send_all(b"x")


def test_lines_from_two_threads(ends: Ends) -> None:
    sender, recver = ends
    sending = Running(lambda: sender.send_all(b"first line\nsecond line\n"))
    with recver.makefile("r", encoding="ascii") as lines:
        assert lines.readline() == "first line\n"
        assert lines.readline() == "second line\n"
    sending.result()


def test_timeouts(ends: Ends) -> None:
    sender, recver = ends
    recver.set_timeout(0.1)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        recver.recv(1)
    assert 0.09 <= time.monotonic() - began < 10
    sender.set_timeout(0.1)
    with pytest.raises(TimeoutError) as caught:
        sender.send_all(bytes(MUCH))
    sent = caught.value.characters_written  # type: ignore[attr-defined]  # documented there
    assert 0 < sent < MUCH
    assert recver.recv_exactly(sent) == bytes(sent)


def test_nonblocking_mode(ends: Ends) -> None:
    sender, recver = ends
    recver.set_nonblocking(True)
    with pytest.raises(BlockingIOError):
        recver.recv(1)
    sender.set_nonblocking(True)
    with pytest.raises(BlockingIOError):
        sender.send_all(bytes(MUCH))
    sender.set_nonblocking(False)
    recver.set_nonblocking(False)
    sending = Running(lambda: sender.send_all(b"x" * MUCH))
    assert sending.is_waiting()
    while not recver.recv(MUCH).endswith(b"x"):
        pass
    recver.close()
    with pytest.raises(BrokenPipeError):
        sending.result()


def test_vectored(ends: Ends) -> None:
    sender, recver = ends
    assert sender.send_vectored([b"ab", b"", b"cde"]) == 5
    buffers = [bytearray(1), bytearray(10)]
    assert recver.recv_vectored(buffers) == 5
    assert buffers == [b"a", b"bcde" + bytes(6)]
    assert recver.recv_vectored([]) == 0
    assert recver.recv(0) == b""


def test_clones(ends: Ends) -> None:
    sender, recver = ends
    with sender.try_clone() as other_sender, recver.try_clone() as other_recver:
        sender.close()
        other_sender.send_all(b"x")
        assert other_recver.recv(1) == b"x"
    assert recver.recv(1) == b""


def test_directions(ends: Ends) -> None:
    sender, recver = ends
    assert sender.writable()
    assert not sender.readable()
    assert recver.readable()
    assert not recver.writable()
    assert not hasattr(sender, "recv")
    assert not hasattr(recver, "send")


@given(chunks=st.lists(st.binary(min_size=1, max_size=2000), max_size=8), size=st.integers(1, 5000))
def test_splits_do_not_matter(chunks: list[bytes], size: int) -> None:
    sender, recver = pipe()
    with recver:
        with sender:
            for chunk in chunks:
                sender.send_all(chunk)
        received = b""
        while data := recver.recv(size):
            received += data
        assert received == b"".join(chunks)


def test_use_after_close(ends: Ends) -> None:
    for end in ends:
        end.close()
        end.close()
    sender, recver = ends
    for call in (
        lambda: sender.send(b"x"),
        lambda: sender.send_all(b""),
        lambda: sender.send_vectored([b"x"]),
        lambda: sender.try_clone(),
        lambda: recver.recv(1),
        lambda: recver.recv(0),
        lambda: recver.recv_vectored([bytearray(1)]),
        lambda: recver.set_nonblocking(True),
        lambda: recver.detach(),
    ):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_ten_thousand_pipes_leave_nothing() -> None:
    before = open_handles()
    for _ in range(10_000):
        for end in pipe():
            end.close()
    assert open_handles() <= before
