"""System calls that fail or are interrupted."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from interprocess import capabilities
from interprocess._bindings.libc import ffi, libc
from interprocess.local_socket import Name, Stream, connect, listen, pair
from interprocess.os.unix import _calls
from interprocess.os.unix._files import renaming
from interprocess.os.unix._unix_socket import descriptor
from interprocess.unnamed_pipe import pipe
from tests.support import Running, python, unique_name


@pytest.fixture
def no_descriptors_left() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(map(int, os.listdir("/dev/fd"))) + 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))
    fillers = []
    try:
        while True:
            fillers.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    yield
    for filler in fillers:
        os.close(filler)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_accept_without_descriptors(name: Name, request: pytest.FixtureRequest) -> None:
    with listen(name) as listener, connect(name) as client:
        client.send_all(b"x")
        request.getfixturevalue("no_descriptors_left")
        for _ in range(3):
            with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
                listener.accept(timeout=0)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft + 10, hard))
        with listener.accept() as stream:  # The client has waited.
            assert stream.recv(1) == b"x"


def test_creating_without_descriptors(name: Name, no_descriptors_left: None) -> None:
    for create in (pair, pipe, lambda: listen(name), lambda: connect(name)):
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
            create()


ERRORS: list[tuple[str, Callable[[Stream], object]]] = [
    ("recv", lambda stream: stream.recv(1)),
    ("recv", lambda stream: stream.recv_into(bytearray(1))),
    ("recvmsg", lambda stream: stream.recv_vectored([bytearray(1)])),
    ("send", lambda stream: stream.send(b"x")),
    ("sendmsg", lambda stream: stream.send_vectored([b"x"])),
    ("shutdown", lambda stream: stream.shutdown()),
    ("getsockopt", lambda stream: stream.take_error()),
    ("fcntl", lambda stream: stream.try_clone()),
]
if capabilities.available("peer_creds"):
    asks = "getsockopt" if capabilities.available("peer_creds_after_end") else "getpeerucred"
    ERRORS.append((asks, lambda stream: stream.peer_creds()))


class FailingLibrary:
    """A C library in which one function fails."""

    def __init__(self, name: str, number: int, times: int = 1) -> None:
        self._name = name
        self._number = number
        self.times = times
        self._real = libc

    def __getattr__(self, name: str) -> object:
        if name == self._name and self.times:
            self.times -= 1
            return self._fail
        return getattr(self._real, name)

    def _fail(self, *arguments: object) -> int:
        ffi.errno = self._number
        return -1


@pytest.fixture
def through_cffi(monkeypatch: pytest.MonkeyPatch) -> None:
    """Route all system calls through cffi, where `FailingLibrary` can make them fail."""
    monkeypatch.setattr(descriptor, "HAS_FAST_SOCKETS", False)


@pytest.mark.usefixtures("through_cffi")
@pytest.mark.parametrize(("function", "call"), ERRORS)
def test_errors_of_calls_on_streams(
    function: str, call: Callable[[Stream], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair()
    with first, second:
        monkeypatch.setattr(_calls, "libc", FailingLibrary(function, errno.EIO))
        with pytest.raises(OSError, match=function) as caught:
            call(first)
        assert caught.value.errno == errno.EIO
        monkeypatch.undo()
        second.send_all(b"x")
        assert first.recv(1) == b"x"


RENAME = "renamex_np" if sys.platform in ("darwin", "ios") else "renameat2"

CREATING: list[tuple[str, Callable[[Name], object]]] = [
    ("socketpair", lambda name: pair()),
    ("socket", lambda name: listen(name)),
    ("bind", lambda name: listen(name)),
    ("listen", lambda name: listen(name)),
    ("socket", lambda name: connect(name)),
    ("connect", lambda name: connect(name)),
    ("pipe2" if _calls.HAS_PIPE2 else "pipe", lambda name: pipe()),
]
if sys.platform == "linux":  # Elsewhere the system does not wait.
    CREATING.append(("setsockopt", lambda name: connect(name, timeout=1)))


@pytest.mark.usefixtures("through_cffi")
@pytest.mark.parametrize(("function", "create"), CREATING)
def test_errors_while_creating(
    name: Name, function: str, create: Callable[[Name], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_calls, "libc", FailingLibrary(function, errno.EIO))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)) as caught:
        create(name)
    assert caught.value.errno == errno.EIO


@pytest.mark.skipif(not renaming.RENAME_EXCHANGE, reason="this system cannot swap files")
@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
def test_overwriting_where_the_file_system_cannot_swap_files(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = unique_name("path")
    monkeypatch.setattr(_calls, "libc", FailingLibrary(RENAME, number, times=2))
    with listen(name) as replaced, listen(name, try_overwrite=True) as listener:
        with connect(name), listener.accept(timeout=5):
            pass
        replaced.close()
        assert os.path.exists(name.address)


@pytest.mark.skipif(not renaming.RENAME_EXCHANGE, reason="this system cannot swap files")
def test_overwriting_that_fails_leaves_all_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    name = unique_name("path")
    with listen(name) as listener:
        monkeypatch.setattr(_calls, "libc", FailingLibrary(RENAME, errno.EIO))
        with pytest.raises(OSError, match=os.strerror(errno.EIO)) as caught:
            listen(name, try_overwrite=True)
        assert caught.value.errno == errno.EIO
        assert caught.value.filename == str(name)
        with connect(name), listener.accept(timeout=5):
            pass


INTERRUPTED: list[tuple[str, Callable[[Stream], object]]] = [
    ("recv", lambda stream: stream.recv(1)),
    ("recvmsg", lambda stream: stream.recv_vectored([bytearray(1)])),
    ("send", lambda stream: stream.send(b"x")),
    ("sendmsg", lambda stream: stream.send_vectored([b"x"])),
]


@pytest.mark.usefixtures("through_cffi")
@pytest.mark.parametrize(("function", "call"), INTERRUPTED)
def test_interrupted_calls_are_made_again(
    function: str, call: Callable[[Stream], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair()
    with first, second:
        second.send_all(b"x")
        library = FailingLibrary(function, errno.EINTR, times=3)
        monkeypatch.setattr(_calls, "libc", library)
        assert call(first) in (1, b"x")
        assert library.times == 0


def test_an_interrupted_connect_is_made_again(name: Name, monkeypatch: pytest.MonkeyPatch) -> None:
    with listen(name) as listener:
        monkeypatch.setattr(_calls, "libc", FailingLibrary("connect", errno.EINTR, times=3))
        with connect(name), listener.accept():
            pass


def test_an_interrupted_connect_that_went_through(
    name: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = _calls.connect

    def interrupted(number: int, address: object, length: int) -> None:
        real(number, address, length)  # type: ignore[arg-type]  # passed on
        raise InterruptedError(errno.EINTR, "injected")

    with listen(name) as listener:
        real_once = iter([interrupted])
        monkeypatch.setattr(_calls, "connect", lambda *arguments: next(real_once, real)(*arguments))
        with connect(name) as client, listener.accept() as stream:
            client.send_all(b"x")
            assert stream.recv(1) == b"x"


def test_signals_do_not_lengthen_a_timeout() -> None:
    first, second = pair()
    handled = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: handled.append(number))
    with first, second:
        first.set_recv_timeout(0.3)
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        try:
            began = time.monotonic()
            with pytest.raises(TimeoutError):
                first.recv(1)
            assert 0.29 <= time.monotonic() - began < 5
            assert len(handled) > 3
            second.send_all(b"x")
            assert first.recv(1) == b"x"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


WAITING = {
    "recv": "stream.recv(1)",
    "recv with a timeout": "stream.set_recv_timeout(60); stream.recv(1)",
    "recv on a clone": "stream.try_clone().recv(1)",
    "send_all": "stream.send_all(bytes(16_000_000))",
    "accept": "listener.accept()",
    "accept with a timeout": "listener.accept(60)",
    "a pipe": "ends[1].recv(1)",
    "a full pipe": "ends[0].send_all(bytes(16_000_000))",
}


@pytest.mark.parametrize("call", WAITING.values(), ids=WAITING)
def test_ctrl_c_ends_every_wait(call: str) -> None:
    code = f"""
