"""The instances of a server's pipe, which Windows counts, keeps and refuses as Wine does not."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from interprocess._bindings.kernel32 import ffi
from interprocess.local_socket import Name, connect, listen
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe import limbo, making
from interprocess.os.windows._pipe.making import RECEIVES, SENDS, UNLIMITED_INSTANCES
from interprocess.os.windows.local_socket import Listener
from interprocess.os.windows.named_pipe import PipeListener, PipeListenerOptions, PipeStream
from tests.support import PATIENCE, Running
from tests.windows.layers import fail, lay_over_kernel32
from tests.windows.pipes import BYTES, made, unique_path
from tests.windows.wine import lacking_on_wine

assert sys.platform == "win32"

ACCESS_DENIED, PIPE_BUSY = 5, 231
NO_HANDLE = -1
#: The state of an end whose peer is there.
CONNECTED = 3
FIRST = pipes.FILE_FLAG_FIRST_PIPE_INSTANCE


class ServerEnd:
    """An instance that a server has open."""

    def __init__(self, path: str) -> None:
        self.path = path


class Counted:
    """Counts instances as ReactOS' named pipe file system does.

    One that is closed while it has a client counts until that closes too, or else until
    DisconnectNamedPipe: `NpSetClosingPipeState`, `NpDeleteCcb`. A first instance is refused where
    there is another: `NpCreateExistingNamedPipe`. (Newer systems do not count those that are
    closed: Wine's `test_pipe_local_info`.)
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        #: The use of each handle. One end can have several.
        self.ends: dict[int, ServerEnd] = {}
        #: The paths of the clients' handles.
        self.clients: dict[int, str] = {}
        #: The paths of those that are closed and still count.
        self.left: list[str] = []
        #: For each instance made, whether it had to be the first.
        self.firsts: list[bool] = []
        lay_over_kernel32(
            monkeypatch,
            CreateNamedPipeW=self.create,
            CreateFileW=self.open,
            DuplicateHandle=self.duplicate,
            CloseHandle=self.close,
        )

    def create(self, real: Callable[..., int], path: Any, mode: int, *more: Any) -> int:
        name, limit = ffi.string(path), more[1]
        count = sum(end.path == name for end in {*self.ends.values()}) + self.left.count(name)
        if count >= limit and limit < UNLIMITED_INSTANCES:
            return fail(PIPE_BUSY, NO_HANDLE)
        if mode & FIRST and count:
            return fail(ACCESS_DENIED, NO_HANDLE)
        handle = real(path, mode, *more)
        if handle != NO_HANDLE:
            self.ends[handle] = ServerEnd(name)
            self.firsts.append(bool(mode & FIRST))
        return handle

    def open(self, real: Callable[..., int], path: Any, *more: Any) -> int:
        handle = real(path, *more)
        if handle != NO_HANDLE:
            self.clients[handle] = ffi.string(path)
        return handle

    def duplicate(self, real: Callable[..., int], *arguments: Any) -> int:
        done = real(*arguments)
        if done and arguments[1] in self.ends:
            self.ends[arguments[3][0]] = self.ends[arguments[1]]
        return done

    def close(self, real: Callable[..., int], handle: int) -> int:
        end = self.ends.pop(handle, None)
        if end in self.ends.values():
            return real(handle)
        if end is not None and state(handle) == CONNECTED:
            self.left.append(end.path)
        path = self.clients.pop(handle, None)
        if path is not None and state(handle) == pipes.FILE_PIPE_CLOSING_STATE:
            self.left.remove(path)
        return real(handle)


def state(handle: int) -> int | None:
    """Return the state of a pipe, or `None` if it is not a pipe or is disconnected."""
    try:
        return int(pipes.pipe_information(handle).NamedPipeState)
    except OSError:
        return None


@contextmanager
def limited(limit: int = 1) -> Iterator[PipeListener]:
    with PipeListenerOptions(unique_path(), instance_limit=limit).create_duplex() as listener:
        yield listener


def connected_when_there(path: str) -> PipeStream:
    """Connect to a pipe whose server is about to make an instance."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return PipeStream.connect_by_path(path)
        except FileNotFoundError:
            assert time.monotonic() < deadline


def test_a_closed_stream_makes_room_while_its_client_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted = Counted(monkeypatch)
    with limited() as listener:
        path = listener.options.path
        with PipeStream.connect_by_path(path) as first:
            with listener.accept(PATIENCE) as server:
                first.send(b"x")
                assert server.recv(1) == b"x"
            # The client has nothing left to read, and does not close.
            waiting = Running(lambda: listener.accept(PATIENCE))
            with connected_when_there(path) as second, waiting.result() as server:
                second.send(b"y")
                assert server.recv(1) == b"y"
            assert first.recv(1) == b""
    assert not counted.ends


def test_a_closed_stream_makes_room_when_its_client_has_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Counted(monkeypatch)
    with limited() as listener:
        path = listener.options.path
        with PipeStream.connect_by_path(path) as first:
            with listener.accept(PATIENCE) as server:
                server.send(b"answer")
            accepting = Running(lambda: listener.accept(PATIENCE))
            assert accepting.is_waiting()
            assert first.recv(100) == b"answer"
            with connected_when_there(path), accepting.result():
                pass
            assert first.recv(1) == b""


def test_accepting_at_the_limit_waits_until_a_client_has_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted = Counted(monkeypatch)
    monkeypatch.setattr(limbo, "LINGER_SECONDS", 0.0)
    with limited() as listener:
        path = listener.options.path
        with PipeStream.connect_by_path(path):
            with listener.accept(PATIENCE) as server:
                server.send(b"unread")
            limbo.wait_for_all(PATIENCE)
            assert counted.left == [path]
            began = time.monotonic()
            with pytest.raises(TimeoutError):
                listener.accept(0.1)
            assert time.monotonic() - began < 5
            accepting = Running(lambda: listener.accept(PATIENCE))
            assert accepting.is_waiting()
        with connected_when_there(path), accepting.result():
            pass


def test_clones_of_a_stream_keep_its_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    Counted(monkeypatch)
    with limited() as listener, PipeStream.connect_by_path(listener.options.path) as client:
        with listener.accept(PATIENCE) as server, server.try_clone() as clone:
            server.close()
            clone.send(b"still there")
            assert client.recv(100) == b"still there"
            with pytest.raises(OSError, match="all 1 instances"):
                listener.accept(0)


def test_the_name_stays_ours_when_all_instances_have_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process that creates a pipe of this name meanwhile must not get our clients."""
    counted = Counted(monkeypatch)
    with limited(2) as listener:
        path = listener.options.path
        for _ in range(2):
            with PipeStream.connect_by_path(path), listener.accept(PATIENCE) as first:
                with PipeStream.connect_by_path(path), listener.accept(PATIENCE) as second:
                    first.close()
                    # The other stream keeps the name.
                    counted.firsts.clear()
                    assert listener.handle
                    assert counted.firsts == [False]
                    with PipeStream.connect_by_path(path), listener.accept(PATIENCE) as third:
                        second.close()
                        third.close()
            counted.firsts.clear()
            assert listener.handle
            assert counted.firsts == [True]


def test_a_squatter_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    Counted(monkeypatch)
    with limited() as listener:
        path = listener.options.path
        with PipeStream.connect_by_path(path) as client, listener.accept(PATIENCE) as server:
            client.close()
            server.close()
            squatter = PipeListenerOptions(path, instance_limit=2).create_duplex()
            with squatter, pytest.raises(OSError, match="another listener") as caught:
                listener.accept(PATIENCE)
            assert caught.value.errno == errno.EADDRINUSE
        assert listener.handle
        with PipeStream.connect_by_path(path), listener.accept(PATIENCE):
            pass


def test_a_stream_that_closes_while_its_successor_is_made_keeps_no_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted = Counted(monkeypatch)
    with limited(2) as listener:
        path = listener.options.path
        with PipeStream.connect_by_path(path) as client, listener.accept(PATIENCE) as first:
            with PipeStream.connect_by_path(path), listener.accept(PATIENCE) as second:
                first.close()
                create = pipes.create_named_pipe

                def close_first(*arguments: Any) -> None:
                    second.close()
                    create(*arguments)

                counted.firsts.clear()
                monkeypatch.setattr(pipes, "create_named_pipe", close_first)
                assert listener.handle
                assert counted.firsts == [False, True]
            client.close()


def test_a_listener_without_a_limit_keeps_its_last_instance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = Name.unique()
    with listen(name) as listener, monkeypatch.context() as patched:
        lay_over_kernel32(patched, CreateNamedPipeW=lambda *_: fail(8, NO_HANDLE))
        for _ in range(7):
            with connect(name), listener.accept(PATIENCE):
                pass
        with connect(name) as client:
            with pytest.raises(OSError, match="CreateNamedPipeW"):
                listener.accept(PATIENCE)
            patched.undo()
            # The client keeps waiting, and the listener keeps working.
            with listener.accept(PATIENCE) as server:
                client.send(b"x")
                assert server.recv(1) == b"x"


def test_a_name_that_connections_keep_is_told_from_another_listener(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Counted(monkeypatch)
    name = Name.unique()
    with listen(name), pytest.raises(OSError, match="another listener has this name") as caught:
        listen(name)
    assert (caught.value.errno, caught.value.filename) == (errno.EADDRINUSE, str(name))
    with listen(name) as listener:
        client = connect(name)
        stream = listener.accept(PATIENCE)
    with client, stream:
        with pytest.raises(OSError, match="connections that a listener has accepted") as caught:
            listen(name)
        assert (caught.value.errno, caught.value.filename) == (errno.EADDRINUSE, str(name))
    listen(name).close()


# A client that wrote and left before its instance waited: ConnectNamedPipe function.


def leave_behind(path: str, data: bytes) -> None:
    """Be a client that sends something and leaves."""
    client = PipeStream.connect_by_path(path)
    client.send(data)
    client.evade_limbo()


def test_what_a_client_left_behind_before_its_instance_waited_is_received() -> None:
    path = unique_path()
    handle = made(making.create_instance, path, RECEIVES | SENDS, first=True)
    leave_behind(path, b"left behind")
    options = PipeListenerOptions(path)
    with PipeListener.from_handle_and_options(handle, options, BYTES, BYTES) as listener:
        with listener.accept(PATIENCE) as server:
            assert server.recv(100) == b"left behind"
            assert server.recv(100) == b""
        with PipeStream.connect_by_path(path), listener.accept(PATIENCE):
            pass


def test_a_client_that_is_quicker_than_the_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    name = Name.unique()
    clients = [b"first", b"second"]

    def connect_named_pipe(real: Callable[..., int], *arguments: object) -> int:
        if clients:
            leave_behind(name.path, clients.pop(0))
        return real(*arguments)

    lay_over_kernel32(monkeypatch, ConnectNamedPipe=connect_named_pipe)
    with listen(name) as listener:
        for word in (b"first", b"second"):
            with listener.accept(PATIENCE) as server:
                assert server.recv(100) == word


def test_an_adopted_local_listener_receives_what_was_left() -> None:
    name = Name.unique()
    handle = made(making.create_instance, name.path, RECEIVES | SENDS, first=True)
    leave_behind(name.path, b"left behind")
    with Listener(handle) as listener, listener.accept(PATIENCE) as server:
        assert server.recv(100) == b"left behind"


# Rights that the security descriptor denies to the server itself: Wine's `test_security_info`,
# go-winio.


def test_a_refused_second_instance_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def create(real: Callable[..., int], path: Any, mode: int, *more: Any) -> int:
        if not mode & FIRST:
            return fail(ACCESS_DENIED, NO_HANDLE)
        made.append(real(path, mode, *more))
        return made[-1]

    lay_over_kernel32(monkeypatch, CreateNamedPipeW=create)
    name = Name.unique()
    with pytest.raises(PermissionError, match="FILE_CREATE_PIPE_INSTANCE") as caught:
        listen(name)
    assert caught.value.filename == str(name)
    with pytest.raises(FileNotFoundError):
        connect(name)
    # A server of a single instance needs no second.
    PipeListenerOptions(unique_path(), instance_limit=1).create_duplex().close()


def test_only_the_first_instance_comes_with_a_security_descriptor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from interprocess.os.windows.local_socket import ListenerOptions
    from interprocess.os.windows.security_descriptor import SecurityDescriptor

    def create(real: Callable[..., int], path: Any, mode: int, *more: Any) -> int:
        if not mode & FIRST and more[-1].lpSecurityDescriptor:
            return fail(ACCESS_DENIED, NO_HANDLE)
        return real(path, mode, *more)

    lay_over_kernel32(monkeypatch, CreateNamedPipeW=create)
    descriptor = SecurityDescriptor.current_user_only()
    name = Name.unique()
    with ListenerOptions(name, security_descriptor=descriptor).create_sync() as listener:
        for _ in range(10):
            with connect(name, timeout=PATIENCE), listener.accept(PATIENCE):
                pass
    options = PipeListenerOptions(unique_path(), security_descriptor=descriptor)
    with options.create_duplex() as pipe_listener:
        for _ in range(10):
            with PipeStream.connect_by_path(options.path), pipe_listener.accept(PATIENCE):
                pass


@lacking_on_wine("access lists of pipes are not enforced: a second instance is never refused")
def test_a_descriptor_that_shuts_out_its_own_server() -> None:
    from interprocess.os.windows.local_socket import ListenerOptions
    from interprocess.os.windows.security_descriptor import SecurityDescriptor

    descriptor = SecurityDescriptor.from_sddl("D:P(A;;0x12019b;;;WD)")
    with pytest.raises(PermissionError, match="FILE_CREATE_PIPE_INSTANCE"):
        ListenerOptions(Name.unique(), security_descriptor=descriptor).create_sync()
