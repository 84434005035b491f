"""`interprocess.wait` on Unix: strangers at a listener, forks, signals, FIFO files."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from interprocess import capabilities, wait
from interprocess.errors import UnsupportedError
from interprocess.local_socket import Name, connect, listen, pair
from interprocess.os.unix import fifo_file
from interprocess.os.unix.local_socket import ListenerOptions
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, Running, finish, open_handles
from tests.unix.users import CLIENT, ONLY_ROOT, as_nobody, open_to_others

TELLS_USER = pytest.mark.skipif(
    not capabilities.available("current_user_only"), reason="the users of peers are not reported"
)


@ONLY_ROOT
@TELLS_USER
def test_a_stranger_is_no_client(name: Name) -> None:
    """A client that would be refused does not make a listener ready: accepting would wait."""
    open_to_others(name)
    mode = None if name.is_abstract() else 0o666
    options = ListenerOptions(name, mode=mode, current_user_only=True)
    with options.create_sync() as listener:
        with as_nobody(CLIENT, name, "2") as stranger:
            waiting = Running(lambda: wait([listener], PATIENCE))
            assert finish(stranger).split() == ["refused"] * 2
        assert not waiting.has_ended()
        with connect(name) as client:
            assert waiting.result() == [listener]
            assert wait([listener], 0) == [listener]
            with listener.accept(timeout=0) as stream:
                client.send_all(b"x")
                assert stream.recv(1) == b"x"
        assert wait([listener], 0) == []


@TELLS_USER
@pytest.mark.parametrize("end", ["close", "detach", "drop"])
def test_admitted_clients_end_with_the_listener(name: Name, end: str) -> None:
    before = open_handles()
    listener = listen(name, current_user_only=True)
    with connect(name) as client:
        assert wait([listener], PATIENCE) == [listener]
        if end == "detach":
            file, number = str(name), listener.detach()
            assert client.recv(1) == b""
            os.close(number)
            if not name.is_abstract():
                os.unlink(file)
        else:
            listener.close()
            assert client.recv(1) == b""
    del listener
    assert open_handles() <= before


@TELLS_USER
def test_a_child_leaves_its_parents_client_alone(name: Name) -> None:
    with listen(name, current_user_only=True) as listener, connect(name) as client:
        assert wait([listener], PATIENCE) == [listener]
        child = os.fork()
        if not child:
            status = 1
            try:
                assert wait([listener], 0) == []
                try:
                    listener.accept(timeout=0)
                except TimeoutError:
                    status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        with listener.accept(timeout=0) as stream:
            stream.send_all(b"x")
            assert client.recv(1) == b"x"


def test_signal_handlers_run_and_waiting_goes_on() -> None:
    one, other = pair()
    ran = []

    def handler(*_: object) -> None:
        ran.append(True)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        began = time.monotonic()
        assert wait([one], 0.3) == []
        assert time.monotonic() - began >= 0.3
        assert ran
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    one.close()
    other.close()


def test_an_interrupted_wait_holds_nothing() -> None:
    """Objects that were waited for can be closed and collected afterwards."""

    class InterruptError(Exception):
        pass

    def handler(*_: object) -> None:
        raise InterruptError

    def wait_in_vain() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        wait([one, recver, other], PATIENCE)

    before = signal.signal(signal.SIGALRM, handler)
    one, other = pair()
    sender, recver = pipe()
    try:
        for _ in range(50):
            with pytest.raises(InterruptError):
                wait_in_vain()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    for end in (one, other, sender, recver):
        os.close(end.detach())  # `ValueError` if a call was in progress.


def test_a_fork_in_a_signal_handler_leaves_the_wakers_apart() -> None:
    one, other = pair()
    clone = one.try_clone()
    children: list[int] = []

    def handler(*_: object) -> None:
        child = os.fork()
        if not child:
            os._exit(0)
        children.append(child)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        sending = threading.Timer(0.3, lambda: other.send_all(b"x"))
        sending.start()
        assert wait([one], PATIENCE) == [one]
        sending.join()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert [os.waitpid(child, 0)[1] for child in children] == [0]
    for stream in (one, other, clone):
        stream.close()


def test_a_fifo_file(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    fifo_file.create_fifo(path)
    opening = Running(lambda: fifo_file.open_recver(path))
    with fifo_file.open_sender(path) as sender, opening.result() as recver:
        if not capabilities.available("wait_fifo_file"):
            with pytest.raises(UnsupportedError):
                wait([recver], 0)
            return
        assert wait([recver], 0) == []
        sender.send_all(b"x")
        assert wait([recver], PATIENCE) == [recver]
        assert recver.recv(1) == b"x"
        sender.close()
        assert wait([recver], PATIENCE) == [recver]
        assert recver.recv(1) == b""
