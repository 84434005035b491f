"""`interprocess.wait`: streams, listeners, pipe ends and files, any of which may be the next."""

from __future__ import annotations

import io
import multiprocessing.connection
import subprocess
import sys
import threading
import time
from functools import partial
from typing import Any

import pytest

import interprocess
from interprocess import wait
from interprocess.local_socket import Name, Stream, connect, listen, pair
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, Running, open_handles


def test_nothing_comes() -> None:
    one, other = pair()
    sender, recver = pipe()
    with one, other, sender, recver:
        assert wait([one, recver], 0) == []
        began = time.monotonic()
        assert wait([one, recver], timeout=0.1) == []
        assert 0.09 <= time.monotonic() - began < PATIENCE


def test_no_objects() -> None:
    assert wait([]) == []
    assert wait(iter(()), 5) == []


def test_what_has_arrived_is_told_in_order() -> None:
    pairs = [pair() for _ in range(5)]
    ours = [one for one, _ in pairs]
    for i in (3, 1):
        pairs[i][1].send_all(b"x")
    assert wait(ours) == [ours[1], ours[3]]
    assert wait(ours) == [ours[1], ours[3]]  # Nothing was taken.
    assert ours[1].recv(1) == b"x"
    assert wait(reversed(ours), 5) == [ours[3]]
    assert wait([ours[3], ours[3]], 5) == [ours[3], ours[3]]
    for one, other in pairs:
        one.close()
        other.close()


def test_all_kinds_at_once(name: Name) -> None:
    one, other = pair()
    sender, recver = pipe()
    whole, peer = pair()
    recv_half, send_half = whole.split()
    with listen(name) as listener, one, other, sender, recver, peer, recv_half, send_half:
        waited_for: list[Any] = [listener, one, recver, recv_half]
        assert wait(waited_for, 0) == []
        with connect(name) as client:
            assert wait(waited_for, PATIENCE) == [listener]
            with listener.accept(timeout=0):
                assert wait(waited_for, 0) == []
                client.send_all(b"x")
        sender.send_all(b"x")
        peer.send_all(b"x")
        other.close()
        assert wait(waited_for, PATIENCE) == [one, recver, recv_half]
        assert one.recv(1) == b""
        assert recver.recv(1) + recv_half.recv(1) == b"xx"
        sender.close()
        assert wait([recver], PATIENCE) == [recver]
        assert recver.recv(1) == b""


@pytest.mark.parametrize("what", ["stream", "pipe", "listener", "end"])
def test_it_comes_while_we_wait(what: str, name: Name) -> None:
    one, other = pair()
    sender, recver = pipe()
    with listen(name) as listener, one, other, sender, recver:
        waiting = Running(lambda: wait([one, recver, listener]))
        assert waiting.is_waiting() or sys.platform == "win32"
        expected: Any = one
        if what == "stream":
            other.send_all(b"x")
        elif what == "pipe":
            sender.send_all(b"x")
            expected = recver
        elif what == "listener":
            connect(name).close()
            expected = listener
        else:
            other.close()
        assert waiting.result() == [expected]


@pytest.mark.parametrize("cloned", [False, True])
@pytest.mark.parametrize("what", ["stream", "pipe", "listener"])
def test_closing_wakes_it(what: str, cloned: bool, name: Name) -> None:
    """Also if another process shares the open file and must not be woken."""
    one, other = pair()
    sender, recver = pipe()
    with listen(name) as listener, one, other, sender, recver:
        clones: list[Any] = [one.try_clone(), recver.try_clone()] if cloned else []
        waiting = Running(lambda: wait([one, recver, listener]))
        assert waiting.is_waiting() or sys.platform == "win32"
        waited_for: dict[str, Any] = {"stream": one, "pipe": recver, "listener": listener}
        waited_for[what].close()
        with pytest.raises(ValueError, match="closed"):
            waiting.result()
        if cloned:
            other.send_all(b"x")
            assert clones[0].recv(1) == b"x"
        for clone in clones:
            clone.close()


def test_what_was_waited_for_closes_for_good() -> None:
    """Nothing is held any longer than the call takes."""
    for _ in range(2):
        before = open_handles()
        one, other = pair()
        sender, recver = pipe()
        assert wait([one, recver], 0.01) == []
        other.send_all(b"x")
        assert wait([one, recver]) == [one]
        for end in (one, other, sender, recver):
            end.close()
        assert open_handles() <= before


