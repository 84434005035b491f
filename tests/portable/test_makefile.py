"""Files over streams: interrupted calls lose and repeat nothing."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess.local_socket import Stream, pair
from tests.portable.streams import REFUSALS, forbid_waiting, permit_waiting, read_into
from tests.support import Running

Pair = tuple[Stream, Stream]

#: More than any system buffers for a reader.
MUCH = 4 * 1024 * 1024


@pytest.fixture
def streams() -> Iterator[Pair]:
    first, second = pair()
    with first, second:
        yield first, second


# Reading


READS: dict[str, Callable[[Any, int], Any]] = {
    "read": lambda file, size: file.read(size),
    "read1": lambda file, size: file.read1(size),
    "readinto": lambda file, size: read_into(file, size),
    "readinto1": lambda file, size: read_into(file, size, "readinto1"),
    "readline": lambda file, _: file.readline(),
    "readline of a size": lambda file, size: file.readline(size),
    "next": lambda file, _: next(file, b""),
    "readlines": lambda file, size: b"".join(file.readlines(size)),
    "read all": lambda file, _: file.read(),
    "peek": lambda file, size: file.read1(len(file.peek(size)) or 1),
}

reads = st.lists(
    st.tuples(st.sampled_from(sorted(READS)), st.integers(1, 40)) | st.integers(0, 30), max_size=40
)


def is_whole(read: str, size: int, data: bytes) -> bool:
    """Return whether a read was complete, not counting the end of the stream."""
    if read in ("readline", "next"):
        return data.endswith(b"\n")
    if read == "readline of a size":
        return data.endswith(b"\n") or len(data) == size
    if read == "read all":
        return False
    return len(data) == size if read in ("read", "readinto") else len(data) > 0


@pytest.mark.parametrize("how", sorted(REFUSALS))
@given(
    data=st.binary(max_size=60).map(lambda data: data.replace(b"a", b"\n")),
    steps=reads,
    buffering=st.sampled_from([1, 2, 7, 8192]),
    mode=st.sampled_from(["rb", "rwb"]),
)
def test_bytes_are_read_once_each(
    how: str, data: bytes, steps: list[Any], buffering: int, mode: str
) -> None:
    first, second = pair()
    with first, second, second.makefile(mode, buffering) as file:
        forbid_waiting(second, how)
        arrived, got = 0, b""
        for step in steps:
            if isinstance(step, int):
                first.send_all(data[arrived : arrived + step])
                arrived += len(data[arrived : arrived + step])
                continue
            read, size = step
            try:
                part = READS[read](file, size)
            except REFUSALS[how]:
                continue
            if how == "nonblocking" and read in ("read", "readinto", "readinto1", "read all"):
                part = part or b""  # `io` has it so: what there is, or None.
            else:
                assert is_whole(read, size, part), (read, size, part)
            got += part
            assert data.startswith(got)
        permit_waiting(second)
        first.send_all(data[arrived:])
        first.close()
        assert got + file.read() == data
        assert file.read() == b""


TEXTS = st.text(st.sampled_from("ab\r\nü€\U0001f600"), max_size=40)
ENCODINGS = ("utf-8", "utf-16", "utf-8-sig")
NEWLINES = (None, "", "\n", "\r", "\r\n")


def as_io_reads(data: bytes, encoding: str, newline: str | None) -> io.TextIOWrapper:
    """Return a text file of Python's own with DATA."""
    return io.TextIOWrapper(io.BytesIO(data), encoding, newline=newline)


@pytest.mark.parametrize("how", sorted(REFUSALS))
@given(
    text=TEXTS,
    pieces=st.lists(st.integers(1, 5), max_size=60),
    encoding=st.sampled_from(ENCODINGS),
    newline=st.sampled_from(NEWLINES),
    lines=st.booleans(),
)
def test_text_is_read_once(
    how: str, text: str, pieces: list[int], encoding: str, newline: str | None, lines: bool
) -> None:
    first, second = pair()
    data = text.encode(encoding)
    with first, second, second.makefile("r", encoding=encoding, newline=newline) as file:
        forbid_waiting(second, how)
        got: list[str] = []
        read: Callable[[], str] = file.readline if lines else lambda: file.read(3)
        arrived = 0
        for piece in pieces:
            first.send_all(data[arrived : arrived + piece])
            arrived += piece
            try:
                got.append(read())
            except REFUSALS[how]:
                pass
        permit_waiting(second)
        first.send_all(data[arrived:])
        first.close()
        got += list(iter(read, ""))
        expected = as_io_reads(data, encoding, newline)
        assert got == list(iter(expected.readline if lines else lambda: expected.read(3), ""))
        assert file.newlines == expected.newlines  # type: ignore[attr-defined]  # text files have it


