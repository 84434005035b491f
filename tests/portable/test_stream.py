"""The verbs of streams, on two that are connected with each other."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess.local_socket import (
    IncompleteReadError,
    ReuniteError,
    Shutdown,
    Stream,
    UnsupportedError,
    pair,
)
from tests.support import Running

Pair = tuple[Stream, Stream]

#: More than any system buffers for a reader.
MUCH = 16 * 1024 * 1024


@pytest.fixture
def streams() -> Iterator[Pair]:
    first, second = pair()
    with first, second:
        yield first, second


def test_recv_and_send(streams: Pair) -> None:
    first, second = streams
    assert first.send(b"hello") == 5
    assert second.recv(100) == b"hello"
    assert second.send(memoryview(b"world")[1:]) == 4
    buffer = bytearray(10)
    assert first.recv_into(buffer) == 4
    assert buffer == b"orld\0\0\0\0\0\0"
    first.send_all(bytearray(b"again"))
    assert second.recv_exactly(5) == b"again"
    second.flush()


def test_end_of_stream(streams: Pair) -> None:
    first, second = streams
    first.send_all(b"last words")
    first.close()
    assert second.recv(4) == b"last"
    assert second.recv_exactly(6) == b" words"
    assert second.recv(1) == b""
    assert second.recv_into(bytearray(1)) == 0
    with pytest.raises(IncompleteReadError) as caught:
        second.recv_exactly(1)
    assert caught.value.partial == b""


def test_incomplete_read_gives_what_arrived(streams: Pair) -> None:
    first, second = streams
    first.send_all(b"abc")
    first.close()
    with pytest.raises(EOFError, match="3 of 10") as caught:
        second.recv_exactly(10)
    assert isinstance(caught.value, IncompleteReadError)
    assert (caught.value.partial, caught.value.expected) == (b"abc", 10)


def test_sending_to_nobody(streams: Pair) -> None:
    first, second = streams
    second.close()
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        first.send_all(b"x" * 100_000)


def test_receive_timeouts(streams: Pair) -> None:
    first, second = streams
    second.set_recv_timeout(0.1)
    for call in (
        lambda: second.recv(1),
        lambda: second.recv_into(bytearray(1)),
        lambda: second.recv_vectored([bytearray(1)]),
        lambda: second.recv_exactly(1),
    ):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            call()
        assert 0.09 <= time.monotonic() - began < 10
    first.send_all(b"ab")
    with pytest.raises(TimeoutError) as caught:
        second.recv_exactly(3)
    assert caught.value.partial == b"ab"  # type: ignore[attr-defined]  # documented there
    second.set_recv_timeout(0)
    with pytest.raises(TimeoutError):
        second.recv(1)
    first.send_all(b"c")
    assert second.recv(1) == b"c"


def test_send_timeouts(streams: Pair) -> None:
    first, second = streams
    first.set_send_timeout(0.1)
    began = time.monotonic()
    with pytest.raises(TimeoutError) as caught:
        first.send_all(bytes(MUCH))
    assert 0.09 <= time.monotonic() - began < 10
    sent = caught.value.characters_written  # type: ignore[attr-defined]  # documented there
    assert 0 < sent < MUCH
    with pytest.raises(TimeoutError):
        first.send(bytes(MUCH))
    with pytest.raises(TimeoutError):
        first.send_vectored([bytes(MUCH)])
    first.set_send_timeout(None)
    assert second.recv_exactly(sent) == bytes(sent)
    first.send_all(b"x")
    assert second.recv(1) == b"x"


@pytest.mark.parametrize("timeout", [-1, float("nan")])
def test_bad_timeouts(streams: Pair, timeout: float) -> None:
    for setter in (streams[0].set_recv_timeout, streams[0].set_send_timeout):
        with pytest.raises(ValueError, match="timeout"):
            setter(timeout)
        with pytest.raises(TypeError):
            setter("1")  # type: ignore[arg-type]  # deliberately wrong
        with pytest.raises(TypeError):
            setter(True)


def test_nonblocking_mode(streams: Pair) -> None:
    first, second = streams
    first.set_nonblocking(True)
    for call in (
        lambda: first.recv(1),
        lambda: first.recv_exactly(1),
        lambda: first.recv_vectored([bytearray(1)]),
    ):
        with pytest.raises(BlockingIOError):
            call()
    assert first.readinto(bytearray(1)) is None
    assert first.read(1) is None
    with pytest.raises(BlockingIOError) as caught:
        first.send_all(bytes(MUCH))
    sent = caught.value.characters_written
    assert 0 < sent < MUCH
    with pytest.raises(BlockingIOError) as caught:
        first.write(bytes(MUCH))
    assert caught.value.characters_written == 0
    assert second.recv_exactly(sent) == bytes(sent)
    first.set_nonblocking(False)
    receiving = Running(lambda: first.recv(1))
    assert receiving.is_waiting()
    second.send_all(b"x")
    assert receiving.result() == b"x"
    with pytest.raises(TypeError):
        first.set_nonblocking(1)  # type: ignore[arg-type]  # deliberately wrong


def test_empty_transfers(streams: Pair) -> None:
    first, second = streams
    first.send_all(b"")
    assert first.send(b"") == 0
    assert second.recv(0) == b""
    assert second.recv_into(bytearray()) == 0
    assert second.recv_exactly(0) == b""
    assert second.recv_vectored([]) == 0
    first.send_all(b"x")
    assert second.recv(1) == b"x"


@pytest.mark.parametrize("data", ["text", None, 5, [b"x"]])
def test_what_cannot_be_sent(streams: Pair, data: object) -> None:
    for verb in (
        streams[0].send,
        streams[0].send_all,
        lambda data: streams[0].send_vectored([data]),
    ):
        with pytest.raises(TypeError):
            verb(data)  # type: ignore[arg-type]  # deliberately wrong


def test_what_cannot_be_received_into(streams: Pair) -> None:
    first, second = streams
    first.send_all(b"x")
    for buffer in (b"bytes", "text", None):
        with pytest.raises((TypeError, BufferError)):
            second.recv_into(buffer)  # type: ignore[arg-type]  # deliberately wrong
    with pytest.raises((ValueError, OverflowError)):
        second.recv(-1)
    assert second.recv(1) == b"x"


def test_views_of_larger_items_count_bytes(streams: Pair) -> None:
    import array

    first, second = streams
    numbers = array.array("I", [1, 2, 3])
    first.send_all(memoryview(numbers))
    received = array.array("I", [0, 0, 0])
    assert second.recv_into(memoryview(received)) == 12
    assert received == numbers
    first.send_all(memoryview(b"abcdef").cast("B", (2, 3)))
    assert second.recv_exactly(6) == b"abcdef"


def test_what_is_not_contiguous_is_not_sent(streams: Pair) -> None:
    first, _ = streams
    with pytest.raises(TypeError, match="contiguous"):
        first.send_all(memoryview(b"abcdef")[::2])


@given(
    parts=st.lists(st.binary(max_size=300), max_size=8),
    sizes=st.lists(st.integers(0, 400), min_size=1, max_size=8),
)
def test_vectored_transfers(parts: list[bytes], sizes: list[int]) -> None:
    first, second = pair()
    with first, second:
        whole = b"".join(parts)
        sent = first.send_vectored(parts)
        assert sent == len(whole)
        first.close()
        received = b""
        while True:
            buffers = [bytearray(size) for size in sizes]
            count = second.recv_vectored(buffers)
            if count == 0:
                break
            received += b"".join(map(bytes, buffers))[:count]
        assert received == (whole if sum(sizes) else b"")


def test_many_small_buffers_at_once(streams: Pair) -> None:
    first, second = streams
    assert first.send_vectored([b"x"] * 3000) > 0
    assert second.recv_vectored([bytearray(1) for _ in range(3000)]) > 0


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=5000), max_size=10),
    sizes=st.lists(st.integers(1, 5000), min_size=1),
)
def test_splits_do_not_matter(chunks: list[bytes], sizes: list[int]) -> None:
    first, second = pair()
    with second:
        with first:
            for chunk in chunks:
                first.send_all(chunk)
        received = []
        for index in range(sum(map(len, chunks)) + 1):
            data = second.recv(sizes[index % len(sizes)])
            if not data:
                break
            received.append(data)
        assert b"".join(received) == b"".join(chunks)


def test_split_and_reunite(streams: Pair) -> None:
    first, second = streams
    first.set_recv_timeout(0.01)
    recv_half, send_half = first.split()
    assert first.closed
    with pytest.raises(TimeoutError):
        recv_half.recv(1)
    recv_half.set_timeout(None)
    send_half.set_timeout(5)
    send_half.send_all(b"from a half")
    assert second.recv(100) == b"from a half"
    whole = Stream.reunite(recv_half, send_half)
    assert recv_half.closed
    assert send_half.closed
    with whole:
        whole.send_all(b"whole")
        assert second.recv(100) == b"whole"
    assert second.recv(1) == b""


def test_a_connection_lives_as_long_as_one_half(streams: Pair) -> None:
    first, second = streams
    recv_half, send_half = first.split()
    recv_half.close()
    send_half.send_all(b"still here")
    assert second.recv(100) == b"still here"
    send_half.close()
    assert second.recv(1) == b""


def test_halves_of_two_streams_do_not_reunite(streams: Pair) -> None:
    first, second = streams
    halves = [*first.split(), *second.split()]
    first_recv, first_send, second_recv, second_send = halves
    with pytest.raises(ReuniteError) as caught:
        Stream.reunite(first_recv, second_send)  # type: ignore[arg-type]
    assert caught.value.recv_half is first_recv
    assert caught.value.send_half is second_send
    Stream.reunite(first_recv, first_send).close()  # type: ignore[arg-type]
    second_send.close()
    with pytest.raises(ReuniteError):
        Stream.reunite(second_recv, second_send)  # type: ignore[arg-type]
    second_recv.close()


def test_clones(streams: Pair) -> None:
    first, second = streams
    clone = first.try_clone()
    clone.send_all(b"from the clone")
    assert second.recv(100) == b"from the clone"
    first.close()
    clone.send_all(b"again")
    assert second.recv(100) == b"again"
    clone.close()
    assert second.recv(1) == b""


def test_half_close(streams: Pair) -> None:
    first, second = streams
    try:
        first.shutdown(Shutdown.SEND)
    except UnsupportedError as error:
        pytest.skip(str(error))
    assert second.recv(1) == b""
    second.send_all(b"an answer")
    assert first.recv(100) == b"an answer"
    with pytest.raises(BrokenPipeError):
        first.send(b"x")
    with pytest.raises(ValueError):
        first.shutdown(7)


def test_no_pending_error(streams: Pair) -> None:
    assert streams[0].take_error() is None


def test_buffered_and_text_files(streams: Pair) -> None:
    first, second = streams
    with first.makefile("w", encoding="utf-8", newline="\n") as writer:
        writer.write("grün\nblau\n")
    assert not first.closed
    with second.makefile("r", encoding="utf-8") as reader:
        assert reader.readline() == "grün\n"
        assert reader.readline() == "blau\n"
    with second.makefile("rwb") as both:
        both.write(b"line\n")
        both.flush()
        assert first.recv(100) == b"line\n"
        first.send_all(b"answer\n")
        assert both.readline() == b"answer\n"
    with first.makefile("wb", buffering=0) as raw:
        assert raw.write(b"raw") == 3
    assert second.recv(3) == b"raw"


@pytest.mark.parametrize(
    ("mode", "options"),
    [("x", {}), ("rb+", {}), ("rb", {"encoding": "utf-8"}), ("r", {"buffering": 0})],
)
def test_bad_file_modes(streams: Pair, mode: str, options: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        streams[0].makefile(mode, **options)  # type: ignore[arg-type]  # deliberately wrong


def test_the_standard_library_works_on_streams(streams: Pair) -> None:
    first, second = streams
    assert isinstance(first, io.RawIOBase)
    assert first.readable()
    assert first.writable()
    assert not first.seekable()
    copying = Running(lambda: shutil.copyfileobj(io.BytesIO(b"x" * 100_000), first))
    assert io.BufferedReader(second).read(100_000) == b"x" * 100_000
    copying.result()


def test_streams_are_not_copied_or_pickled(streams: Pair) -> None:
    import copy
    import pickle

    with pytest.raises(TypeError):
        copy.copy(streams[0])
    with pytest.raises(TypeError):
        pickle.dumps(streams[0])


def test_an_unclosed_stream_warns() -> None:
    first, second = pair()
    with second, pytest.warns(ResourceWarning, match="unclosed"):
        del first
        import gc

        gc.collect()
