"""Files over streams have the interface of `io`'s: what they refuse, lines, line buffering."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from interprocess.local_socket import Stream, pair
from tests.support import PATIENCE

Pair = tuple[Stream, Stream]


@pytest.fixture
def streams() -> Iterator[Pair]:
    first, second = pair()
    with first, second:
        second.set_recv_timeout(PATIENCE)
        yield first, second


@pytest.mark.parametrize("mode", ["rb", "wb"])
def test_a_buffered_file_stays_with_its_stream(streams: Pair, mode: str) -> None:
    first, second = streams
    file: Any
    with first.makefile(mode) as file:
        with pytest.raises(io.UnsupportedOperation):
            file.detach()
        if mode == "rb":
            second.send_all(b"x")
            assert file.read(1) == b"x"
        else:
            file.write(b"x")
            file.flush()
            assert second.recv(2) == b"x"


@pytest.mark.parametrize("buffering", [0, -1])
def test_lines_of_bytes(streams: Pair, buffering: int) -> None:
    first, second = streams
    with first.makefile("wb", buffering) as file:
        file.writelines([b"one\n", bytearray(b"two\n"), b""])
    assert second.recv_exactly(8) == b"one\ntwo\n"


def test_lines_of_text(streams: Pair) -> None:
    first, second = streams
    with first.makefile("w", encoding="utf-8", newline="\n") as file:
        file.writelines(["one\n", "zw\N{LATIN SMALL LETTER O WITH DIAERESIS}lf\n"])
    assert second.recv_exactly(11) == b"one\nzw\xc3\xb6lf\n"


def test_an_unbuffered_file_reads_to_the_end(streams: Pair) -> None:
    first, second = streams
    with first.makefile("rb", 0) as file:
        with second:
            second.send_all(b"all")
        assert file.read() == b"all"


def test_a_file_that_is_buffered_by_lines(streams: Pair) -> None:
    first, second = streams
    second.set_nonblocking(True)
    file: Any
    with first.makefile("w", encoding="utf-8", newline="\n") as file:
        file.write("buffered\n")
        with pytest.raises(BlockingIOError):
            second.recv(1)
        file.reconfigure(line_buffering=True)
        assert second.recv(100) == b"buffered\n"
        file.write("no line")
        with pytest.raises(BlockingIOError):
            second.recv(1)
        file.write(" and\nanother")
        assert second.recv(100) == b"no line and\nanother"
        with pytest.raises(io.UnsupportedOperation, match="encoding"):
            file.reconfigure(encoding="latin-1")


def test_text_files_refuse_what_is_wrong(streams: Pair) -> None:
    first, _ = streams
    with first.makefile("w", encoding="utf-8") as writer:
        with pytest.raises(io.UnsupportedOperation):
            writer.read()
        wrong: Any = b"bytes"
        with pytest.raises(TypeError, match="takes str"):
            writer.write(wrong)
    with first.makefile("r", encoding="utf-8") as reader:
        with pytest.raises(io.UnsupportedOperation):
            reader.write("text")


def test_text_follows_what_cannot_be_decoded(streams: Pair) -> None:
    first, second = streams
    with first.makefile("r", encoding="utf-8") as file:
        second.send_all(b"\xff\n")
        with pytest.raises(UnicodeDecodeError):
            file.readline()
        second.send_all(b"fine\n")
        assert file.readline() == "fine\n"
