"""No call raises SIGPIPE, whose default action ends the process, under any disposition."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support import ROOT, finish, python


@pytest.mark.parametrize(
    ("create", "send"),
    [
        ("local_socket.pair", "send_all(b'x')"),
        ("local_socket.pair", "send_vectored([b'x'])"),
        ("unnamed_pipe.pipe", "send_all(b'x')"),
        ("unnamed_pipe.pipe", "send_vectored([b'x'])"),
    ],
)
@pytest.mark.parametrize("disposition", ["SIG_DFL", "SIG_IGN", "default_int_handler"])
def test_sigpipe_is_never_raised(create: str, send: str, disposition: str) -> None:
    code = f"""
import signal
from interprocess import local_socket, unnamed_pipe
signal.signal(signal.SIGPIPE, signal.{disposition})
sending, receiving = {create}()
receiving.close()
try:
    sending.{send}
except BrokenPipeError:
    print("broken pipe")
"""
    completed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        timeout=60,
        check=False,
    )
    assert (completed.returncode, completed.stdout.strip()) == (0, b"broken pipe"), completed.stderr


@pytest.mark.parametrize("adopted", ["stream", "listener", "nothing"])
def test_sigpipe_is_not_raised_by_what_was_adopted_or_accepted(adopted: str) -> None:
    code = f"""
import signal, socket
from interprocess.local_socket import Stream, connect, listen
from interprocess.os.unix.local_socket import Listener
from interprocess.local_socket import Name
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
if {adopted!r} == "stream":
    sending, peer = socket.socketpair()
    stream = Stream(sending.detach())
else:
    first = listen(Name.unique(), reclaim_name=False)
    name = first.name
    listener = Listener(first.detach()) if {adopted!r} == "listener" else first
    peer = connect(name)
    stream = listener.accept()
    if not name.is_abstract():
        import os
        os.unlink(name.address)
peer.close()
try:
    stream.send_all(b"x")
except BrokenPipeError:
    print("broken pipe", flush=True)
"""
    with python(code) as process:
        assert finish(process).strip() == "broken pipe"


@pytest.mark.parametrize("create", ["unnamed_pipe.pipe", "local_socket.pair"])
def test_sigpipe_is_not_raised_in_another_thread(create: str) -> None:
    """Some systems send it to the process, of which any thread may take it."""
    code = f"""
import signal, threading
from interprocess import local_socket, unnamed_pipe
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
sending, receiving = {create}()
receiving.close()
threading.Thread(target=threading.Event().wait, daemon=True).start()
try:
    sending.send_all(b"x")
except BrokenPipeError:
    print("broken pipe", flush=True)
"""
    with python(code) as process:
        assert finish(process).strip() == "broken pipe"
