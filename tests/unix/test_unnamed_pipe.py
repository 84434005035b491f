"""Features of unnamed pipes on Unix only."""

from __future__ import annotations

import os

import pytest

from interprocess.os.unix import _calls
from interprocess.os.unix.unnamed_pipe import pipe
from interprocess.unnamed_pipe import pipe as portable_pipe
from tests.support import Running


def test_nonblocking_from_the_start() -> None:
    sender, recver = pipe(nonblocking=True)
    with sender, recver:
        assert not os.get_blocking(sender.fileno())
        assert not os.get_blocking(recver.fileno())
        with pytest.raises(BlockingIOError):
            recver.recv(1)
        with pytest.raises(BlockingIOError):
            sender.send_all(bytes(4_000_000))


def test_the_mode_must_be_one() -> None:
    with pytest.raises(TypeError):
        pipe(nonblocking=1)  # type: ignore[arg-type]  # deliberately wrong
    with pytest.raises(TypeError):
        pipe(True)  # type: ignore[call-arg]  # deliberately wrong


def test_an_end_that_was_not_used_is_as_programs_expect_it() -> None:
    for end in portable_pipe():
        assert os.get_blocking(end.fileno())
        end.close()


@pytest.mark.parametrize("nonblocking", [False, True])
def test_a_system_without_pipe2(nonblocking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_calls, "HAS_PIPE2", False)
    for end in pipe(nonblocking=nonblocking):
        assert os.get_blocking(end.fileno()) != nonblocking
        assert not os.get_inheritable(end.fileno())
        end.close()


def test_what_the_system_waits_for_is_not_lost_to_another_reader() -> None:
    """Another process takes what poll(2) has announced: the wait, and its timeout, go on."""
    sender, recver = pipe()
    with sender, recver:
        recver.set_timeout(0.3)
        receiving = Running(lambda: recver.recv(1))
        thief = os.dup(recver.fileno())
        for _ in range(20):
            sender.send_all(b"x")
            try:
                os.read(thief, 1)
            except BlockingIOError:
                pass
        os.close(thief)
        try:
            assert receiving.result() == b"x"
        except TimeoutError:
            pass
