"""Paths that lead out of the namespace of pipes: what is opened there is left alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from interprocess.local_socket import ConnectOptions, Name, connect, to_fs_name, to_ns_name
from interprocess.os.windows._pipe import path
from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeStream

assert sys.platform == "win32"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that is not to be touched."""
    file = tmp_path / "file"
    file.write_bytes(b"precious")
    return file


def test_a_name_opens_no_file(file: Path) -> None:
    for name in (rf"..\{file}", rf"x\..\..\{file}", rf"../{file.as_posix()}"):
        for use in (
            lambda name=name: connect(to_ns_name(name)),
            lambda name=name: connect(to_fs_name(rf"\\.\pipe\{name}")),
            lambda name=name: connect(Name(rf"\\.\pipe\{name}")),
            lambda name=name: PipeStream.connect_by_path(rf"\\.\pipe\{name}"),
            lambda name=name: PipeListenerOptions(rf"\\.\pipe\{name}"),
        ):
            with pytest.raises(ValueError, match="leads elsewhere"):
                use()
    assert file.read_bytes() == b"precious"


def name_of(file: Path, monkeypatch: pytest.MonkeyPatch) -> Name:
    """Return a name that leads to a file, past the check of names."""
    with monkeypatch.context() as patched:
        patched.setattr(path, "_check_stays_as_it_is", lambda *_: None, raising=False)
        return to_ns_name(rf"..\{file}")


def test_what_was_opened_has_to_be_a_pipe(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = name_of(file, monkeypatch)
    with pytest.raises(OSError, match="not a pipe") as caught:
        connect(name)
    assert caught.value.filename == str(name)
    os.rename(file, file.with_name("moved"))  # No process has it open.


def test_what_was_opened_asynchronously_has_to_be_a_pipe(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    options: Any = ConnectOptions(name_of(file, monkeypatch))
    with pytest.raises(OSError, match="not a pipe"):
        asyncio.run(options.connect_asyncio())
    os.rename(file, file.with_name("moved"))
