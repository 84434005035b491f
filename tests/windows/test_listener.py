"""Listeners: spare instances, limits, crowds, clients that came and went, flags."""

from __future__ import annotations

import errno
import pickle
import sys
import time
from typing import Any

import pytest

from interprocess.local_socket import (
    ListenerNonblockingMode,
    Name,
    connect,
    listen,
)
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe import making
from interprocess.os.windows._pipe.instances import SPARE_INSTANCES
from interprocess.os.windows._pipe.making import RECEIVES, SENDS
from interprocess.os.windows.local_socket import Listener, ListenerOptions
from interprocess.os.windows.named_pipe import (
    ConnectWaitMode,
    PipeListener,
    PipeListenerOptions,
    PipeStream,
    WaitTimeout,
)
from interprocess.os.windows.security_descriptor import SecurityDescriptor
from interprocess.unnamed_pipe import share_with_child
from tests.support import PATIENCE, Running, python
from tests.windows.layers import fail, lay_over_kernel32
from tests.windows.pipes import BYTES, MESSAGES, PATIENTLY, made, unique_path
from tests.windows.wine import lacking_on_wine

assert sys.platform == "win32"


def test_fifty_clients_at_once_are_all_served() -> None:
    name = Name.unique()

    def ask(number: int) -> bytes:
        with connect(name, timeout=PATIENCE) as stream:
            stream.send_all(b"%d\n" % number)
            answer: bytes = stream.makefile("rb").readline()
            return answer

    with listen(name) as listener:
        clients = [Running(lambda number=number: ask(number)) for number in range(50)]  # type: ignore[misc]
        for _ in range(50):
            with listener.accept(PATIENCE) as stream:
                stream.send_all(stream.makefile("rb").readline())
        assert [client.result() for client in clients] == [b"%d\n" % n for n in range(50)]


def test_clients_may_come_before_anybody_accepts() -> None:
    name = Name.unique()
    with listen(name) as listener:
        clients = [connect(name, timeout=0) for _ in range(SPARE_INSTANCES)]
        with pytest.raises(TimeoutError):
            connect(name, timeout=0.1)
        with listener.accept(0), connect(name, timeout=0):
            pass
        for client in clients:
            client.close()


def test_accepting_leaves_a_spare_instance() -> None:
    options = PipeListenerOptions(unique_path(), instance_limit=2)
    with options.create_duplex() as listener:
        deferred = ConnectWaitMode.deferred()
        with PipeStream.connect_by_path(options.path, wait_mode=deferred), listener.accept(0):
            with PipeStream.connect_by_path(options.path, wait_mode=deferred), listener.accept(0):
                with pytest.raises(BlockingIOError, match="in use"):
                    PipeStream.connect_by_path(options.path, wait_mode=deferred)


def test_at_the_limit_clients_wait_and_the_server_is_told() -> None:
    options = PipeListenerOptions(unique_path(), instance_limit=1)
    with options.create_duplex() as listener:
        client = PipeStream.connect_by_path(options.path)
        server = listener.accept(PATIENCE)
        with client, server:
            began = time.monotonic()
            with pytest.raises(TimeoutError, match="in use"):
                PipeStream.connect_by_path(options.path, wait_mode=ConnectWaitMode.timeout(0.2))
            assert 0.19 <= time.monotonic() - began < 5
            with pytest.raises(OSError, match="all 1 instances") as caught:
                listener.accept(0)
            assert caught.value.winerror == _calls.ERROR_PIPE_BUSY
            waiting = Running(lambda: PipeStream.connect_by_path(options.path, wait_mode=PATIENTLY))
            assert waiting.is_waiting()
        with listener.accept(PATIENCE), waiting.result():
            pass


def test_waiting_for_an_instance_takes_no_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """WaitNamedPipeW may fail at once, each time, for a pipe that CreateFileW reports as busy."""
    waits: list[int] = []

    def wait(_: object, *__: object) -> int:
        waits.append(1)
        return fail(2)

    lay_over_kernel32(monkeypatch, WaitNamedPipeW=wait)
    options = PipeListenerOptions(unique_path(), instance_limit=1)
    with options.create_duplex() as listener:
        with PipeStream.connect_by_path(options.path), listener.accept(PATIENCE):
            with pytest.raises(TimeoutError):
                PipeStream.connect_by_path(options.path, wait_mode=ConnectWaitMode.timeout(0.3))
    assert 3 <= len(waits) <= 40


