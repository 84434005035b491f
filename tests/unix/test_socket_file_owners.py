"""Which of several processes that share a listener removes the socket file."""

from __future__ import annotations

import multiprocessing
import multiprocessing.reduction
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from interprocess.local_socket import Listener, connect, listen
from interprocess.unnamed_pipe import share_with_child
from tests.support import PATIENCE, ROOT, finish, python


def ask(path: Path, question: bytes = b"?") -> bytes:
    with connect(path, timeout=PATIENCE) as client:
        client.set_recv_timeout(PATIENCE)
        client.send_all(question)
        return client.recv(100)


def in_a_child(path: Path) -> bool:
    """Return whether the server is another process."""
    return ask(path) != b"%d" % os.getpid()


SERVE = """
    with listener.accept(timeout=30) as stream:
        stream.recv(1)
        stream.send_all(b"%d" % os.getpid())
    CLOSE
    os._exit(0)
"""

FORK = """
import os, sys
from interprocess.local_socket import listen
"""

#: Ways in which the parent of a daemon exits; the child continues.
PARENTS = {
    "sys.exit": """
listener = listen(sys.argv[1])
if os.fork():
    sys.exit()
""",
    "os._exit": """
listener = listen(sys.argv[1])
if os.fork():
    os._exit(0)
""",
    "out of a with block": """
with listen(sys.argv[1]) as listener:
    if os.fork():
        sys.exit()
    SERVE
""",
    "an error": """
with listen(sys.argv[1]) as listener:
    if os.fork():
        sys.stderr = None
        raise ValueError
    SERVE
""",
    "close": """
listener = listen(sys.argv[1])
if os.fork():
    listener.close()
    sys.exit()
""",
    "having accepted, without closing": """
listener = listen(sys.argv[1])
try:
    listener.accept(timeout=0)
except TimeoutError:
    pass
if os.fork():
    sys.exit()
""",
    "two forks": """
listener = listen(sys.argv[1])
if os.fork():
    sys.exit()
os.setsid()
if os.fork():
    sys.exit()
""",
    "handed over by a server": """
listener = listen(sys.argv[1])
try:
    listener.accept(timeout=0)
except TimeoutError:
    pass
if os.fork():
    listener.keep_name()
    sys.exit()
listener.reclaim_name_on_drop()
""",
}


@pytest.mark.parametrize("last", ["listener.close()", "del listener"])
@pytest.mark.parametrize("leaves", PARENTS)
def test_a_daemon_keeps_its_file_and_removes_it(leaves: str, last: str, path: Path) -> None:
    parent = PARENTS[leaves]
    serve = SERVE.replace("CLOSE", last)
    if "SERVE" in parent:
        code = FORK + parent.replace("    SERVE", SERVE.replace("CLOSE", "listener.close()"))
    else:
        code = FORK + parent + textwrap.dedent(serve)
    with python(code, str(path), stderr=subprocess.DEVNULL) as process:
        process.wait(PATIENCE)
        assert path.is_socket()
        assert ask(path).isdigit()
        process.communicate(timeout=PATIENCE)  # Until the child has ended too.
    assert os.listdir(path.parent) == []


def test_a_server_that_has_accepted_removes_its_file_whoever_else_has_it(path: Path) -> None:
    pid = os.getpid()
    with listen(path) as listener:
        with connect(path), listener.accept(timeout=PATIENCE):
            pass
        pid = os.fork()
        if pid == 0:
            time.sleep(PATIENCE)
            os._exit(0)
    assert not path.exists()
    os.kill(pid, 9)
    os.waitpid(pid, 0)


