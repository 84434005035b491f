"""A file keeps its connection open until it is closed itself, as a socket's file does."""

from __future__ import annotations

import gc
import http.client
import io
import sys
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from interprocess.local_socket import RecvHalf, SendHalf, Stream, pair
from tests.portable.streams import KINDS, Ends
from tests.support import Running, close_raw_handle, open_handles, raw_handle

Pair = tuple[Stream, Stream]


@pytest.fixture
def streams() -> Iterator[Pair]:
    first, second = pair()
    with first, second:
        yield first, second


@pytest.fixture(params=sorted(KINDS))
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    with KINDS[request.param]() as ends:
        yield ends


class SocketLike:
    """The methods that `http.client` needs of a socket."""

    def __init__(self, stream: Stream) -> None:
        self.sendall, self.makefile, self.close = stream.send_all, stream.makefile, stream.close


def test_http_client_reads_a_body_after_it_closed_the_socket(streams: Pair) -> None:
    first, second = streams

    def serve() -> None:
        second.recv(9999)
        second.send_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"body" * 10_000)
        second.close()

    serving = Running(serve)
    client = http.client.HTTPConnection("unused")
    client.sock = SocketLike(first)
    client.request("GET", "/")
    with client.getresponse() as response:
        assert first.closed
        assert response.read() == b"body" * 10_000
    serving.result()


@pytest.mark.parametrize("buffering", [0, -1])
def test_a_file_outlives_its_stream(ends: Ends, buffering: int) -> None:
    sender, receiver = ends
    reader, writer = receiver.makefile("rb", buffering), sender.makefile("wb", buffering)
    number = raw_handle(receiver)
    receiver.close()
    sender.close()
    for end, call in (
        (receiver, lambda: receiver.recv(1)),
        (sender, lambda: sender.send_all(b"x")),
    ):
        assert end.closed
        assert "closed" in repr(end)
        for refused in (call, lambda end=end: end.makefile(), lambda end=end: raw_handle(end)):
            with pytest.raises(ValueError):
                refused()
        end.close()
    assert reader.name == number
    writer.write(b"after all\n")
    writer.flush()
    assert reader.readline() == b"after all\n"
    writer.close()
    reader.close()


def test_the_last_one_closes_the_connection(streams: Pair) -> None:
    first, second = streams
    before = open_handles()
    files = [first.makefile(mode) for mode in ("rb", "wb", "r", "rw")]
    files.append(first.makefile("rwb", 0))
    assert open_handles() == before
    first.close()
    second.set_recv_timeout(0)
    for file in files:
        with pytest.raises(TimeoutError):
            second.recv(1)
        file.close()
        file.close()
    assert second.recv(1) == b""
    assert open_handles() == before - 1


def test_a_stream_outlives_its_files(streams: Pair) -> None:
    first, second = streams
    for buffering in (0, -1):
        with first.makefile("rwb", buffering):
            pass
    first.send_all(b"x")
    assert second.recv(1) == b"x"
    first.close()
    assert second.recv(1) == b""


def test_settings_of_the_stream_are_those_of_its_files(streams: Pair) -> None:
    first, _ = streams
    with first.makefile("rb") as file:
        first.set_recv_timeout(0)
        with pytest.raises(TimeoutError):
            file.read(1)
        first.close()
        with pytest.raises(TimeoutError):
            file.read(1)


@pytest.mark.parametrize("buffering", [0, -1])
def test_a_closed_file_is_of_no_use(streams: Pair, buffering: int) -> None:
    first, second = streams
    second.send_all(b"something\n")
    file: Any = first.makefile("rwb", buffering)
    assert (file.read(4), file.closed) == (b"some", False)
    file.close()
    assert file.closed
    calls = [
        lambda: file.read(1),
        lambda: file.readinto(bytearray(1)),
        lambda: file.write(b"x"),
        file.readline,
        file.readable,
        file.writable,
        file.fileno,
    ]
    for call in calls:
        with pytest.raises(ValueError, match="closed"):
            call()
    assert not first.closed


def test_a_closed_text_file_is_of_no_use(streams: Pair) -> None:
    first, second = streams
    second.send_all(b"one\ntwo\n")
    with first.makefile("rw") as file:
        assert file.readline() == "one\n"
    for call in (file.readline, file.read, lambda: file.read(0), lambda: file.write("x")):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_names_and_modes(streams: Pair) -> None:
    first, second = streams
    number = raw_handle(first)
    for mode, raw_mode in (("r", "rb"), ("w", "wb"), ("rw", "rwb"), ("wr", "rwb")):
        with first.makefile(mode) as text, first.makefile(mode + "b") as binary:
            assert (text.name, text.mode) == (number, mode)
            assert (binary.name, binary.mode) == (number, raw_mode)
            assert "r" in mode or not text.readable()
            assert "w" in mode or not binary.writable()
    with second.makefile("rb", 0) as file:
        assert file.name == raw_handle(second)
        assert file.mode == "rb"
        assert str(file.name) in repr(file)
    assert (file.name, file.mode) == (-1, "rb")


