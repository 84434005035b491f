"""The Windows backend's own code over a model of the pipe file system, on any system."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

import interprocess.os
from interprocess._interface import timeouts
from tests.npfs.pipe import Pipe, Queue
from tests.npfs.windows import Windows

PACKAGE = "interprocess.os.windows"
#: The modules that transfer data, as far as they call the system or look at the clock.
MODULES = (
    "_calls",
    "_calls.pipes",
    "_handle.operation",
    "_handle.handle",
    "_pipe.room",
    "_pipe.origin",
    "_pipe.end",
    "_pipe.unnamed",
)
MESSAGES = "named_pipe._messages"


@pytest.fixture(scope="module")
def backend() -> Iterator[dict[str, ModuleType]]:
    """Import the backend's modules, past the gates of their packages where those are shut."""
    before = {name for name in sys.modules if name.startswith(PACKAGE)}
    if sys.platform != "win32":
        assert not before
        for suffix in ("", ".named_pipe", ".local_socket"):
            gateless = ModuleType(PACKAGE + suffix)
            directory = os.path.join(interprocess.os.__path__[0], "windows", *suffix.split(".")[1:])
            gateless.__path__ = [directory]
            sys.modules[PACKAGE + suffix] = gateless
    try:
        yield {name: importlib.import_module(f"{PACKAGE}.{name}") for name in (*MODULES, MESSAGES)}
    finally:
        if sys.platform != "win32":
            for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
                del sys.modules[name]


@pytest.fixture
def make(
    backend: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Windows]]:
    """Make the Windows of a pipe, with QUOTA for each direction, and have the backend call it.

    With OUTBOUND, the direction from the server has another.
    """
    idle: list[object] = []
    monkeypatch.setattr(backend["_handle.operation"], "_idle", idle)

    def make_windows(quota: int, is_message: bool = False, outbound: int | None = None) -> Windows:
        idle.clear()
        ffi: Any = importlib.import_module("interprocess._bindings.kernel32").ffi
        queues = Queue(quota), Queue(quota if outbound is None else outbound)
        windows = Windows(ffi, Pipe(*queues, is_message))
        windows.install(monkeypatch, {**backend, "timeouts": timeouts})
        monkeypatch.setattr(backend["_pipe.room"], "counted_from", lambda: windows.counted_from)
        return windows

    yield make_windows
    idle.clear()  # While the system's own calls are not there yet.