def test_a_client_that_came_and_went_does_not_block_the_next() -> None:
    options = PipeListenerOptions(unique_path())
    with options.create_duplex() as listener:
        for _ in range(3):
            PipeStream.connect_by_path(options.path).close()
        with pytest.raises(TimeoutError):
            listener.accept(0.1)
        with PipeStream.connect_by_path(options.path) as client, listener.accept(0) as server:
            client.send(b"here")
            assert server.recv(10) == b"here"


def test_a_client_that_went_before_its_instance_waited_is_cleared() -> None:
    # Between the creation of an instance and ConnectNamedPipe: the system reports ERROR_NO_DATA
    # then.
    path = unique_path()
    handle = made(making.create_instance, path, RECEIVES | SENDS, first=True)
    PipeStream.connect_by_path(path).close()
    options = PipeListenerOptions(path)
    with PipeListener.from_handle_and_options(handle, options, BYTES, BYTES) as listener:
        with PipeStream.connect_by_path(path) as client, listener.accept(PATIENCE) as server:
            client.send(b"here")
            assert server.recv(10) == b"here"


def test_what_a_client_left_behind_is_received() -> None:
    options = PipeListenerOptions(unique_path())
    with options.create_duplex() as listener:
        with PipeStream.connect_by_path(options.path) as client:
            client.send(b"left behind")
        with listener.accept(PATIENCE) as server:
            assert server.recv(100) == b"left behind"
            assert server.recv(100) == b""


def test_a_client_that_is_killed_ends_its_stream_alone() -> None:
    name = Name.unique()
    code = """if True:
        import sys, time
        from interprocess.local_socket import connect, to_fs_name
        stream = connect(to_fs_name(sys.argv[1]))
        stream.send(b"half of a mess")
        time.sleep(1000)
    """
    with listen(name) as listener:
        with python(code, str(name)) as process, listener.accept(PATIENCE) as stream:
            assert stream.recv_exactly(14) == b"half of a mess"
            process.kill()
            assert stream.recv(1) == b""
        with connect(name) as client, listener.accept(PATIENCE) as stream:
            client.send(b"x")
            assert stream.recv(1) == b"x"


def test_an_instance_whose_wait_the_system_has_ended_waits_again() -> None:
    # As when the thread ends that has begun it.
    with PipeListenerOptions(unique_path(), instance_limit=1).create_duplex() as listener:
        (instance,) = listener._server._instances
        _calls.cancel(instance.handle.value, instance._operation.overlapped)
        with pytest.raises(TimeoutError):
            listener.accept(0.1)
        with PipeStream.connect_by_path(listener.options.path), listener.accept(PATIENCE):
            pass


def test_several_threads_accept() -> None:
    name = Name.unique()
    with listen(name) as listener:

        def serve() -> int:
            with listener.accept(PATIENCE) as stream:
                return stream.recv(1)[0]

        servers = [Running(serve) for _ in range(4)]
        for number in range(4):
            with connect(name, timeout=PATIENCE) as client:
                client.send(bytes([number]))
        assert sorted(server.result() for server in servers) == [0, 1, 2, 3]


def test_closing_wakes_all_who_accept() -> None:
    listener = listen(Name.unique())
    servers = [Running(listener.accept) for _ in range(3)]
    assert all(server.is_waiting() for server in servers)
    began = time.monotonic()
    listener.close()
    for server in servers:
        with pytest.raises(ValueError, match="closed"):
            server.result()
    assert time.monotonic() - began < 5


