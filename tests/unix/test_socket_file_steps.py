"""Making, replacing and removing files, cut short at every step: nothing stays behind."""

from __future__ import annotations

import gc
import os
import socket
from pathlib import Path

import pytest

from interprocess.local_socket import Listener, connect, listen
from interprocess.os.unix.fifo_file import create_fifo
from tests.support import finish, python
from tests.unix.steps import IN_PYTHON, STEPS, steps

#: Calls after which no handler runs: their results are stored first.
INTERRUPTED = [name for name in STEPS if name not in ("open", "socket")]


def dead_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))


def works(listener: Listener, path: Path) -> bool:
    with connect(path, timeout=5) as client, listener.accept(timeout=5) as stream:
        client.send_all(b"x")
        return stream.recv(1) == b"x"


def assert_that_the_next_listener_clears(path: Path) -> None:
    with listen(path, try_overwrite="if_dead") as listener:
        assert works(listener, path)
        assert os.listdir(path.parent) == [path.name]
    assert os.listdir(path.parent) == []


@pytest.mark.parametrize("name", STEPS)
def test_failures_while_listening(name: str, path: Path) -> None:
    for step in steps(name):
        listener = None
        try:
            with step.in_place():
                listener = listen(path)
        except OSError as error:
            named = error.filename == str(path)
            assert named or name == "socket"
            assert not os.path.lexists(path)
        if listener is not None:
            assert works(listener, path)
            listener.close()
            assert not os.path.lexists(path)
        assert_that_the_next_listener_clears(path)


@pytest.mark.filterwarnings("ignore:the listener at")
@pytest.mark.parametrize("name", STEPS)
def test_failures_while_replacing_a_living_listener(name: str, path: Path) -> None:
    for step in steps(name):
        first, second = listen(path), None
        try:
            with step.in_place():
                second = listen(path, try_overwrite=True)
        except OSError as error:
            named = error.filename == str(path)
            assert named or name == "socket"
            assert works(first, path)
        if second is not None:
            assert works(second, path)
            second.close()
        first.close()
        assert not os.path.lexists(path)
        assert_that_the_next_listener_clears(path)


@pytest.mark.parametrize("name", STEPS)
def test_failures_while_closing(name: str, path: Path) -> None:
    for step in steps(name):
        listener = listen(path)
        with step.in_place():
            listener.close()
        assert listener.closed
        assert_that_the_next_listener_clears(path)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("name", INTERRUPTED)
def test_interrupts_while_listening(name: str, path: Path) -> None:
    for step in steps(name, interrupted=True):
        try:
            with step.in_place():
                listen(path).close()
        except KeyboardInterrupt:
            pass
        gc.collect()
        assert os.listdir(path.parent) == []


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("name", INTERRUPTED)
def test_interrupts_while_replacing_a_living_listener(name: str, path: Path) -> None:
    for step in steps(name, interrupted=True):
        first = listen(path)
        try:
            with step.in_place():
                listen(path, try_overwrite=True).close()
        except KeyboardInterrupt:
            pass
        gc.collect()
        if os.path.lexists(path):
            # It was not replaced, or was put back.
            assert works(first, path)
            assert os.listdir(path.parent) == [path.name]
        first.close()
        assert os.listdir(path.parent) == []


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("how", ["close", "finalizer"])
@pytest.mark.parametrize("name", INTERRUPTED)
def test_interrupts_while_closing(name: str, how: str, path: Path) -> None:
    for step in steps(name, interrupted=True):
        listener = listen(path)
        try:
            with step.in_place():
                listener.close()
        except KeyboardInterrupt:
            pass
        if how == "close":
            listener.close()
        del listener
        gc.collect()
        assert os.listdir(path.parent) == []


@pytest.mark.parametrize("interrupted", [False, True])
@pytest.mark.parametrize("name", [*IN_PYTHON, "mkfifo", "flock"])
def test_creating_a_fifo_file(name: str, interrupted: bool, path: Path) -> None:
    if interrupted and name == "open":
        return
    for step in steps(name, interrupted=interrupted):
        try:
            with step.in_place():
                create_fifo(path)
        except OSError as error:
            named = error.filename == str(path)
            assert named
            assert not os.path.lexists(path)
        except KeyboardInterrupt:
            assert set(os.listdir(path.parent)) <= {path.name}
        if os.path.lexists(path):
            path.unlink()
        create_fifo(path)
        assert os.listdir(path.parent) == [path.name]
        path.unlink()


KILLED = """if True:
    import os, signal, sys, warnings
    from interprocess.local_socket import connect, listen
    from interprocess.os.unix.fifo_file import create_fifo
    warnings.simplefilter("ignore")
    path, what = sys.argv[1:]
    directory = os.path.dirname(path)

    def works(listener):
        with connect(path, timeout=5) as client, listener.accept(timeout=5) as stream:
            client.send_all(b"x")
            return stream.recv(1) == b"x"

    def run_until(line):
        # Lines of ours, that is: the child kills itself when it comes to one.
        count = 0
        def trace(frame, event, argument):
            nonlocal count
            if "/interprocess/os/unix/" not in frame.f_code.co_filename:
                return None
            count += event == "line"
            if count == line:
                os.kill(os.getpid(), signal.SIGKILL)
            return trace
        if what == "close":
            listener = listen(path)
        sys.settrace(trace)
        if what == "close":
            listener.close()
        elif what == "fifo":
            create_fifo(path)
        else:
            listen(path, try_overwrite=True)
        os._exit(0)

    def check():
        if what == "fifo":
            if os.path.lexists(path):
                os.unlink(path)
            create_fifo(path)
            assert os.listdir(directory) == [os.path.basename(path)]
            os.unlink(path)
            return
        if first is not None:
            # Either it was not replaced, or the one that replaced it is dead.
            try:
                replaced = listen(path, try_overwrite="if_dead")
            except OSError:
                assert works(first)
                assert os.listdir(directory) == [os.path.basename(path)]
            else:
                assert works(replaced)
                replaced.close()
            first.close()
        with listen(path, try_overwrite="if_dead") as last:
            assert works(last)
            assert os.listdir(directory) == [os.path.basename(path)], os.listdir(directory)
        assert os.listdir(directory) == [], os.listdir(directory)

    line = status = 1
    while status:
        if what == "replace a dead one":
            listen(path, reclaim_name=False).close()
        first = listen(path) if what == "replace a living one" else None
        pid = os.fork()
        if not pid:
            run_until(line)
        status = os.waitpid(pid, 0)[1]
        assert status in (0, signal.SIGKILL)
        check()
        line += 1
    print(line)
"""


@pytest.mark.parametrize(
    "what", ["listen", "replace a dead one", "replace a living one", "close", "fifo"]
)
def test_a_process_killed_at_any_line(what: str, path: Path) -> None:
    with python(KILLED, str(path), what) as process:
        assert int(finish(process)) > 50
