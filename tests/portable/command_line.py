"""Runs the command line as users run it, for the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Union

from interprocess.local_socket import Name, Stream, connect
from tests.support import PATIENCE, ROOT

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}

Standard = Union[int, IO[bytes]]


@contextmanager
def command(
    *arguments: str, stdin: Standard = subprocess.PIPE, stdout: Standard = subprocess.PIPE
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `interprocess` with ARGUMENTS, and see that it ends with the context."""
    # A runner that starts tests in the background may make us ignore Ctrl-C, and a child ignores
    # what its parent does; but not what its parent handles.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "interprocess", *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def argument(name: Name) -> str:
    """Return what `connect()` takes for this name: without the @ of an abstract one."""
    return str(name).lstrip("@").replace("\\\\.\\pipe\\", "") if name.is_namespaced() else str(name)


def python_command(code: str) -> str:
    """Return what `--exec` takes to run CODE, in which there are no double quotes."""
    return f'"{sys.executable}" -c "{code}"'


def wait_until_listening(name: Name) -> None:
    """Wait until there is a listener with the name of a path, without being its client."""
    deadline = time.monotonic() + PATIENCE
    while not _is_there(name):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _is_there(name: Name) -> bool:
    if sys.platform != "win32":
        return os.path.exists(name.address)
    from interprocess.os.windows._calls import pipes

    try:
        pipes.wait_named_pipe(name.path, 1)
    except FileNotFoundError:
        return False
    return True


def connected(name: Name) -> Stream:
    """Connect as soon as there is a listener."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            stream = connect(name, timeout=PATIENCE)
        except (FileNotFoundError, ConnectionRefusedError):
            assert time.monotonic() < deadline
            time.sleep(0.001)
        else:
            stream.set_recv_timeout(PATIENCE)
            stream.set_send_timeout(PATIENCE)
            return stream


def ended(process: subprocess.Popen[bytes], data: bytes | None = None) -> tuple[int, bytes, str]:
    """Give a process the rest of its input, and return its status, output and complaints."""
    output, errors = process.communicate(data, timeout=PATIENCE)
    return process.returncode, output, errors.decode().replace("\r\n", "\n")


def close_input(process: subprocess.Popen[bytes]) -> None:
    """End the standard input of a process."""
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None


def send_until_refused(stream: Stream) -> None:
    """Send without end, and see that this becomes an error."""
    try:
        while True:
            stream.send_all(bytes(100_000))
    except (BrokenPipeError, ConnectionResetError):
        pass
