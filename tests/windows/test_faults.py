"""When system calls fail, errors are raised, nothing leaks, and everything works afterwards."""

from __future__ import annotations

import _thread
import os
import sys
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from interprocess._bindings.kernel32 import ffi
from interprocess.local_socket import Name, Stream, connect, listen, pair
from interprocess.os.windows import _calls, share_handle
from interprocess.os.windows._calls import pipes, processes
from interprocess.os.windows._handle import operation as _operation
from interprocess.os.windows._handle.operation import Operation
from interprocess.os.windows._pipe import limbo
from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeStream
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, Running, unique_name
from tests.windows.pipes import MESSAGES, connected, unique_path

assert sys.platform == "win32"

#: The error of every function for an invalid handle.
ERROR_INVALID_HANDLE = 6
NO_HANDLE = 0xDEAD0


class FailingLibrary:
    """A DLL in which one function fails, once, after it did well SPARED times."""

    def __init__(self, real: Any, name: str, result: Any = 0, spared: int = 0) -> None:
        self._real = real
        self._name = name
        self._result = result
        self._left = spared + 1
        self.failed = False

    def __getattr__(self, name: str) -> Any:
        if name == self._name and not self.failed:
            self._left -= 1
            if not self._left:
                self.failed = True
                return self._fail
        return getattr(self._real, name)

    def _fail(self, *arguments: object) -> Any:
        self._real.CloseHandle(NO_HANDLE)
        return self._result


#: The functions that say 'no' with something else than 0.
RESULTS: dict[str, Any] = {
    "MapViewOfFile": ffi.NULL,
    "CreateFileW": -1,
    "CreateNamedPipeW": -1,
    "WaitForSingleObject": 0xFFFFFFFF,
    "WaitForMultipleObjects": 0xFFFFFFFF,
}