class Spy:
    """Notes what `CreateNamedPipeW` is asked for, and asks it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[object, ...]] = []
        self._create = pipes.create_named_pipe
        monkeypatch.setattr(pipes, "create_named_pipe", self)

    def __call__(self, *arguments: Any) -> None:
        self.calls.append(arguments[:-1])
        self._create(*arguments)


def test_remote_clients_and_squatters_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch)
    name = Name.unique()
    with listen(name):
        pass
    (_, first_mode, *_), *others = spy.calls
    assert first_mode == (
        RECEIVES | SENDS | pipes.FILE_FLAG_OVERLAPPED | pipes.FILE_FLAG_FIRST_PIPE_INSTANCE
    )
    for call in others:
        assert call[1] == RECEIVES | SENDS | pipes.FILE_FLAG_OVERLAPPED
    for call in spy.calls:
        assert call[0] == name.path
        assert call[2] == pipes.PIPE_REJECT_REMOTE_CLIENTS


def test_every_option_reaches_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch)
    descriptor = SecurityDescriptor.current_user_only()
    options = PipeListenerOptions(
        unique_path(),
        mode=MESSAGES,
        instance_limit=1,
        write_through=True,
        accept_remote=True,
        input_buffer_size_hint=1000,
        output_buffer_size_hint=2000,
        wait_timeout=WaitTimeout(3000),
        security_descriptor=descriptor,
        inheritable=True,
    )
    with options.create_recv_only():
        pass
    ((path, open_mode, pipe_mode, limit, output, input_, wait, attributes),) = spy.calls
    assert (path, limit, output, input_, wait) == (options.path, 1, 2000, 1000, 3000)
    assert open_mode == (
        RECEIVES
        | pipes.FILE_FLAG_OVERLAPPED
        | pipes.FILE_FLAG_FIRST_PIPE_INSTANCE
        | pipes.FILE_FLAG_WRITE_THROUGH
    )
    assert pipe_mode == pipes.PIPE_TYPE_MESSAGE | pipes.PIPE_READMODE_MESSAGE
    assert attributes.bInheritHandle  # type: ignore[attr-defined]
    assert attributes.lpSecurityDescriptor  # type: ignore[attr-defined]


def test_local_sockets_take_a_security_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch)
    name = Name.unique()
    options = ListenerOptions(name, security_descriptor=SecurityDescriptor.current_user_only())
    with options.create_sync() as listener, connect(name) as client:
        with listener.accept(PATIENCE) as stream:
            client.send(b"x")
            assert stream.recv(1) == b"x"
    first, *others = (call[-1].lpSecurityDescriptor for call in spy.calls)  # type: ignore[attr-defined]
    assert first
    assert not any(others)  # They share that of the first.
    with pytest.raises(TypeError, match="security_descriptor"):
        ListenerOptions(name, security_descriptor="D:")  # type: ignore[arg-type]


@lacking_on_wine("FILE_FLAG_FIRST_PIPE_INSTANCE is ignored: a second listener gets the name")
def test_a_name_is_taken_once() -> None:
    name = Name.unique()
    with listen(name), pytest.raises(OSError, match="another listener") as caught:
        listen(name)
    assert caught.value.errno == errno.EADDRINUSE
    assert caught.value.filename == str(name)


def test_a_listener_is_given_up_and_adopted() -> None:
    name = Name.unique()
    handle = listen(name).detach()
    with Listener(handle) as listener, connect(name) as client, listener.accept() as stream:
        assert str(listener.name) == str(name)
        client.send(b"x")
        assert stream.recv(1) == b"x"
        for bad in (client, stream):
            with pytest.raises(ValueError, match="adopted"):
                PipeListener.from_handle_and_options(
                    bad.handle, PipeListenerOptions(str(name), mode=MESSAGES), MESSAGES, MESSAGES
                )
        with pytest.raises(ValueError, match="client's end"):
            Listener(client.handle)


def test_nonblocking_listeners_and_streams() -> None:
    options = PipeListenerOptions(unique_path(), nonblocking=ListenerNonblockingMode.BOTH)
    with options.create_duplex() as listener:
        with pytest.raises(BlockingIOError):
            listener.accept()
        with PipeStream.connect_by_path(options.path), listener.accept() as server:
            with pytest.raises(BlockingIOError):
                server.recv(1)
        listener.set_nonblocking(ListenerNonblockingMode.NEITHER)
        with pytest.raises(TimeoutError):
            listener.accept(0.05)


def test_a_listener_stays_in_its_process() -> None:
    with listen(Name.unique()) as listener:
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(listener)
        with pytest.raises(TypeError, match="only streams"):
            share_with_child(listener)  # type: ignore[arg-type]


def test_the_handle_of_a_listener_at_its_limit() -> None:
    options = PipeListenerOptions(unique_path(), instance_limit=1)
    with options.create_duplex() as listener, PipeStream.connect_by_path(options.path):
        assert listener.handle
        with listener.accept(PATIENCE), pytest.raises(OSError, match="all 1 instances"):
            assert listener.handle
        assert listener.handle
    for use in (lambda: listener.handle, listener.detach, listener.accept):
        with pytest.raises(ValueError, match="closed"):
            use()
    listener.close()
