"""Files that are handed over: which ones can be, and what becomes of their buffers."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import Stream, pair, recv_object, send_object
from tests.support import PATIENCE

pytestmark = pytest.mark.skipif(
    sys.platform != "win32" and not capabilities.available("send_fds"),
    reason="no descriptors travel here",
)


@pytest.fixture
def ends() -> Iterator[tuple[Stream, Stream]]:
    first, second = pair()
    second.set_recv_timeout(PATIENCE)
    with first, second:
        yield first, second


def compressed(tmp_path: Path, kind: str) -> Any:
    """Return an open file whose data is not what its descriptor reads."""
    path = tmp_path / kind
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("member", b"data")
        return zipfile.ZipFile(path).open("member")
    module: Any = {"gzip": gzip, "bz2": bz2, "lzma": lzma}[kind.removesuffix(" text")]
    with module.open(path, "wb") as file:
        file.write(b"data")
    return module.open(path, "rt" if kind.endswith("text") else "rb")


@pytest.mark.parametrize("kind", ["gzip", "bz2", "lzma", "zip", "gzip text"])
def test_a_file_that_decompresses(ends: tuple[Stream, Stream], tmp_path: Path, kind: str) -> None:
    with compressed(tmp_path, kind) as file:
        with pytest.raises(TypeError, match="are handed over, not"):
            send_object(ends[0], file)
        assert file.read() in ("data", b"data")


def test_buffers_over_something_else_than_a_file(ends: tuple[Stream, Stream]) -> None:
    one, other = pair()
    with one, other, one.makefile("rb") as reader, open(os.devnull, "r+b", 0) as raw:
        things: list[Any] = [
            reader,
            io.BufferedReader(io.BytesIO(b"data")),
            io.TextIOWrapper(io.BytesIO(b"data")),
            io.BufferedRWPair(raw, raw),
        ]
        for thing in things:
            with pytest.raises(TypeError, match="are handed over, not"):
                send_object(ends[0], thing)
        things.clear()


@pytest.mark.parametrize("mode", ["w+b", "w+"])
def test_a_named_temporary_file(ends: tuple[Stream, Stream], mode: str) -> None:
    with tempfile.NamedTemporaryFile(mode) as file:
        file.write("data" if mode == "w+" else b"data")
        send_object(ends[0], file)
        with recv_object(ends[1], io.BufferedIOBase) as new:
            new.write(b" and more")
        file.seek(0)
        assert file.read() == ("data and more" if mode == "w+" else b"data and more")


def test_a_spooled_temporary_file(ends: tuple[Stream, Stream]) -> None:
    file: Any
    with tempfile.SpooledTemporaryFile() as file:
        file.write(b"data")
        with pytest.raises(ValueError, match=r"in memory: call its rollover\(\) first"):
            send_object(ends[0], file)
        file.rollover()
        file.seek(1)
        send_object(ends[0], file)
        with recv_object(ends[1], io.BufferedRandom) as new:
            assert new.read() == b"ata"


def test_a_text_file_that_is_iterated(ends: tuple[Stream, Stream], tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"first\nsecond\nthird\n")
    with path.open() as file:
        assert next(file) == "first\n"
        with pytest.raises(ValueError, match=r"is being iterated: read it with readline\(\)"):
            send_object(ends[0], file)
        assert next(file) == "second\n"
        assert file.readline() == "third\n"
        assert [*file] == []
        send_object(ends[0], file)
        with recv_object(ends[1], io.BufferedReader) as new:
            assert new.read() == b""


def test_a_raw_file(ends: tuple[Stream, Stream]) -> None:
    with open(__file__, "rb", buffering=0) as file:
        file.read(3)
        send_object(ends[0], file)
        with recv_object(ends[1], io.BufferedReader) as new:
            assert new.read(5) == b"Files"