class Failing:
    """Makes functions fail, each once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(
        self, function: str, spared: int = 0, module: ModuleType = _calls
    ) -> FailingLibrary:
        library = FailingLibrary(module.kernel32, function, RESULTS.get(function, 0), spared)
        self._monkeypatch.setattr(module, "kernel32", library)
        return library

    def check(self, error: BaseException, function: str, library: FailingLibrary) -> None:
        """Check that ERROR is that of the function, and that everything works again."""
        assert library.failed
        assert isinstance(error, OSError)
        assert error.winerror == ERROR_INVALID_HANDLE
        assert function in str(error)
        self._monkeypatch.undo()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    return Failing(monkeypatch)


ON_STREAMS: list[tuple[str, Callable[[Stream], object]]] = [
    ("ReadFile", lambda stream: stream.recv(1)),
    ("ReadFile", lambda stream: stream.recv_into(bytearray(1))),
    ("WaitForSingleObject", lambda stream: stream.recv(1)),
    ("WriteFile", lambda stream: stream.send(b"x")),
    ("WriteFile", lambda stream: stream.send_all(b"x")),
    ("DuplicateHandle", lambda stream: stream.try_clone()),
    ("DuplicateHandle", lambda stream: stream.split()),
]


@pytest.mark.parametrize(("function", "call"), ON_STREAMS)
def test_errors_of_calls_on_streams(
    function: str, call: Callable[[Stream], object], failing: Failing
) -> None:
    first, second = pair()
    with first, second:
        library = failing(function)
        with pytest.raises(OSError, match=function) as caught:
            call(first)
        failing.check(caught.value, function, library)
        second.send_all(b"x")
        assert first.recv(1) == b"x"
        first.send_all(b"y")
        assert second.recv(1) == b"y"


ON_PIPES: list[tuple[str, ModuleType, Callable[[PipeStream], object]]] = [
    ("FlushFileBuffers", _calls, lambda stream: stream.flush()),
    ("OpenThread", _calls, lambda stream: stream.flush()),
    ("PeekNamedPipe", pipes, lambda stream: stream.peek_msg_len()),
    ("GetNamedPipeInfo", pipes, lambda stream: stream.peer_process_id()),
    ("GetNamedPipeClientProcessId", pipes, lambda stream: stream.peer_process_id()),
    ("GetNamedPipeClientSessionId", pipes, lambda stream: stream.peer_session_id()),
]


@pytest.mark.parametrize(("function", "module", "call"), ON_PIPES)
def test_errors_of_calls_on_named_pipes(
    function: str,
    module: ModuleType,
    call: Callable[[PipeStream], object],
    failing: Failing,
) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        server.send(b"x")
        library = failing(function, module=module)
        with pytest.raises(OSError, match=r"\[WinError 6\]") as caught:
            call(server)
        failing.check(caught.value, function.partition("Client")[0], library)
        assert client.recv_msg() == b"x"
        server.flush()


def listen_and_close(name: Name) -> None:
    listen(name).close()


def connect_and_close(name: Name) -> None:
    with listen(name):
        connect(name).close()


CREATING: list[tuple[str, ModuleType, Callable[[Name], object]]] = [
    ("CreateNamedPipeW", pipes, lambda name: pair()),
    ("CreateNamedPipeW", pipes, lambda name: pipe()),
    ("CreateNamedPipeW", pipes, listen_and_close),
    ("CreateFileW", pipes, lambda name: pair()),
    ("CreateFileW", pipes, lambda name: pipe()),
    ("CreateFileW", pipes, connect_and_close),
    ("ConnectNamedPipe", _calls, listen_and_close),
    ("CreateEventW", _calls, listen_and_close),
]


@pytest.mark.parametrize(("function", "module", "create"), CREATING)
def test_errors_while_creating(
    function: str,
    module: ModuleType,
    create: Callable[[Name], object],
    failing: Failing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_operation, "_idle", [])  # So that events have to be made.
    try:
        library = failing(function, module=module)
        with pytest.raises(OSError, match=r"\[WinError 6\]") as caught:
            create(unique_name("namespaced"))
    finally:
        _operation._idle.clear()
    failing.check(caught.value, function, library)


def test_a_spare_instance_that_cannot_be_made_is_made_later(failing: Failing) -> None:
    name = unique_name("namespaced")
    library = failing("CreateNamedPipeW", 1, pipes)
    with listen(name) as listener:
        assert library.failed
        for _ in range(3):
            with connect(name) as client, listener.accept() as stream:
                client.send(b"x")
                assert stream.recv(1) == b"x"


def test_a_client_waits_while_its_server_cannot_wait(failing: Failing) -> None:
    name = unique_name("namespaced")
    with listen(name) as listener:
        library = failing("WaitForMultipleObjects")
        with pytest.raises(OSError, match="WaitForMultipleObjects") as caught:
            listener.accept()
        failing.check(caught.value, "WaitForMultipleObjects", library)
        with connect(name) as client, listener.accept() as stream:
            client.send(b"x")
            assert stream.recv(1) == b"x"


def test_connecting_fails_after_the_pipe_was_opened(failing: Failing) -> None:
    path = unique_path()
    with PipeListenerOptions(path, mode=MESSAGES).create(MESSAGES, MESSAGES) as listener:
        for function in ("GetNamedPipeInfo", "SetNamedPipeHandleState"):
            library = failing(function, module=pipes)
            with pytest.raises(OSError, match=function) as caught:
                PipeStream.connect_by_path(path, recv_mode=MESSAGES, send_mode=MESSAGES)
            failing.check(caught.value, function, library)
            with PipeStream.connect_by_path(path), listener.accept(PATIENCE):
                pass


def test_a_handle_that_cannot_be_shared_stays_ours(failing: Failing) -> None:
    first, second = pair()
    with first, second:
        for function in ("OpenProcess", "DuplicateHandle"):
            library = failing(function, module=processes)
            with pytest.raises(OSError, match=function) as caught:
                share_handle.share_handle(first, pid=os.getpid(), close_source=True)
            failing.check(caught.value, function, library)
        first.send(b"x")
        assert second.recv(1) == b"x"


def refuse_threads(*_: object) -> None:
    raise RuntimeError("can't start new thread")


def test_a_flush_that_no_thread_can_make(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected() as (server, client):
        server.send(b"x")
        monkeypatch.setattr(_thread, "start_new_thread", refuse_threads)
        with pytest.raises(RuntimeError, match="thread"):
            server.flush()
        server.close()
        assert not limbo._lingering
        assert client.recv(1) == b"x"  # It is left to the system.


def test_a_flush_that_could_not_be_cancelled_does_not_begin(failing: Failing) -> None:
    with connected(instance_limit=1) as (server, client):
        server.send(b"x")
        library = failing("OpenThread")
        server.close()
        limbo.wait_for_all(PATIENCE)
        assert library.failed
        assert not limbo._lingering
        assert client.recv(1) == b"x"


def test_memory_of_an_operation_in_doubt_is_never_freed() -> None:
    operation = Operation.take()
    overlapped = weakref.ref(operation.overlapped)
    operation.going_on = True
    operation.give_back()
    del operation
    kept = overlapped()
    assert kept is not None
    _operation._in_doubt.pop().going_on = False


def test_an_interrupted_wait_ends_its_operation(failing: Failing) -> None:
    # A failed wait counts as an interrupt: no read may be pending afterwards.
    first, second = pair()
    with first, second:
        library = failing("WaitForSingleObject")
        with pytest.raises(OSError, match="WaitForSingleObject"):
            first.recv(1)
        assert library.failed
        assert not _operation._in_doubt
        receiving = Running(lambda: first.recv(2))
        assert receiving.is_waiting()
        second.send_all(b"xy")
        assert receiving.result() == b"xy"
