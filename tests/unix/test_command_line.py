"""The command line on Unix: signals, standard streams of all kinds, other programs as peers."""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from interprocess.local_socket import Name, Shutdown, listen
from tests.portable.command_line import (
    ENVIRONMENT,
    argument,
    command,
    connected,
    ended,
    python_command,
    wait_until_listening,
)
from tests.support import PATIENCE, Running, unique_name

#: More than fits into any pipe or socket.
MUCH = os.urandom(1000) * 3000

SIGNALS = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.fixture
def path() -> Name:
    """The name of a path."""
    return unique_name("path")


def shell(text: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Run TEXT with bash, in which $I is our command line, $1 and so on the ARGUMENTS."""
    environment = {**ENVIRONMENT, "I": f"{sys.executable} -m interprocess"}
    return subprocess.Popen(
        ["bash", "-c", text, "bash", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("serving", [False, True])
@pytest.mark.parametrize(
    "options",
    [[], ["-k"], ["-e", python_command("input()")], ["-k", "-e", python_command("input()")]],
    ids=["once", "keep-open", "exec", "exec, keep-open"],
)
def test_signals_leave_nothing(
    path: Name, number: signal.Signals, serving: bool, options: list[str]
) -> None:
    with command("listen", *options, argument(path)) as process:
        if serving:
            with connected(path):
                time.sleep(0.1)  # Wherever it is by then.
                process.send_signal(number)
                status, _, errors = ended(process)
        else:
            wait_until_listening(path)
            process.send_signal(number)
            status, _, errors = ended(process)
    assert status == SIGNALS[number]
    # The commands may say that they were interrupted; nothing else is said.
    assert "interprocess" not in errors.replace(str(path), "")
    assert not os.path.exists(path.address)


def test_a_signal_ends_the_command(path: Name, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        "import os, pathlib, time; "
        f"pathlib.Path('{note}.new').write_text(str(os.getpid())); "
        f"os.rename('{note}.new', '{note}'); time.sleep(100)"
    )
    with command("listen", "-k", "-e", python_command(code), argument(path)) as process:
        with connected(path):
            while not note.exists():
                time.sleep(0.001)
            process.terminate()
            assert ended(process)[0] == 143
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_an_ignored_signal_stays_ignored(path: Name) -> None:
    process = shell("trap '' HUP; exec $I listen -k $1", argument(path))
    try:
        wait_until_listening(path)
        process.send_signal(signal.SIGHUP)
        time.sleep(0.1)
        with connected(path) as stream:
            stream.send_all(b"served")
        assert process.stdout is not None
        assert process.stdout.read(6) == b"served"
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


@pytest.mark.parametrize("redirection", ["<&-", "</dev/null", "<$2", "< <(cat $2)"])
@pytest.mark.parametrize("side", ["listen", "connect"])
def test_input_of_all_kinds(path: Name, side: str, redirection: str, tmp_path: Path) -> None:
    file = tmp_path / "input"
    file.write_bytes(MUCH)
    with listen(path) if side == "connect" else contextlib.nullcontext() as listener:
        process = shell(f"exec $I {side} $1 {redirection}", argument(path), str(file))
        with listener.accept(PATIENCE) if listener else connected(path) as stream:
            stream.shutdown(Shutdown.SEND)
            with stream.makefile("rb") as received:
                assert received.read() == (MUCH if "$2" in redirection else b"")
        assert ended(process) == (0, b"", "")


def test_an_input_whose_writer_never_ends(path: Name) -> None:
    receiver, sender = os.pipe()
    try:
        with command("listen", argument(path), stdin=receiver) as process:
            with connected(path) as stream:
                stream.send_all(b"hello")
            assert ended(process) == (0, b"hello", "")
    finally:
        os.close(receiver)
        os.close(sender)


def test_streams_in_nonblocking_mode(path: Name) -> None:
    """As other programs leave terminals and pipes that they share with ours."""
    input_receiver, input_sender = os.pipe()
    output_receiver, output_sender = os.pipe()
    for number in (input_receiver, output_sender):
        os.set_blocking(number, False)
    with command("listen", argument(path), stdin=input_receiver, stdout=output_sender) as process:
        os.close(input_receiver)
        os.close(output_sender)
        with connected(path) as stream, open(output_receiver, "rb") as output:

            def send() -> None:
                stream.send_all(MUCH)
                stream.shutdown(Shutdown.SEND)

            sending = Running(send)
            time.sleep(0.1)  # Its output is full, and its input empty.
            with open(input_sender, "wb") as standard_input:
                standard_input.write(b"late")
            assert output.read() == MUCH
            sending.result()
            assert stream.recv_exactly(4) == b"late"
            assert stream.recv(1) == b""
        assert process.wait(PATIENCE) == 0


def test_a_terminal(path: Name) -> None:
    keyboard, terminal = pty.openpty()
    try:
        with command("connect", argument(path), stdin=terminal, stdout=terminal) as process:
            pass
        with listen(path) as listener:
            with command("connect", argument(path), stdin=terminal, stdout=terminal) as process:
                with listener.accept(PATIENCE) as stream:
                    os.write(keyboard, b"typed\n\x04")
                    assert stream.recv(100) == b"typed\n"
                    assert stream.recv(1) == b""
                    stream.send_all(b"shown")
                assert process.wait(PATIENCE) == 0
        shown = b""
        while b"shown" not in shown:
            shown += os.read(keyboard, 100)
    finally:
        os.close(keyboard)
        os.close(terminal)


def test_closed_output_is_an_error(path: Name) -> None:
    process = shell("exec $I listen $1 >&-", argument(path))
    with connected(path) as stream:
        with pytest.raises(BrokenPipeError):
            stream.send_all(MUCH)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert errors.decode().startswith("interprocess listen: standard output: Bad file descriptor")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_is_an_error(path: Name) -> None:
    process = shell("exec $I listen $1 >/dev/full", argument(path))
    with connected(path) as stream:
        stream.send_all(b"x")
        stream.shutdown(Shutdown.SEND)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert b"No space left" in errors


OTHERS = {
    "socat": ("socat - UNIX-LISTEN:$1", "socat - UNIX-CONNECT:$1"),
    "ncat": ("ncat -lU $1", "ncat -U $1"),
    "nc": ("nc -lNU $1", "nc -NU $1"),
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("ours", ["listen", "connect"])
@pytest.mark.parametrize("sizes", [(0, 1), (1, 0), (1, 1)])
def test_other_programs_are_peers(
    path: Name, other: str, ours: str, sizes: tuple[int, int], tmp_path: Path
) -> None:
    if shutil.which(other) is None:
        pytest.skip(f"{other} is not installed")
    if (
        other == "nc"
        and b"-U" not in subprocess.run(["nc", "-h"], capture_output=True, check=False).stderr
    ):
        pytest.skip("nc knows no local sockets")
    if ours == "connect" and other != "socat" and sizes[0]:
        pytest.skip(f"a server of {other} ends when its client has sent all")
    servers, clients = OTHERS[other]
    server, client = ("$I listen $1", clients) if ours == "listen" else (servers, "$I connect $1")
    files = [tmp_path / name for name in ("a", "b")]
    for file, size in zip(files, sizes):
        file.write_bytes(MUCH * size)
    first = shell(f"exec {server} <$2", argument(path), str(files[0]))
    receiving = Running(lambda: ended(first))
    wait_until_listening(path)
    second = shell(f"exec {client} <$2", argument(path), str(files[1]))
    assert ended(second)[:2] == (0, MUCH * sizes[0])
    assert receiving.result()[:2] == (0, MUCH * sizes[1])
    if ours == "connect" and other != "socat":
        os.unlink(path.address)  # They leave it.


def test_commands_at_the_descriptor_limit(path: Name) -> None:
    greet = python_command(
        "import sys; sys.stderr = None; print('hello', flush=True); sys.stdin.read()"
    )
    process = shell('ulimit -n 24; exec $I listen -k -e "$2" $1', argument(path), greet)
    try:
        clients = [connected(path) for _ in range(10)]
        assert clients[0].recv_exactly(5) == b"hello"
        clients[-1].set_recv_timeout(0.5)
        with pytest.raises(TimeoutError):
            clients[-1].recv(1)
        clients[-1].set_recv_timeout(PATIENCE)
        for client in clients[:-1]:
            client.close()
        assert clients[-1].recv_exactly(5) == b"hello"
        clients[-1].close()
        assert process.poll() is None
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE)
    lines = errors.decode().splitlines()
    assert any("Too many open files" in line for line in lines)
    assert not any("handlers" in line for line in lines)  # All have ended.
    assert all(line.startswith("interprocess listen: ") for line in lines), lines


@pytest.mark.parametrize("words", ["list", "completion bash", "capabilities"])
@pytest.mark.parametrize("output", [">/dev/full", ">&-"])
def test_what_cannot_be_printed_is_an_error(words: str, output: str) -> None:
    if output == ">/dev/full" and not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    if words == "list" and not sys.platform.startswith("linux"):
        words = "capabilities"
    status, _, errors = ended(shell(f"exec $I {words} {output}"))
    assert status == 1
    (line,) = errors.splitlines()
    assert line.startswith(f"interprocess {words.split()[0]}: ")


def test_a_mode_that_is_not_octal(path: Name) -> None:
    for mode in ("rw", "680"):
        with command("listen", "--mode", mode, argument(path)) as process:
            status, _, errors = ended(process)
        assert status == 2
        assert f"{mode!r} is not an octal number" in errors
