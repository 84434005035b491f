"""Several processes at one path: one wins, and each leaves the files of the others alone."""

from __future__ import annotations

import errno
import os
import random
import signal
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

import pytest

from interprocess.local_socket import connect, listen
from tests.support import PATIENCE, finish, python


class Foreign:
    """A server that knows nothing of us, and takes the path by a rename."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.socket = socket.socket(socket.AF_UNIX)
        self.beside = path.with_name("foreign")
        self.socket.bind(str(self.beside))
        self.socket.listen()
        self.inode = self.beside.stat().st_ino

    def take_over(self) -> None:
        os.rename(self.beside, self._path)

    def check_and_close(self) -> None:
        assert self._path.stat().st_ino == self.inode
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self._path))
        assert os.listdir(self._path.parent) == [self._path.name]
        self.socket.close()
        self._path.unlink()


@pytest.mark.parametrize("call", ["rename", "unlink"])
def test_a_successor_that_comes_just_before_the_file_is_removed(call: str, path: Path) -> None:
    listener, foreign = listen(path), Foreign(path)
    real = getattr(os, call)

    def come_before(source: object, *others: object) -> None:
        if source == os.fsencode(path):
            patch.stop()
            foreign.take_over()
        real(source, *others)

    patch = mock.patch.object(os, call, come_before)
    patch.start()
    listener.close()
    mock.patch.stopall()
    if foreign.beside.exists():
        foreign.take_over()  # This call does not remove the file.
    foreign.check_and_close()


def test_successors_that_come_at_any_moment(path: Path) -> None:
    for _ in range(300):
        listener, foreign = listen(path), Foreign(path)
        together = threading.Barrier(2)

        def take_over(foreign: Foreign = foreign, together: threading.Barrier = together) -> None:
            together.wait()
            foreign.take_over()

        thread = threading.Thread(target=take_over)
        thread.start()
        together.wait()
        listener.close()
        thread.join()
        foreign.check_and_close()


CANDIDATE = """if True:
    import sys, time
    from interprocess.local_socket import listen
    for line in sys.stdin:  # When the next round begins.
        while time.monotonic() < float(line):
            pass
        try:
            listener = listen(sys.argv[1], try_overwrite="if_dead")
        except OSError as error:
            print("lost", error.errno, flush=True)
        else:
            print("won", 0, flush=True)
            listener.accept(timeout=30).close()
            listener.keep_name()
            listener.close()
"""


def test_of_four_that_replace_a_dead_listener_one_wins(path: Path) -> None:
    with ExitStack() as stack:
        candidates = [stack.enter_context(python(CANDIDATE, str(path))) for _ in range(4)]
        for _ in range(200):
            begin = time.monotonic() + 0.002
            for candidate in candidates:
                assert candidate.stdin is not None
                candidate.stdin.write(b"%f\n" % begin)
                candidate.stdin.flush()
            answers = [answer(candidate) for candidate in candidates]
            # Lost to one that lives, or that was at work.
            assert sorted(answers) == [f"lost {errno.EADDRINUSE}"] * 3 + ["won 0"]
            assert os.listdir(path.parent) == [path.name]
            connect(path, timeout=PATIENCE).close()
    path.unlink()


def answer(candidate: object) -> str:
    line: bytes = candidate.stdout.readline()  # type: ignore[attr-defined]  # a Popen
    return line.decode().strip()


CLIENT = """if True:
    import os, socket, sys
    def look():  # To be renamed changes it as well, and so to be removed and come back.
        status = os.lstat(sys.argv[1])
        return status.st_ino, status.st_ctime_ns
    refused = met = 0
    os.set_blocking(0, False)
    while True:
        try:
            if not os.read(0, 1):
                break
        except BlockingIOError:
            pass
        with socket.socket(socket.AF_UNIX) as client:
            try:
                before = look()
                try:
                    client.connect(sys.argv[1])
                    met += 1
                except ConnectionRefusedError:
                    # The system may have found the file before it was removed.
                    refused += look() == before
            except FileNotFoundError:
                pass
    print(refused, met)
"""


def test_a_file_that_exists_never_refuses(path: Path) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(python(CLIENT, str(path))) for _ in range(2)]
        for _ in clients:
            with listen(path) as listener:
                listener.accept(timeout=PATIENCE).close()  # One of them has started.
        for _ in range(1500):
            listen(path).close()
        for client in clients:
            refused, met = map(int, finish_by_end(client).split())
            assert refused == 0
            assert met > 0


def finish_by_end(process: object) -> str:
    process.stdin.close()  # type: ignore[attr-defined]  # a Popen
    process.stdin = None  # type: ignore[attr-defined]
    return finish(process)  # type: ignore[arg-type]


WORKER = """if True:
    import sys, warnings
    from interprocess.local_socket import listen
    warnings.simplefilter("ignore")
    path = sys.argv[1]
    print("ready", flush=True)
    while True:
        with listen(path, try_overwrite="if_dead"):
            listen(path, try_overwrite=True).close()
"""


def test_a_process_killed_at_any_moment(path: Path) -> None:
    moments = random.Random(5)
    for _ in range(25):
        with python(WORKER, str(path)) as worker:
            assert worker.stdout is not None
            worker.stdout.readline()
            worker.stdout.read(0)
            threading.Event().wait(moments.uniform(0, 0.02))
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        with listen(path, try_overwrite="if_dead") as listener:
            with connect(path), listener.accept(timeout=PATIENCE):
                pass
            assert os.listdir(path.parent) == [path.name]
        assert os.listdir(path.parent) == []


INTERRUPTED = """if True:
    import gc, os, random, signal, sys, warnings
    from interprocess.local_socket import listen
    warnings.simplefilter("ignore")
    path = sys.argv[1]
    directory = os.path.dirname(path)

    def interrupt(*arguments):
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, interrupt)
    interrupted = 0
    for _ in range(2500):
        try:
            signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 1.2e-3))
            with listen(path):
                listen(path, try_overwrite=True).close()
            signal.setitimer(signal.ITIMER_REAL, 0)
        except KeyboardInterrupt:
            interrupted += 1
        gc.collect(0)
        assert os.listdir(directory) == [], os.listdir(directory)
    print(interrupted)
"""


def test_interrupts_at_any_moment(path: Path) -> None:
    with python(INTERRUPTED, str(path)) as process:
        assert int(finish(process)) > 100


HANDLER = """if True:
    import os, random, signal, sys, time, warnings
    from interprocess.local_socket import listen
    path = sys.argv[1]
    other = path + "2"
    closed = None
    handled = 0

    def handler(*arguments):
        # What the main thread is in the midst of, and something else in the same directory.
        global closed, handled
        mine, closed = closed, None
        if mine is not None:
            mine.close()
        listen(path, try_overwrite=True).close()
        listen(other, try_overwrite=True).close()
        handled += 1
        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-4, 2e-3))

    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 1e-3)
    end, longest = time.monotonic() + 2, 0.0
    while time.monotonic() < end:
        began = time.monotonic()
        closed = listener = listen(path, try_overwrite=True)
        listener.close()
        listen(other, try_overwrite=True).close()
        longest = max(longest, time.monotonic() - began)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert os.listdir(os.path.dirname(path)) == [], os.listdir(os.path.dirname(path))
    assert longest < 0.5, longest
    print(handled)
"""


def test_a_signal_handler_may_listen_and_close_at_the_same_path(path: Path) -> None:
    with python(HANDLER, str(path)) as process:
        assert int(finish(process)) > 50