def test_a_worker_among_several_leaves_the_file_and_the_last_removes_it(path: Path) -> None:
    code = """if True:
        import os, sys
        from interprocess.local_socket import listen
        listener = listen(sys.argv[1])
        ends = [os.pipe() for _ in range(3)]
        for number, (stop, _) in enumerate(ends):
            if os.fork() == 0:
                os.read(stop, 1)
                listener.close()
                print("closed", number, flush=True)
                os._exit(0)
        listener.close()
        print("ready", flush=True)
        for _, stop in ends:
            sys.stdin.readline()
            os.write(stop, b"x")
        os.wait()
    """
    with python(code, str(path), bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        for number in range(3):
            assert path.is_socket()
            process.stdin.write(b"next\n")
            assert process.stdout.readline() == b"closed %d\n" % number
        process.communicate()
    assert os.listdir(path.parent) == []


def test_a_worker_that_is_closed_while_it_accepts_removes_the_file(path: Path) -> None:
    """The closing that wakes it still finds the socket open."""
    code = """if True:
        import os, signal, sys
        from interprocess.local_socket import listen
        listener = listen(sys.argv[1])
        if os.fork():
            os._exit(0)
        signal.signal(signal.SIGALRM, lambda *arguments: listener.close())
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        for stream in listener:
            pass
        os._exit(0)
    """
    with python(code, str(path)) as process:
        process.communicate(timeout=PATIENCE)
    assert os.listdir(path.parent) == []


def serve_one(listener: Listener) -> None:
    with listener, listener.accept(timeout=PATIENCE) as stream:
        stream.recv(1)
        stream.send_all(b"%d" % os.getpid())


@pytest.mark.leaves_handles
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_multiprocessing_hands_the_file_over(method: str, path: Path) -> None:
    listener = listen(path)
    process = multiprocessing.get_context(method).Process(  # type: ignore[attr-defined]
        target=serve_one, args=(listener,)
    )
    process.start()
    listener.close()
    assert in_a_child(path)
    process.join(PATIENCE)
    assert process.exitcode == 0
    process.close()
    assert os.listdir(path.parent) == []


@pytest.mark.leaves_handles  # The sharer of resources.
def test_who_fetches_a_listener_is_not_misled_by_the_duplicate_it_was_sent_from(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_handle = multiprocessing.reduction.send_handle

    def send_handle_slowly(*arguments: Any) -> None:
        send_handle(*arguments)
        time.sleep(0.1)  # The duplicate is closed after that.

    monkeypatch.setattr(multiprocessing.reduction, "send_handle", send_handle_slowly)
    here, there = multiprocessing.Pipe()
    with here, there:
        listener = listen(path)
        here.send(listener)
        listener.close()
        there.recv().close()
        assert os.listdir(path.parent) == []


ADOPTING = {
    "sync": """if True:
        import os, sys
        from interprocess.local_socket import Listener
        with Listener(int(sys.argv[1])) as listener:
            assert str(listener.name) == sys.argv[2], listener.name
            listener.reclaim_name_on_drop()
            with listener.accept(timeout=30) as stream:
                stream.recv(1)
                stream.send_all(b"%d" % os.getpid())
    """,
    "asyncio": """if True:
        import asyncio, os, sys
        from interprocess.local_socket.asyncio import Listener
        async def main():
            async with Listener(int(sys.argv[1])) as listener:
                assert str(listener.name) == sys.argv[2], listener.name
                listener.reclaim_name_on_drop()
                async with await listener.accept() as stream:
                    await stream.recv(1)
                    await stream.send_all(b"%d" % os.getpid())
        asyncio.run(main())
    """,
}


@pytest.mark.parametrize("kind", ADOPTING)
def test_a_program_takes_the_file_over(kind: str, path: Path) -> None:
    with listen(path) as listener, share_with_child(listener) as shared:
        process = python(ADOPTING[kind], *shared.arguments, str(path), **shared.popen_options)
        child = process.__enter__()
    assert path.is_socket()
    assert in_a_child(path)
    finish(child)
    process.__exit__(None, None, None)
    assert os.listdir(path.parent) == []


def test_taking_over_what_no_process_serves(path: Path) -> None:
    listener = listen(path)
    with Listener(listener.detach()) as adopted:
        path.unlink()
        with pytest.raises(FileNotFoundError) as caught:
            adopted.reclaim_name_on_drop()
        assert caught.value.filename == str(path)
    with pytest.raises(ValueError, match="closed"):
        adopted.reclaim_name_on_drop()


def test_taking_over_under_another_name(path: Path) -> None:
    listener = listen(path)
    os.rename(path, path.with_name("renamed"))
    with Listener(listener.detach()) as adopted:
        adopted.reclaim_name_on_drop(type(adopted.name)(os.fsencode(path.with_name("renamed"))))
        assert str(adopted.name) == str(path.with_name("renamed"))
    assert os.listdir(path.parent) == []


def test_changing_ones_mind(path: Path) -> None:
    with listen(path, reclaim_name=False) as listener:
        listener.reclaim_name_on_drop()
        listener.keep_name()
        listener.reclaim_name_on_drop()
    assert os.listdir(path.parent) == []


NESTED = """if True:
    import ctypes, os, sys
    from interprocess.local_socket import listen
    libc = ctypes.CDLL(None, use_errno=True)
    def fork_into_a_new_namespace():
        if libc.unshare(0x20000000):  # CLONE_NEWPID
            print("not permitted")
            os._exit(0)
        return os.fork()
    if fork_into_a_new_namespace() == 0:
        listener = listen(sys.argv[1])
        pid = fork_into_a_new_namespace()
        if pid == 0:
            listener.close()
            os._exit(os.getpid())
        assert os.waitpid(pid, 0)[1] == 1 << 8
        print(os.getpid(), os.path.exists(sys.argv[1]), flush=True)
        listener.close()
        os._exit(0)
    os.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has pid namespaces")
def test_a_child_with_its_parents_pid_leaves_the_file(path: Path) -> None:
    with python(NESTED, str(path)) as process:
        answer = finish(process).strip()
    if answer == "not permitted":
        pytest.skip("this user may not make a pid namespace")
    assert answer == "1 True"
    assert os.listdir(path.parent) == []


BLOCKS = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "daemons.md").read_text("utf-8"), re.DOTALL
)


def test_the_daemon_of_the_guide(path: Path) -> None:
    code = BLOCKS[0].replace('b"from the daemon: "', 'b"%d " % os.getpid()')
    with python(code, str(path)) as process:
        assert process.communicate(timeout=PATIENCE)[0] == b""  # It keeps no standard stream.
    connect(path).close()  # A client that leaves at once ends nothing.
    daemon, answer = ask(path, b"hello").split()
    os.kill(int(daemon), signal.SIGTERM)
    assert answer == b"hello"
    deadline = time.monotonic() + PATIENCE
    while os.listdir(path.parent) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert os.listdir(path.parent) == []


def test_the_program_of_the_guide(path: Path) -> None:
    with python(BLOCKS[1], str(path)) as process:
        process.wait(PATIENCE)
        assert ask(path, b"hello") == b"from the program: hello"
        process.communicate(timeout=PATIENCE)
    assert os.listdir(path.parent) == []


def test_the_rest_of_the_guide_can_be_read() -> None:
    for block in BLOCKS:
        compile(block, "docs/daemons.md", "exec")
