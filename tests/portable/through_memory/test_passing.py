"""Objects that are handed over beside the bytes of a connection through memory."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from interprocess import capabilities
from interprocess import local_socket as plain
from interprocess.errors import IncompleteReadError
from interprocess.local_socket import Name, recv_object, send_object
from interprocess.shared_memory import Memory, recv_memory, send_memory
from interprocess.shared_memory.local_socket import Stream, _memory, connect, listen, pair
from tests.support import PATIENCE, Running, finish, open_handles, python

CHILD = """if True:
    import sys
    from interprocess import local_socket as plain
    from interprocess.local_socket import recv_object, send_object
    from interprocess.shared_memory import Memory, recv_memory, send_memory
    from interprocess.shared_memory.local_socket import connect

    with connect(sys.argv[1]) as stream:
        assert stream.recv_exactly(5) == b"first"
        with recv_memory(stream, min_size=10) as memory, memory.map() as view:
            assert bytes(view[:5]) == b"hello"
            view[:5] = b"world"
        stream.send_all(b"done")
        with recv_object(stream, plain.Stream) as other:
            other.send_all(b"from the child")
"""


@pytest.fixture(params=["memory", "fallback"])
def ends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two ends of a connection, with memory where it is supported, and without."""
    if request.param == "fallback":
        monkeypatch.setattr(_memory, "prepare", lambda: False)
    elif not capabilities.available("shared_memory_rings"):
        pytest.skip("no connection uses memory here")
    before = open_handles()
    first, second = pair()
    with first, second:
        assert first.through_memory == (request.param == "memory")
        first.set_recv_timeout(PATIENCE)
        second.set_recv_timeout(PATIENCE)
        yield first, second
    assert open_handles() <= before


def test_two_processes() -> None:
    with listen() as listener, python(CHILD, listener.name.as_text()) as child:
        with listener.accept(PATIENCE) as stream:
            stream.send_all(b"first")
            with Memory(100) as memory, memory.map() as view:
                view[:5] = b"hello"
                send_memory(stream, memory)
                assert stream.recv_exactly(4) == b"done"
                assert bytes(view[:5]) == b"world"
            ours, theirs = plain.pair()
            with ours:
                with theirs:
                    send_object(stream, theirs)
                assert ours.readall() == b"from the child"
            finish(child)


def test_objects_and_bytes_do_not_mix(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    for number in range(20):
        first.send_all(b"%02d" % number)
        assert second.recv_exactly(2) == b"%02d" % number
        with tempfile.TemporaryFile() as file:
            file.write(b"%02d" % number)
            file.seek(0)
            send_object(first, file)
        with recv_object(second) as received:
            assert received.read() == b"%02d" % number


@pytest.mark.skipif(
    not capabilities.available("shared_memory_rings"), reason="one socket has one order"
)
def test_a_waiting_receive_takes_no_object() -> None:
    first, second = pair()
    with first, second, Memory(100) as memory:
        receiving = Running(lambda: second.recv(10))
        assert receiving.is_waiting()
        send_memory(first, memory)
        first.send_all(b"bytes")
        assert receiving.result() == b"bytes"
        recv_memory(second).close()


def test_halves_and_clones(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    with first.try_clone() as clone, Memory(100) as memory:
        send_memory(clone, memory)
        recv_memory(second).close()
    recv_half, send_half = second.split()
    with Memory(100) as memory:
        send_object(send_half, memory)
        recv_object(first, Memory).close()
        send_object(first, memory)
        recv_object(recv_half, Memory).close()
        with Stream.reunite(recv_half, send_half) as whole:
            send_memory(first, memory)
            recv_memory(whole).close()


@pytest.mark.parametrize("seconds", [0, 0.01])
def test_timeouts(ends: tuple[Stream, Stream], seconds: float) -> None:
    first, second = ends
    second.set_recv_timeout(seconds)
    with pytest.raises(TimeoutError):
        recv_object(second)
    with Memory(100) as memory:
        send_memory(first, memory)
    second.set_recv_timeout(PATIENCE)
    recv_memory(second).close()
    first.send_all(b"x")
    assert second.recv(1) == b"x"


def test_nonblocking_mode(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    second.set_nonblocking(True)
    with pytest.raises(BlockingIOError):
        recv_object(second)
    with pytest.raises(BlockingIOError):
        second.recv(1)
    second.set_nonblocking(False)
    receiving = Running(lambda: second.recv(1))
    assert receiving.is_waiting()
    first.send_all(b"x")
    assert receiving.result() == b"x"


ENDINGS: dict[str, Callable[[Stream], None]] = {"close": lambda stream: stream.close()}
if sys.platform != "win32":
    ENDINGS["shutdown"] = lambda stream: stream.shutdown(1)


@pytest.mark.parametrize("end", ENDINGS)
def test_the_end(ends: tuple[Stream, Stream], end: str) -> None:
    first, second = ends
    receiving = Running(lambda: recv_object(second))
    assert receiving.is_waiting()
    ENDINGS[end](first)
    with pytest.raises(IncompleteReadError):
        receiving.result()


def test_closing_wakes_a_receive_of_an_object(ends: tuple[Stream, Stream]) -> None:
    _, second = ends
    receiving = Running(lambda: recv_object(second))
    assert receiving.is_waiting()
    second.close()
    with pytest.raises(ValueError, match="closed"):
        receiving.result()
    with pytest.raises(ValueError, match="closed"):
        recv_object(second)


def test_a_connection_through_memory_is_not_handed_over(ends: tuple[Stream, Stream]) -> None:
    one, other = plain.pair()
    with one, other, pytest.raises(TypeError, match="handed over"):
        send_object(one, ends[0])  # type: ignore[arg-type]  # deliberately wrong


def test_before_the_first_transfer() -> None:
    name = Name.unique()
    with listen(name) as listener, connect(name) as client, Memory(100) as memory:
        accepting = Running(listener.accept)
        send_memory(client, memory)
        with accepting.result() as stream:
            recv_memory(stream).close()