def test_directions_that_a_stream_does_not_have() -> None:
    for kind in ("half", "pipe"):
        with KINDS[kind]() as (sender, receiver):
            for end, mode in ((sender, "r"), (sender, "rw"), (receiver, "wb"), (receiver, "rwb")):
                for buffering in (-1, 0) if "b" in mode else (-1,):
                    with pytest.raises(io.UnsupportedOperation):
                        end.makefile(mode, buffering)
            with sender.makefile("wb", 0) as file, pytest.raises(io.UnsupportedOperation):
                file.read(1)
            with receiver.makefile("r") as file, pytest.raises(io.UnsupportedOperation):
                file.write("x")


def test_what_is_given_up_is_taken_from_its_files(streams: Pair) -> None:
    first, second = streams
    file = first.makefile("rb")
    halves = first.split()
    with pytest.raises(ValueError):
        file.read(1)
    whole = Stream.reunite(*halves)
    assert isinstance(halves[0], RecvHalf)
    assert isinstance(halves[1], SendHalf)
    with whole.makefile("rb") as of_whole:
        number = whole.detach()
        with pytest.raises(ValueError):
            of_whole.read(1)
    file.close()
    second.set_recv_timeout(0)
    with pytest.raises(TimeoutError):
        second.recv(1)
    close_raw_handle(number)
    assert second.recv(1) == b""


def test_a_clone_has_files_of_its_own(streams: Pair) -> None:
    first, second = streams
    with first.makefile("rb") as file:
        clone = first.try_clone()
        first.close()
        clone.close()
        second.send_all(b"x")
        assert file.read(1) == b"x"
    assert second.recv(1) == b""


def test_closing_wakes_calls_where_no_file_is_open(streams: Pair) -> None:
    first, _ = streams
    first.makefile("rb").close()
    receiving = Running(lambda: first.recv(1))
    assert receiving.is_waiting()
    first.close()
    with pytest.raises(ValueError):
        receiving.result()


@pytest.mark.parametrize("mode", ["rb", "rwb", "r"])
def test_closing_the_last_file_wakes_its_calls(streams: Pair, mode: str) -> None:
    first, _ = streams
    file = first.makefile(mode)
    first.close()
    reading = Running(lambda: file.read(1))
    assert reading.is_waiting()
    closing = Running(file.close)
    with pytest.raises(ValueError):
        reading.result()
    closing.result()


def test_a_call_of_a_file_goes_on_when_the_stream_is_closed(streams: Pair) -> None:
    first, second = streams
    with first.makefile("rb") as file:
        reading = Running(lambda: file.read(2))
        assert reading.is_waiting()
        first.close()
        second.send_all(b"ab")
        assert reading.result() == b"ab"


def test_streams_closed_and_files_made_at_the_same_time() -> None:
    before = open_handles()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(300):
            first, second = pair()
            with second:
                barrier = threading.Barrier(3)

                def make(first: Any = first, barrier: threading.Barrier = barrier) -> bytes:
                    barrier.wait()
                    try:
                        with first.makefile("rb", 0) as file:
                            return bytes(file.read(1))
                    except ValueError:
                        return b"closed"

                def close(first: Any = first, barrier: threading.Barrier = barrier) -> None:
                    barrier.wait()
                    first.close()

                second.send_all(b"ab")
                running: list[Running[Any]] = [Running(make), Running(make), Running(close)]
                assert {thread.result() for thread in running} <= {b"a", b"b", b"closed", None}
                assert first.closed
    finally:
        sys.setswitchinterval(interval)
    gc.collect()
    assert open_handles() <= before


def test_an_unclosed_file_closes_the_connection(streams: Pair) -> None:
    first, second = streams
    file = first.makefile("wb")
    file.write(b"kept")
    first.close()
    del file
    gc.collect()
    assert second.recv(10) == b"kept"
    assert second.recv(10) == b""


def test_lines_are_those_of_a_file(ends: Ends) -> None:
    sender, receiver = ends
    for end in ends:
        with pytest.raises(TypeError, match="makefile"):
            iter(end)
    sender.send_all(b"one\ntwo\n")
    with receiver.makefile("rb") as file:
        lines = iter(file)
        assert (next(lines), next(lines)) == (b"one\n", b"two\n")


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="only CPython counts references")
@pytest.mark.parametrize("read", ["read", "read1", "readline", "readlines"])
@pytest.mark.parametrize("mode", ["r", "rb", "rwb"])
def test_an_error_does_not_keep_a_file_alive(streams: Pair, mode: str, read: str) -> None:
    file = streams[0].makefile(mode)
    streams[0].set_recv_timeout(0)
    if not hasattr(file, read):
        pytest.skip("text files have none")
    with pytest.raises(TimeoutError):
        getattr(file, read)(5)
    alive = weakref.ref(file)
    gc.disable()
    try:
        del file
        assert alive() is None
    finally:
        gc.enable()
