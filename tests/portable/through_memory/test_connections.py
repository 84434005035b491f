"""Peers that are killed, that are silent, that are other programs, and that scribble; views."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from interprocess import capabilities
from interprocess import local_socket as plain
from interprocess.errors import UnsupportedError
from interprocess.local_socket import Name
from interprocess.shared_memory.local_socket import Stream, _layout, connect, listen, pair
from interprocess.shared_memory.local_socket._platform import below
from tests.support import PATIENCE, Running, finish, python, repetitions

if not capabilities.available("shared_memory_rings"):
    pytest.skip("elsewhere the bytes go over the socket", allow_module_level=True)

MUCH = 16 * 1024 * 1024

CHILD = """
import sys, time
from interprocess.shared_memory.local_socket import connect

stream = connect(sys.argv[1])
stream.send_all(b"here")
assert stream.recv_exactly(3) == b"you"
"""


@pytest.fixture
def name() -> Name:
    return Name.unique()


def served(name: Name, code: str, serve: Callable[[Any, Stream], None]) -> None:
    """Run CODE in a second process, which connects and receives a greeting; then serve it."""
    with listen(name) as listener, python(CHILD + code, name.as_text()) as child:
        with listener.accept(PATIENCE) as stream:
            assert stream.recv_exactly(4) == b"here"
            stream.send_all(b"you")
            assert stream.through_memory
            serve(child, stream)


def test_two_processes(name: Name) -> None:
    def serve(child: subprocess.Popen[bytes], stream: Stream) -> None:
        assert stream.peer_creds().pid == child.pid
        data = random.Random(1).randbytes(3_000_000)
        sending = Running(lambda: stream.send_all(data))
        assert stream.recv_exactly(len(data)) == data
        sending.result()
        assert stream.recv(1) == b""
        finish(child)

    code = """
