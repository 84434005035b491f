"""Handles that a child process inherits: ends handed to it, its standard handles, listeners."""

from __future__ import annotations

import multiprocessing
import multiprocessing.context
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from interprocess.local_socket import ListenerNonblockingMode, Name, connect, listen
from interprocess.os.windows.local_socket import ListenerOptions
from interprocess.os.windows.named_pipe import PipeListener, PipeListenerOptions, PipeStream
from interprocess.os.windows.security_descriptor import SecurityDescriptor
from interprocess.unnamed_pipe import pipe, share_with_child
from tests.support import PATIENCE, finish, python
from tests.windows.pipes import MESSAGES, unique_path
from tests.windows.wine import lacking_on_wine

assert sys.platform == "win32"

#: A process whose standard output is a pipe, and that has a child.
PARENT = """if True:
    import subprocess, sys
    from interprocess.unnamed_pipe import pipe, share_with_child
    CHILD = '''if True:
        import sys
        from interprocess.unnamed_pipe import Sender
        print("from the child", flush=True)
        print("line:", sys.stdin.readline(), end="", flush=True)
        with Sender(int(sys.argv[1])) as sender:
            sender.send_all(b"through the pipe")
            {more}
    '''
    sender, recver = pipe()
    with recver:
        with sender, share_with_child(sender) as shared:
            command = [sys.executable, "-c", CHILD, *shared.arguments]
            child = subprocess.Popen(command, {redirection}**shared.popen_options)
        print(recver.recv_exactly(16).decode(), flush=True)
        {end}
"""


def test_a_child_has_the_standard_handles_that_are_not_redirected() -> None:
    code = PARENT.format(more="", redirection="", end="child.wait()")
    with python(code, stderr=subprocess.STDOUT) as process:
        assert process.stdin is not None
        process.stdin.write(b"for the child\n")
        process.stdin.flush()
        output = finish(process).splitlines()
    assert sorted(output) == ["from the child", "line: for the child", "through the pipe"]


def test_a_child_that_is_redirected_does_not_keep_the_standard_handles_open() -> None:
    redirection = "stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, "
    waits = "import time; time.sleep(1000)"
    end = "print(child.pid, flush=True)"
    code = PARENT.format(more=waits, redirection=redirection, end=end)
    with python(code) as process:
        began = time.monotonic()
        assert process.stdout is not None
        word, pid = process.stdout.read().split(b"\n", 1)  # To its end.
        assert time.monotonic() - began < PATIENCE
        assert word.strip() == b"through the pipe"
    subprocess.run(["taskkill", "/F", "/PID", pid.decode().strip()], check=False)


def test_the_list_of_handles_has_the_standard_ones() -> None:
    # Wine's children have them also where they are not in the list; Windows' have not.
    sender, recver = pipe()
    with sender, recver, share_with_child(sender) as shared:
        info = shared.popen_options["startupinfo"]
        assert info.dwFlags & subprocess.STARTF_USESTDHANDLES
        standard = {info.hStdInput, info.hStdOutput, info.hStdError}
        (ours,) = map(int, shared.arguments)
        assert {*info.lpAttributeList["handle_list"]} == {ours, *standard}
        # As Popen does it, with all, with its own, and again.
        for _ in range(2):
            assert {*info.copy().lpAttributeList["handle_list"]} == {ours, *standard}
            copy = info.copy()
            copy.hStdInput, copy.hStdOutput, copy.hStdError = 1000, 1004, 1008
            copy.lpAttributeList["handle_list"] += [1000, 1004, 1008]
            assert copy.lpAttributeList["handle_list"] == [ours, 1000, 1004, 1008]


def test_the_information_for_a_child_can_be_used_again() -> None:
    first_sender, first = pipe()
    code = "import sys; from interprocess.unnamed_pipe import Sender; Sender(int(sys.argv[1]))"
    with first, first_sender, share_with_child(first_sender) as shared:
        command = [sys.executable, "-W", "ignore", "-c", code, *shared.arguments]
        for output in (None, subprocess.PIPE):
            child = subprocess.run(command, stdout=output, check=True, **shared.popen_options)
            assert child.returncode == 0


