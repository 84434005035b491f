"""`serve`: many clients at a time, none of which ends the others, and an orderly end."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from interprocess.local_socket import (
    IncompleteReadError,
    Listener,
    Name,
    Stream,
    connect,
    listen,
    serve,
)
from tests.support import PATIENCE, Running, eventually, finish, python


def echo(stream: Stream) -> None:
    """Send back what comes, until the end."""
    while data := stream.recv(65536):
        stream.send_all(data)


def ask(client: Stream, question: bytes) -> bytes:
    """Send something and receive as much."""
    client.set_recv_timeout(PATIENCE)
    client.send_all(question)
    return client.recv_exactly(len(question))


class Serving:
    """A listener that is served in another thread, until the context ends."""

    def __init__(self, name: Name, handler: Callable[[Stream], object], **options: Any) -> None:
        self.listener = listen(name)
        self.running = Running(lambda: serve(self.listener, handler, **options))

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *exception: object) -> None:
        self.listener.close()
        self.running.result()


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[threading.ExceptHookArgs]]:
    """Collect what threads report."""
    reports: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", reports.append)
    yield reports
    reports.clear()


def test_many_clients_at_a_time(name: Name) -> None:
    with Serving(name, echo):
        clients = [connect(name, PATIENCE) for _ in range(20)]
        for number, client in reversed(list(enumerate(clients))):
            assert ask(client, b"%04d" % number) == b"%04d" % number
        for client in clients:
            client.close()


def test_clients_that_leave_are_nobodys_error(
    name: Name, reported: list[threading.ExceptHookArgs]
) -> None:
    def demanding(stream: Stream) -> None:
        stream.send_all(bytes(int(stream.recv_exactly(4)) * 1000))

    with Serving(name, demanding):
        for _ in range(5):
            connect(name, PATIENCE).close()  # IncompleteReadError
            with connect(name, PATIENCE) as client:
                client.send_all(
                    b"9000000"[:4]
                )  # BrokenPipeError, or on Windows an error of writing
        with connect(name, PATIENCE) as client:
            client.set_recv_timeout(PATIENCE)
            client.send_all(b"0001")
            assert client.recv_exactly(1000) == bytes(1000)
    assert reported == []


def test_an_error_ends_one_client_and_is_reported(
    name: Name, reported: list[threading.ExceptHookArgs]
) -> None:
    def fragile(stream: Stream) -> None:
        if stream.recv(1) == b"!":
            raise KeyError("the handler's")
        echo(stream)

    with Serving(name, fragile):
        with connect(name, PATIENCE) as other, connect(name, PATIENCE) as client:
            other.send_all(b" ")
            assert ask(other, b"before") == b"before"
            client.set_recv_timeout(PATIENCE)
            client.send_all(b"!")
            assert client.recv(1) == b""
            assert ask(other, b"after") == b"after"
    (report,) = reported
    assert report.exc_type is KeyError
    assert str(name) in str(report.thread)


def test_on_error_gets_every_error(name: Name, reported: list[threading.ExceptHookArgs]) -> None:
    errors: list[tuple[type[Exception], bool]] = []

    def note(error: Exception, stream: Stream) -> None:
        errors.append((type(error), stream.closed))

    with Serving(name, lambda stream: stream.recv_exactly(10), on_error=note):
        connect(name, PATIENCE).close()
        assert eventually(lambda: errors)
    assert errors == [(IncompleteReadError, False)]
    assert reported == []


def test_the_number_of_clients_is_bounded(name: Name) -> None:
    lock, most, now = threading.Lock(), 0, 0

    def count(stream: Stream) -> None:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        stream.send_all(b"x")
        stream.recv(1)
        with lock:
            now -= 1

    with Serving(name, count, max_clients=3):
        clients = [connect(name, PATIENCE) for _ in range(6)]
        for client in clients[:3]:
            client.set_recv_timeout(PATIENCE)
            assert client.recv(1) == b"x"
        clients[3].set_recv_timeout(0.1)
        with pytest.raises(TimeoutError):
            clients[3].recv(1)  # It waits for its turn.
        for client in clients[:3]:
            client.close()
        for client in clients[3:]:
            client.set_recv_timeout(PATIENCE)
            assert client.recv(1) == b"x"
            client.close()
    assert most == 3


def test_closing_ends_serving_while_it_waits_for_clients_to_leave(name: Name) -> None:
    with Serving(name, echo, max_clients=1, grace=PATIENCE) as serving:
        with connect(name, PATIENCE) as client:
            assert ask(client, b"served") == b"served"
            serving.listener.close()
            # It has its time to finish.
            assert ask(client, b"still served") == b"still served"
        serving.running.result()


def test_after_its_grace_a_client_is_ended(
    name: Name, reported: list[threading.ExceptHookArgs]
) -> None:
    for finishing in (echo, echo_lines):
        with Serving(name, finishing, grace=0.05) as serving:
            with connect(name, PATIENCE) as client:
                assert ask(client, b"served\n") == b"served\n"
                serving.listener.close()
                serving.running.result()
                assert client.recv(1) == b""
    assert reported == []


def echo_lines(stream: Stream) -> None:
    with stream.makefile("rwb") as file:
        stream.close()  # The file holds the connection.
        for line in file:
            file.write(line)
            file.flush()


def test_an_error_of_accepting_ends_serving(name: Name, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Listener, timeout: float | None = None) -> Stream:
        raise PermissionError(1, "broken")

    listener = listen(name)
    monkeypatch.setattr(Listener, "accept", fail)
    with pytest.raises(PermissionError, match="broken"):
        serve(listener, echo)
    assert listener.closed


def test_no_thread_can_be_started(name: Name, monkeypatch: pytest.MonkeyPatch) -> None:
    start, failures = threading.Thread.start, [True] * 3

    def sometimes(self: threading.Thread) -> None:
        if self.name.startswith("client of") and failures:
            failures.pop()
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", sometimes)
    with pytest.warns(RuntimeWarning, match="can't start new thread"):
        with Serving(name, echo):
            with connect(name, PATIENCE) as client:
                assert ask(client, b"served") == b"served"
    assert not failures


def served_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("client of")]


def test_handlers_that_do_not_end_are_told_of(name: Name, monkeypatch: pytest.MonkeyPatch) -> None:
    from interprocess.local_socket import _serving

    monkeypatch.setattr(_serving, "CLOSING_TIME", 0.05)
    released = threading.Event()
    with pytest.warns(RuntimeWarning, match="handlers that still run although .*: 1"):
        with Serving(name, lambda stream: released.wait(PATIENCE), grace=0) as serving:
            with connect(name, PATIENCE):
                assert eventually(served_threads)
                serving.listener.close()
                serving.running.result()
    released.set()
    assert eventually(lambda: not served_threads())


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"max_clients": 0}, ValueError),
        ({"max_clients": 1.5}, TypeError),
        ({"max_clients": True}, TypeError),
        ({"grace": -1}, ValueError),
        ({"grace": "soon"}, TypeError),
        ({"on_error": "print"}, TypeError),
    ],
)
def test_bad_options(name: Name, options: dict[str, Any], error: type[Exception]) -> None:
    with listen(name) as listener:
        with pytest.raises(error, match=next(iter(options))):
            serve(listener, echo, **options)
        with pytest.raises(TypeError, match="handler"):
            serve(listener, None)  # type: ignore[arg-type]  # that is the test


SERVER = """if True:
    import signal, sys, threading
    from interprocess.local_socket import listen, serve
    listener = listen(sys.argv[1])
    def handle(stream):
        stream.send_all(b"served")
        stream.recv(1)
    def announce():
        print("listening", flush=True)
    {}
    announce()
    try:
        serve(listener, handle, max_clients=1, grace=0.2)
    except BaseException as error:
        print(type(error).__name__)
    print(listener.closed, threading.active_count())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot ask a process to end")