import os, signal, sys, time
from interprocess.local_socket import Name, listen, pair
from interprocess.unnamed_pipe import pipe
signal.signal(signal.SIGINT, signal.default_int_handler)
stream, other = pair()
listener = listen(Name.unique())
ends = pipe()
print("waiting", flush=True)
try:
    {call}
except KeyboardInterrupt:
    print("interrupted", flush=True)
os._exit(0)
"""
    with python(code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waiting\n"
        line = Running(process.stdout.readline)
        assert line.is_waiting()
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert line.result() == b"interrupted\n"
        assert time.monotonic() - began < 5


def test_a_forked_child_is_not_held_up_by_the_parents_threads() -> None:
    """A call that another thread has in progress does not exist in a forked child."""
    first, second = pair()
    with first, second:
        waiting = Running(lambda: first.recv(1))
        assert waiting.is_waiting()
        pid = os.fork()
        if pid == 0:
            first.close()
            os._exit(0 if closed_for_good(first) else 1)
        assert os.waitpid(pid, 0)[1] == 0
        second.send_all(b"x")  # The child's closing has not ended the connection.
        assert waiting.result() == b"x"


def closed_for_good(stream: Stream) -> bool:
    try:
        os.fstat(stream._descriptor.number)
    except OSError:
        return True
    return False