data = stream.recv_exactly(3_000_000)
stream.send_all(data)
stream.close()
"""
    served(name, code, serve)


WAITS: dict[str, Callable[[Stream], object]] = {
    "receive": lambda stream: stream.recv(1),
    "receive with a timeout": lambda stream: received_with_a_timeout(stream),
    "send": lambda stream: stream.write(bytes(MUCH)),
    "send with a timeout": lambda stream: sent_with_a_timeout(stream),
}


def received_with_a_timeout(stream: Stream) -> bytes:
    stream.set_recv_timeout(PATIENCE)
    return stream.recv(1)


def sent_with_a_timeout(stream: Stream) -> object:
    stream.set_send_timeout(PATIENCE)
    return stream.write(bytes(MUCH))


@pytest.mark.parametrize("wait", WAITS)
def test_a_peer_that_is_killed_is_noticed(name: Name, wait: str) -> None:
    def serve(child: subprocess.Popen[bytes], stream: Stream) -> None:
        waiting = Running(lambda: WAITS[wait](stream))
        assert waiting.is_waiting()
        child.kill()
        if wait.startswith("send"):
            with pytest.raises(BrokenPipeError) as caught:
                waiting.result()
            sent = caught.value.characters_written  # type: ignore[attr-defined]  # any OSError has it
            assert 0 < sent < MUCH
        else:
            assert waiting.result() == b""

    served(name, "time.sleep(60)", serve)


def test_what_a_killed_peer_had_sent_is_received(name: Name) -> None:
    def serve(child: subprocess.Popen[bytes], stream: Stream) -> None:
        child.wait(PATIENCE)
        assert stream.recv_exactly(1000) == bytes(1000)
        assert stream.recv(1) == b""

    served(name, "stream.send_all(bytes(1000)); import os; os.kill(os.getpid(), 9)", serve)


def test_a_client_that_says_nothing_delays_others_a_little_only(name: Name) -> None:
    with listen(name) as listener, plain.connect(name) as silent:
        began = time.monotonic()
        with listener.accept() as first, connect(name) as client, listener.accept() as second:
            assert 0.09 < time.monotonic() - began < PATIENCE
            client.send_all(b"x")
            assert second.recv(1) == b"x"
            first.set_recv_timeout(0.01)
            with pytest.raises(TimeoutError):
                first.recv(1)
            silent.close()
            assert first.recv(1) == b""


def test_an_offer_that_comes_late_is_taken(name: Name) -> None:
    with listen(name) as listener, plain.connect(name) as late, listener.accept() as stream:
        waiting = Running(lambda: stream.recv(1))
        assert waiting.is_waiting()
        below.send_empty_offer(late, _layout.offer_of(_layout.NO_MEMORY))
        late.send_all(b"y")
        assert waiting.result() == b"y"
        assert not stream.through_memory


def test_a_server_that_is_another_program_is_noticed(name: Name) -> None:
    with plain.listen(name) as listener, connect(name) as client, listener.accept() as stream:
        stream.send_all(b"220 mail.example.org ESMTP")
        with pytest.raises(ConnectionAbortedError, match="no shared_memory"):
            client.recv(1)


@pytest.mark.parametrize("side", ["client", "server"])
def test_without_memory_the_bytes_go_over_the_local_socket(
    name: Name, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from interprocess.shared_memory.local_socket import _memory

    answers = iter([side != "client", False, False])
    monkeypatch.setattr(_memory, "prepare", lambda: next(answers))
    with listen(name) as listener, connect(name) as client, listener.accept() as stream:
        client.send_all(b"hello")
        assert stream.recv_exactly(5) == b"hello"
        assert not client.through_memory
        assert not stream.through_memory
        with client.reserve(3) as room:
            room[:] = b"abc"
        with stream.peek(10) as view:
            assert bytes(view) == b"abc"
        stream.set_nonblocking(True)
        with pytest.raises(BlockingIOError):
            stream.recv(1)
        stream.set_nonblocking(False)
        recv_half, send_half = client.split()
        if sys.platform == "win32":
            with pytest.raises(UnsupportedError):
                send_half.shutdown()
        else:
            send_half.shutdown()
            assert stream.recv(1) == b""
        Stream.reunite(recv_half, send_half).close()


class Scribbler:
    """Writes anything anywhere into the memory of a connection, as fast as it can."""

    def __init__(self, stream: Stream, seed: int) -> None:
        self._words = [stream._reader.words, stream._writer.words]
        self._data = [stream._reader.data, stream._writer.data]
        self._random = random.Random(seed)
        self._stop = threading.Event()
        self._running = Running(self._scribble)

    def _scribble(self) -> None:
        numbers = [0, 1, 63, 64, 4096, 1 << 18, 1 << 31, 1 << 63, (1 << 64) - 1]
        while not self._stop.is_set():
            words = self._random.choice(self._words)
            place = self._random.randrange(len(words))
            value = self._random.choice([*numbers, words[place] + self._random.randint(-2, 70000)])
            words[place] = value & ((1 << 64) - 1)
            data = self._random.choice(self._data)
            data[self._random.randrange(len(data))] = 255
            time.sleep(0)

    def stop(self) -> None:
        self._stop.set()
        self._running.result()


@pytest.mark.parametrize("seed", range(repetitions(10)))
def test_a_peer_that_scribbles_harms_its_own_connection_alone(seed: int) -> None:
    ours, peer = pair(buffer_size=1 << 12)
    other, its_peer = pair()
    with ours, peer, other, its_peer:
        ours.set_recv_timeout(0.002)
        ours.set_send_timeout(0.002)
        scribbler = Scribbler(peer, seed)
        rng = random.Random(seed)
        calls: list[Callable[[], object]] = [
            lambda: ours.recv(rng.randrange(1, 10_000)),
            lambda: ours.recv_into(bytearray(rng.randrange(1, 10_000))),
            lambda: ours.recv_exactly(rng.randrange(1, 10_000)),
            lambda: ours.recv_vectored([bytearray(10), bytearray(10_000)]),
            lambda: ours.send(bytes(rng.randrange(1, 10_000))),
            lambda: ours.send_all(bytearray(rng.randrange(1, 10_000))),
            lambda: ours.send_vectored([b"x", bytes(100)]),
        ]
        kinds = set()
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            try:
                rng.choice(calls)()
            except (OSError, EOFError) as error:
                kinds.add(type(error))
        scribbler.stop()
        assert ConnectionAbortedError in kinds
        other.send_all(b"unharmed")
        assert its_peer.recv(100) == b"unharmed"


def test_views() -> None:
    first, second = pair(buffer_size=1 << 12)
    with first, second:
        with first.reserve(10) as room:
            assert len(room) == 10
            room[:5] = b"hello"
            room[5:] = b"world"
            second.set_recv_timeout(0)
            with pytest.raises(TimeoutError):
                second.recv(1)
            with pytest.raises(RuntimeError, match="block with a view"):
                first.send(b"x")
        with second.peek(100) as view:
            assert bytes(view) == b"helloworld"
            assert view.readonly
        with pytest.raises(ValueError, match="released"):
            view[0]
        with pytest.raises(TimeoutError), second.peek(1):
            raise AssertionError("nothing has come")
        reservation = first.reserve(10)
        with reservation as room:
            room[:3] = b"abc"
            reservation.commit(3)
        with pytest.raises(ValueError):
            reservation.commit(1)
        peek = second.peek(10)
        with peek as view:
            assert bytes(view) == b"abc"
            peek.consume(1)
            with pytest.raises(ValueError, match="at most 3"):
                peek.consume(4)
        with pytest.raises(LookupError), second.peek(10):
            raise LookupError
        with pytest.raises(LookupError), first.reserve(10):
            raise LookupError
        assert second.recv(10) == b"bc"
        for refused in (first.reserve, first.peek):
            with pytest.raises(ValueError):
                refused(0)
            with pytest.raises(TypeError):
                refused("1")  # type: ignore[arg-type]  # deliberately wrong
        first.close()
        with second.peek(10) as view:
            assert bytes(view) == b""
        with pytest.raises(BrokenPipeError), second.reserve(1):
            raise AssertionError("nobody receives")


def test_views_of_more_than_the_ring_holds() -> None:
    first, second = pair(buffer_size=1 << 12)
    data = random.Random(3).randbytes(100_000)

    def write() -> None:
        rest = memoryview(data)
        while rest:
            with first.reserve(len(rest)) as room:
                room[:] = rest[: len(room)]
                rest = rest[len(room) :]

    with first, second:
        writing = Running(write)
        received = bytearray()
        while len(received) < len(data):
            with second.peek(1000) as view:
                received += view
        writing.result()
        assert received == data


@pytest.mark.parametrize("size", [1, 4096, 4097, 1 << 20])
def test_sizes_of_rings(name: Name, size: int) -> None:
    with listen(name) as listener:
        with connect(name, send_buffer_size=size, recv_buffer_size=1) as client:
            with listener.accept() as stream:
                assert client.send_buffer_size == stream.recv_buffer_size >= size
                assert client.recv_buffer_size == stream.send_buffer_size == 4096
                client.set_send_timeout(0)
                with pytest.raises(TimeoutError) as caught:
                    client.send_all(bytes(MUCH))
                sent = caught.value.characters_written  # type: ignore[attr-defined]  # any has it
                assert sent == client.send_buffer_size


def test_what_is_not_used_is_not_imported() -> None:
    code = """
import sys
import interprocess.local_socket
import interprocess.shared_memory
assert not [name for name in sys.modules if "_ring" in name or "shared_memory.local" in name]
"""
    with python(code) as process:
        finish(process)
