"""Adopted listeners leave their socket files alone, or remove their own and no other."""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import Listener, connect, listen
from tests.support import PATIENCE, finish, python
from tests.unix.listening import listening


def test_the_file_stays_unless_asked_for(path: Path) -> None:
    for options in ({}, {"reclaim_name": False}):
        with Listener(listening(path), **options):
            pass
        assert path.is_socket()
        path.unlink()


def test_the_file_is_removed_if_asked_for(path: Path) -> None:
    with Listener(listening(path), reclaim_name=True) as listener:
        with connect(path), listener.accept(PATIENCE):
            pass
        assert path.is_socket()
    assert os.listdir(path.parent) == []


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_listener_that_is_dropped_removes_it_too(path: Path) -> None:
    listener = Listener(listening(path), reclaim_name=True)
    del listener
    assert os.listdir(path.parent) == []


def test_another_process_that_has_the_socket_keeps_the_file(path: Path) -> None:
    number = listening(path)
    with Listener(os.dup(number), reclaim_name=True):
        pass
    assert path.is_socket()
    with Listener(number, reclaim_name=True):
        pass
    assert os.listdir(path.parent) == []


@pytest.mark.parametrize("dies_before", [False, True])
def test_a_file_that_another_socket_has_by_now_stays(path: Path, dies_before: bool) -> None:
    ours = listening(path)
    path.unlink()
    theirs = listening(path)
    listener = Listener(ours, reclaim_name=True)
    if dies_before:
        os.close(theirs)
    listener.close()
    assert path.is_socket()
    path.unlink()
    if not dies_before:
        os.close(theirs)


@pytest.mark.leaves_handles
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_so_it_does_when_the_listener_was_handed_to_a_child(method: str, path: Path) -> None:
    ours = listening(path)
    path.unlink()
    theirs = listening(path)
    listener = Listener(ours, reclaim_name=True)
    os.close(theirs)
    process = multiprocessing.get_context(method).Process(  # type: ignore[attr-defined]
        target=Listener.close, args=(listener,)
    )
    process.start()
    listener.close()
    process.join(PATIENCE)
    assert process.exitcode == 0
    process.close()
    assert path.is_socket()
    path.unlink()


def test_a_file_that_replaced_ours_stays(path: Path) -> None:
    with Listener(listening(path), reclaim_name=True):
        path.unlink()
        path.touch()
    assert path.is_file()
    path.unlink()


def refused(number: int, error: type[Exception], message: str) -> Any:
    """Check that a descriptor is not adopted, and stays the caller's."""
    with pytest.raises(error, match=message) as caught:
        Listener(number, reclaim_name=True)
    os.fstat(number)
    os.close(number)
    return caught.value


def test_a_file_that_is_gone(path: Path) -> None:
    number = listening(path)
    path.unlink()
    assert refused(number, FileNotFoundError, "No such file").filename == str(path)


def test_a_file_on_which_nobody_listens(path: Path) -> None:
    number = listening(path)
    path.unlink()
    os.close(listening(path))
    error = refused(number, ConnectionRefusedError, "no process listens there")
    assert error.filename == str(path)
    path.unlink()


def test_a_socket_that_does_not_listen(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as foreign:
        refused(os.dup(foreign.fileno()), ValueError, "not a listening one")
        foreign.bind(str(path))
        if sys.platform != "darwin":  # It does not tell whether a socket with a name listens.
            refused(os.dup(foreign.fileno()), ValueError, "not a listening one")
    path.unlink()


@pytest.mark.skipif(not capabilities.available("abstract_ns_ud_socket"), reason="abstract names")
def test_an_abstract_name_has_no_file() -> None:
    with listen() as listener:
        refused(listener.detach(), ValueError, r"its name, @interprocess-.*, is abstract")


@pytest.mark.parametrize("value", [None, 1, "yes"])
def test_true_and_false_are_all_there_is(value: Any, path: Path) -> None:
    number = listening(path)
    with pytest.raises(TypeError, match="reclaim_name must be True or False"):
        Listener(number, reclaim_name=value)
    os.close(number)
    path.unlink()


PROGRAM = """
import os, sys
from interprocess.local_socket import Listener, listen

path = sys.argv[1]
if len(sys.argv) == 2:
    number = listen(path).detach()
    os.set_inheritable(number, True)
    os.execv(sys.executable, [sys.executable, __file__, path, str(number)])
with Listener(int(sys.argv[2]), reclaim_name=True) as listener:
    assert not os.get_inheritable(listener.fileno())
    with listener.accept(30) as stream:
        stream.send_all(b"after exec: " + stream.recv(100))
print(os.path.exists(path))
"""


def test_a_program_gets_its_listener_back_after_exec(path: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    run = "import runpy, sys; runpy.run_path(sys.argv.pop(1))"
    with python(run, str(program), str(path)) as process:
        with connect(path, timeout=PATIENCE, wait_for_server=True) as client:
            client.send_all(b"hello")
            assert client.recv(100) == b"after exec: hello"
        assert finish(process).strip() == "False"
    assert os.listdir(path.parent) == []