@pytest.mark.parametrize("mode", ["rb", "rwb", "r", "rw"])
def test_files_know_what_they_have_read_ahead(mode: str) -> None:
    one, other = pair()
    file: Any = one.makefile(mode)
    with one, other, file:
        other.send_all(b"first\nsecond\n")
        assert wait([file, one], PATIENCE) == [file, one]
        assert file.readline() in (b"first\n", "first\n")
        assert wait([one], 0) == []
        assert wait([file], 0) == [file]
        assert wait([one, file]) == [file]
        assert file.readline() in (b"second\n", "second\n")
        assert wait([file, one], 0) == []
        other.send_all(b"third\n")
        assert wait([file], PATIENCE) == [file]
        assert file.readline() in (b"third\n", "third\n")
        if "b" in mode:
            other.send_all(b"fourth")
            assert file.peek() == b"fourth" if mode == "rb" else file.read(1) == b"f"
            assert wait([file], 0) == [file]
            file.read(6 if mode == "rb" else 5)
        one.close()  # The file has the connection now.
        assert wait([file], 0) == []
        other.close()
        assert wait([file], PATIENCE) == [file]
        assert not file.readline()


def test_files_know_what_a_timeout_has_left() -> None:
    one, other = pair()
    with one, other, one.makefile("rb") as file:
        one.set_recv_timeout(0.01)
        other.send_all(b"begun")
        with pytest.raises(TimeoutError):
            file.readline()
        assert wait([file], 0) == [file]
        assert wait([one], 0) == []
        other.send_all(b"\n")
        assert file.readline() == b"begun\n"
        assert wait([file], 0) == []


def test_an_unbuffered_file() -> None:
    one, other = pair()
    with one, other, one.makefile("rb", buffering=0) as file:
        assert wait([file], 0) == []
        other.send_all(b"x")
        assert wait([file], PATIENCE) == [file]


def test_bad_input(name: Name) -> None:
    one, other = pair()
    sender, recver = pipe()
    whole, peer = pair()
    recv_half, send_half = whole.split()
    with one, other, recver, peer, recv_half, send_half, sender, one.makefile("wb") as file:
        text = one.makefile("w")
        for wrong in (sender, send_half, file, text):
            with pytest.raises(io.UnsupportedOperation):
                wait([one, wrong], 0)
        text.close()
        for nothing in (1, "x", None, sys.stdout, object()):
            with pytest.raises(TypeError, match="cannot wait for"):
                wait([one, nothing], 0)
        with pytest.raises(TypeError):
            wait(one, 0)
        with pytest.raises(TypeError, match="timeout"):
            wait([one], "1")  # type: ignore[arg-type]  # deliberately wrong
        for timeout in (-1, float("nan")):
            with pytest.raises(ValueError, match="timeout"):
                wait([one], timeout)
    listener = listen(name)
    listener.close()
    closed_file = pair_file()
    for closed in (one, recver, listener, closed_file):
        with pytest.raises(ValueError, match="closed"):
            wait([closed], 0)


def pair_file() -> Any:
    one, other = pair()
    file = one.makefile("rb")
    for closed in (file, one, other):
        closed.close()
    return file


def test_asynchronous_objects_are_not_for_it() -> None:
    import asyncio

    from interprocess.local_socket import asyncio as local_asyncio

    async def main() -> None:
        one, other = local_asyncio.pair()
        async with one, other:
            with pytest.raises(TypeError, match="cannot wait for"):
                wait([one], 0)

    asyncio.run(main())


def test_a_server_without_threads(name: Name) -> None:
    """The main use case: one loop that serves all clients."""

    def serve(clients: int) -> None:
        streams: list[Stream] = []
        with listen(name) as listener:
            waiting_clients.set()
            while clients:
                for ready in wait([listener, *streams], PATIENCE):
                    if ready is listener:
                        streams.append(listener.accept(timeout=0))
                        continue
                    assert isinstance(ready, Stream)
                    data = ready.recv(100)
                    if data:
                        ready.send_all(data.upper())
                    else:
                        streams.remove(ready)
                        ready.close()
                        clients -= 1

    waiting_clients = threading.Event()
    serving = Running(lambda: serve(20))
    assert waiting_clients.wait(PATIENCE)

    def talk(number: int) -> None:
        with connect(name, PATIENCE) as stream:
            for _ in range(5):
                stream.send_all(b"hello %d" % number)
                assert stream.recv(100) == b"HELLO %d" % number

    talking = [Running(partial(talk, i)) for i in range(20)]
    for talk_ended in talking:
        talk_ended.result()
    serving.result()


def test_many_objects() -> None:
    """More than WaitForMultipleObjects and select(2) take."""
    pairs = [pair() for _ in range(200)]
    pairs[150][1].send_all(b"x")
    assert wait([one for one, _ in pairs], PATIENCE) == [pairs[150][0]]
    for one, other in pairs:
        one.close()
        other.close()


def test_it_is_there_when_it_is_asked_for() -> None:
    code = """
import sys, interprocess
assert "interprocess._waiting" not in sys.modules
assert callable(interprocess.wait) and "wait" in dir(interprocess)
import interprocess.local_socket
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)
    assert interprocess.wait is wait
    assert wait.__doc__ is not None
    assert multiprocessing.connection.wait.__name__ == wait.__name__