@pytest.mark.parametrize("full", [False, True], ids=["accepting", "full"])
def test_closing_in_a_signal_handler(name: Name, full: bool) -> None:
    code = SERVER.format("signal.signal(signal.SIGTERM, lambda *_: listener.close())")
    with python(code, str(name).lstrip("@")) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"listening\n"
        with connect(name, PATIENCE) as client:
            client.set_recv_timeout(PATIENCE)
            assert client.recv(6) == b"served"
            if not full:
                client.close()
            process.send_signal(signal.SIGTERM)
            assert finish(process) == "True 1\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no process SIGINT alone")
def test_ctrl_c_ends_serving_at_once(name: Name) -> None:
    code = SERVER.format("signal.signal(signal.SIGINT, signal.default_int_handler)")
    with python(code, str(name).lstrip("@")) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"listening\n"
        with connect(name, PATIENCE) as client:
            client.set_recv_timeout(PATIENCE)
            assert client.recv(6) == b"served"
            # A signal that comes just before a call begins to wait is seen after that.
            while process.poll() is None:
                process.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE / 10)
            assert finish(process) == "KeyboardInterrupt\nTrue 1\n"


def test_the_rest_of_the_library_does_not_need_threading() -> None:
    code = (
        "import sys, interprocess.local_socket as l; assert 'threading' not in sys.modules; l.serve"
    )
    with python(code) as process:
        finish(process)