def serve(listener: Any, count: int) -> None:
    """Be a second server, in another process."""
    for _ in range(count):
        with listener.accept() as stream:
            stream.send(f"{os.getpid()}\n".encode())
    print(listener, flush=True)


def test_a_listener_is_handed_to_a_process() -> None:
    name = Name.unique()
    context = multiprocessing.get_context("spawn")
    descriptor = SecurityDescriptor.user_and_administrators()
    options = ListenerOptions(
        name,
        nonblocking=ListenerNonblockingMode.STREAM,
        security_descriptor=descriptor,
    )
    listener = options.create_sync()
    process = context.Process(target=serve_named, args=(listener, str(name)))
    process.start()
    listener.close()
    for _ in range(12):  # More than there are spare instances.
        with connect(name, timeout=PATIENCE) as client:
            assert int(client.makefile("rb").readline()) == process.pid
    process.join(PATIENCE)
    assert process.exitcode == 0


def serve_named(listener: Any, path: str) -> None:
    assert str(listener.name) == path
    assert listener._stream_nonblocking
    serve(listener, 12)


def test_two_processes_serve_one_name() -> None:
    name = Name.unique()
    context = multiprocessing.get_context("spawn")
    with listen(name) as listener:
        process = context.Process(target=serve, args=(listener, 1))
        process.start()
        answers: set[bytes] = set()
        while len(answers) < 2:
            with connect(name, timeout=PATIENCE) as client:
                try:
                    with listener.accept(0.01) as stream:
                        stream.send_all(b"ours\n")
                except TimeoutError:
                    pass
                answers.add(client.makefile("rb").readline())
        process.join(PATIENCE)
        assert answers == {b"ours\n", f"{process.pid}\n".encode()}


@pytest.fixture
def as_if_spawning() -> Iterator[None]:
    """Allow pickling as multiprocessing does while it starts a process."""
    multiprocessing.context.set_spawning_popen(object())  # type: ignore[arg-type]  # its type alone
    yield
    multiprocessing.context.set_spawning_popen(None)


@pytest.mark.usefixtures("as_if_spawning")
def test_a_listener_at_its_limit_has_no_instance_to_hand_over() -> None:
    with PipeListenerOptions(unique_path(), instance_limit=1).create_duplex() as listener:
        with pytest.raises(OSError, match="all 1 instances"):
            pickle.dumps(listener)


@pytest.mark.usefixtures("as_if_spawning")
def test_closed_listeners_are_not_handed_over() -> None:
    listener = listen(Name.unique())
    listener.close()
    with pytest.raises(ValueError, match="closed"):
        pickle.dumps(listener)


def serve_messages(listener: PipeListener) -> None:
    assert listener.options.security_descriptor is not None
    serve(listener, 2)


def test_a_listener_of_messages_serves_in_a_process() -> None:
    descriptor = SecurityDescriptor.user_and_administrators()
    options = PipeListenerOptions(unique_path(), mode=MESSAGES, security_descriptor=descriptor)
    context = multiprocessing.get_context("spawn")
    listener = options.create_send_only()
    process = context.Process(target=serve_messages, args=(listener,))
    process.start()
    listener.close()
    for _ in range(2):
        client = PipeStream.connect_by_path(options.path, recv_mode=MESSAGES, send_mode=None)
        with client:
            assert int(client.recv_msg() or b"") == process.pid
    process.join(PATIENCE)
    assert process.exitcode == 0


@lacking_on_wine("its Python is no virtual environment, and has no launcher: sys.executable runs")
def test_the_launcher_of_a_virtual_environment_keeps_the_ends_open() -> None:
    """Check the documentation of `sys.executable` and `Popen.pid`, and its workaround."""
    if sys.prefix == sys.base_prefix:
        pytest.skip("this is no virtual environment")
    code = "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()"
    for executable, is_it in ((sys.executable, False), (sys._base_executable, True)):  # type: ignore[attr-defined]
        with subprocess.Popen(
            [executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            assert (int(child.stdout.readline()) == child.pid) is is_it
            child.communicate()