def test_a_line_cut_short_by_a_timeout_is_read_whole(streams: Pair) -> None:
    first, second = streams
    file = second.makefile("r", encoding="utf-8")
    second.set_recv_timeout(0.05)
    first.send_all("hé".encode()[:-1])
    for read in (
        file.readline,
        file.read,
        lambda: file.read(2),
        file.readlines,
        lambda: next(file),
    ):
        with pytest.raises(TimeoutError):
            read()
    first.send_all("é".encode()[-1:] + b"llo\nand")
    assert file.readline() == "héllo\n"
    with pytest.raises(TimeoutError):
        file.readlines()
    first.send_all(b" more\n")
    first.close()
    assert file.readlines() == ["and more\n"]
    file.close()


def test_all_lines_cut_short_by_a_timeout_are_read_again(streams: Pair) -> None:
    first, second = streams
    for mode in ("rb", "r"):
        with second.makefile(mode) as file:
            second.set_recv_timeout(0.05)
            first.send_all(b"one\ntwo\nthr")
            with pytest.raises(TimeoutError):
                file.readlines()
            first.send_all(b"ee\nfour\n")
            expected = ["one\n", "two\n", "three\n"]
            lines = file.readlines(9)
            assert [line if isinstance(line, str) else line.decode() for line in lines] == expected
            assert file.readline() in ("four\n", b"four\n")


def test_two_threads_that_read_one_file_get_their_own_errors(streams: Pair) -> None:
    first, second = streams
    second.set_recv_timeout(0.2)
    with second.makefile("rb") as file:
        readers = [Running(lambda: file.read(10)) for _ in range(2)]
        for reader in readers:
            with pytest.raises(TimeoutError):
                reader.result()
        first.send_all(b"x" * 10)
        assert file.read(10) == b"x" * 10


# Writing


#: Wine does not tell how much room there is in a pipe: what must not wait goes byte by byte.
MOST_AT_ONCE = 150_000 if sys.platform != "win32" else 10_000


@pytest.mark.parametrize("how", sorted(REFUSALS))
@given(
    sizes=st.lists(st.integers(0, MOST_AT_ONCE) | st.integers(0, 3), max_size=12),
    drains=st.lists(st.integers(20_000, 150_000), min_size=1, max_size=12),
    buffering=st.sampled_from([0, 1, 5000, 8192]),
    mode=st.sampled_from(["wb", "rwb"]),
)
def test_bytes_are_written_once_each(
    how: str, sizes: list[int], drains: list[int], buffering: int, mode: str
) -> None:
    first, second = pair()
    with first, second:
        forbid_waiting(first, how)
        second.set_recv_timeout(0)
        received = bytearray()

        written = b""
        with first.makefile(mode, buffering) as file:
            for index, size in enumerate(sizes):
                data = bytes([index + 1]) * size
                written += data
                while data:
                    try:
                        data = data[file.write(data) :]
                    except REFUSALS[how] as error:
                        data = data[error.characters_written :]  # type: ignore[attr-defined]  # documented
                        received.extend(second.recv(drains[index % len(drains)]))
            receiving = Running(lambda: finish_receiving(second, received))
            permit_waiting(first)
        first.close()
        receiving.result()
        assert bytes(received) == written


def finish_receiving(stream: Stream, received: bytearray) -> None:
    stream.set_recv_timeout(None)
    while data := stream.recv(1 << 20):
        received.extend(data)


@pytest.mark.parametrize("how", sorted(REFUSALS))
@given(
    sizes=st.lists(st.integers(0, MOST_AT_ONCE) | st.integers(0, 3), max_size=8),
    encoding=st.sampled_from(ENCODINGS),
    newline=st.sampled_from(NEWLINES),
)
def test_text_is_written_once(
    how: str, sizes: list[int], encoding: str, newline: str | None
) -> None:
    first, second = pair()
    with first, second:
        forbid_waiting(first, how)
        received = bytearray()
        second.set_recv_timeout(0)
        expected = io.BytesIO()
        by_io = io.TextIOWrapper(expected, encoding, newline=newline)
        with first.makefile("w", encoding=encoding, newline=newline) as file:
            for index, size in enumerate(sizes):
                text = (chr(0xE0 + index) + "\n") * (size // 2) + "€" * (size % 2)
                by_io.write(text) if text else None
                while text:
                    try:
                        text = text[file.write(text) :]
                    except REFUSALS[how] as error:
                        taken = error.characters_written  # type: ignore[attr-defined]  # documented
                        assert taken in (0, len(text))
                        text = text[taken:]
                        received.extend(second.recv(1 << 20))
            receiving = Running(lambda: finish_receiving(second, received))
            permit_waiting(first)
        first.close()
        receiving.result()
        by_io.flush()
        assert bytes(received) == expected.getvalue()
