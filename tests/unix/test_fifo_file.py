"""FIFO files."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from interprocess.os.unix.fifo_file import create_fifo, open_recver, open_sender
from tests.support import Running, finish, python


@pytest.fixture
def fifo(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "fifo"
    create_fifo(path)
    yield path
    path.unlink()


def test_create(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        create_fifo(tmp_path / "default")
        create_fifo(os.fsencode(tmp_path / "given"), 0o666)
    finally:
        os.umask(before)
    for name, mode in (("default", 0o600), ("given", 0o666)):
        status = (tmp_path / name).stat()
        assert stat.S_ISFIFO(status.st_mode)
        assert stat.S_IMODE(status.st_mode) == mode


def test_create_what_cannot_be(fifo: Path) -> None:
    with pytest.raises(FileExistsError):
        create_fifo(fifo)
    with pytest.raises(FileNotFoundError):
        create_fifo(fifo.parent / "missing" / "fifo")


@pytest.mark.parametrize("mode", [-1, 0o1000, 0o4755])
def test_bad_modes(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ValueError, match="mode"):
        create_fifo(tmp_path / "fifo", mode)
    assert os.listdir(tmp_path) == []


def test_opening_waits_for_the_other_end(fifo: Path) -> None:
    opening = Running(lambda: open_recver(fifo))
    assert opening.is_waiting()
    with open_sender(fifo) as sender, opening.result() as recver:
        sender.send_all(b"x")
        assert recver.recv(10) == b"x"
        sender.close()
        assert recver.recv(10) == b""
    opening_sender = Running(lambda: open_sender(fifo))
    assert opening_sender.is_waiting()
    with open_recver(fifo), opening_sender.result():
        pass


def test_another_process(fifo: Path) -> None:
    code = """
import sys
from interprocess.os.unix.fifo_file import open_sender
with open_sender(sys.argv[1]) as sender:
    sender.send_all(b"from the child")
"""
    with python(code, str(fifo)) as child, open_recver(fifo, timeout=30) as recver:
        assert recver.recv_exactly(14) == b"from the child"
        assert recver.recv(1) == b""
        finish(child)


@pytest.mark.parametrize("timeout", [0.1, 0])
def test_timeouts(fifo: Path, timeout: float) -> None:
    for opener in (open_recver, open_sender):
        began = time.monotonic()
        with pytest.raises(TimeoutError) as caught:
            opener(fifo, timeout=timeout)
        assert timeout <= time.monotonic() - began < timeout + 5
        assert caught.value.filename == str(fifo)


def test_a_sender_with_a_timeout_finds_its_receiver(fifo: Path) -> None:
    opening = Running(lambda: open_sender(fifo, timeout=30))
    assert opening.is_waiting()
    with open_recver(fifo) as recver, opening.result() as sender:
        sender.send_all(b"x")
        assert recver.recv(1) == b"x"


def test_a_receiver_with_a_timeout_waits_on_afterwards(fifo: Path) -> None:
    opening = Running(lambda: open_recver(fifo, timeout=30))
    with open_sender(fifo) as sender:
        sender.send_all(b"x")
        with opening.result() as recver:
            assert recver.recv(1) == b"x"
            receiving = Running(lambda: recver.recv(1))
            assert receiving.is_waiting()
            sender.send_all(b"y")
            assert receiving.result() == b"y"


def test_nonblocking(fifo: Path) -> None:
    with pytest.raises(BlockingIOError):
        open_sender(fifo, nonblocking=True)
    with open_recver(fifo, nonblocking=True) as recver:
        assert recver.recv(1) == b""  # There is no sender yet.
        with open_sender(fifo, nonblocking=True) as sender:
            with pytest.raises(BlockingIOError):
                recver.recv(1)
            with pytest.raises(BlockingIOError):
                sender.send_all(bytes(4_000_000))


def test_bad_options(fifo: Path) -> None:
    for opener in (open_recver, open_sender):
        with pytest.raises(ValueError, match="timeout"):
            opener(fifo, nonblocking=True, timeout=1)
        with pytest.raises(ValueError, match="timeout"):
            opener(fifo, timeout=-1)
        with pytest.raises(TypeError):
            opener(fifo, nonblocking=1)  # type: ignore[arg-type]  # deliberately wrong


def test_what_is_no_fifo(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    for opener in (open_recver, open_sender):
        with pytest.raises(ValueError, match="not a FIFO"):
            opener(tmp_path / "file")
        with pytest.raises(FileNotFoundError):
            opener(tmp_path / "missing")
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize("opener", [open_recver, open_sender])
def test_what_takes_the_place_of_the_fifo_is_closed(
    fifo: Path, opener: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def replaced(path: object, flags: int) -> int:
        return real(os.devnull, flags)

    monkeypatch.setattr(os, "open", replaced)
    with pytest.raises(ValueError, match="not a FIFO"):
        opener(fifo)  # type: ignore[operator]  # one of two functions
