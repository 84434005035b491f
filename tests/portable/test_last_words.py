"""Data that the peer sent before it left can be read, even if it left data of ours unread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from interprocess.local_socket import Stream, pair
from tests.portable.streams import read_into


@pytest.fixture
def left_behind() -> Iterator[Stream]:
    """A stream whose peer has sent three lines and left, without reading what it was sent."""
    first, second = pair()
    with first, second:
        first.send_all(b"a request")
        second.send_all(b"one\ntwo\nthree")
        second.close()
        yield first


def until_the_end(read: Callable[[], Any]) -> list[Any]:
    """Return what READ returns, until that is empty; the connection may be reset once."""
    got: list[Any] = []
    resets = 0
    while True:
        try:
            part = read()
        except ConnectionResetError:
            resets += 1
            assert resets == 1
            continue
        if not part:
            return got
        got.append(part)


def test_a_stream_gives_them(left_behind: Stream) -> None:
    assert b"".join(until_the_end(lambda: left_behind.recv(5))) == b"one\ntwo\nthree"


WAYS_TO_READ: dict[str, Callable[[Any], Any]] = {
    "read": lambda file: file.read(),
    "read of a size": lambda file: file.read(8),
    "read1": lambda file: file.read1(100),
    "readinto": lambda file: read_into(file, 100),
    "readline": lambda file: file.readline(),
    "readlines": lambda file: b"".join(file.readlines()),
    "next": lambda file: next(file, b""),
}


@pytest.mark.parametrize("read", sorted(WAYS_TO_READ))
@pytest.mark.parametrize("mode", ["rb", "rwb"])
def test_a_file_gives_them(left_behind: Stream, mode: str, read: str) -> None:
    with left_behind.makefile(mode) as file:
        assert b"".join(until_the_end(lambda: WAYS_TO_READ[read](file))) == b"one\ntwo\nthree"


@pytest.mark.parametrize("read", ["read", "read of a size", "readline", "readlines", "next"])
@pytest.mark.parametrize("mode", ["r", "rw"])
def test_a_text_file_gives_them(left_behind: Stream, mode: str, read: str) -> None:
    with left_behind.makefile(mode, newline="\n") as file:
        reads = {
            "read": file.read,
            "read of a size": lambda: file.read(8),
            "readline": file.readline,
            "readlines": lambda: "".join(file.readlines()),
            "next": lambda: next(file, ""),
        }
        assert "".join(until_the_end(reads[read])) == "one\ntwo\nthree"


def test_an_unbuffered_file_gives_them(left_behind: Stream) -> None:
    with left_behind.makefile("rb", 0) as file:
        assert b"".join(until_the_end(lambda: file.read(100))) == b"one\ntwo\nthree"


def test_an_exact_receive_gives_them(left_behind: Stream) -> None:
    with pytest.raises((ConnectionResetError, EOFError)) as caught:
        left_behind.recv_exactly(100)
    assert caught.value.partial == b"one\ntwo\nthree"  # type: ignore[attr-defined]  # documented


@pytest.mark.parametrize("mode", ["rwb", "rw"])
def test_a_broken_pipe_leaves_them(left_behind: Stream, mode: str) -> None:
    file: Any = left_behind.makefile(mode)
    file.write(b"more" if "b" in mode else "more")
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        file.flush()
    lines = until_the_end(file.readline)
    whole = type(lines[0])().join(lines)
    assert (whole if isinstance(whole, bytes) else whole.encode()) == b"one\ntwo\nthree"
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        file.close()
    assert file.closed
