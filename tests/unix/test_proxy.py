"""`interprocess proxy` on Unix: signals, FIFO files, descriptors, clients that leave."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from interprocess.local_socket import Name, Shutdown, listen
from tests.portable.command_line import (
    argument,
    command,
    connected,
    ended,
    send_until_refused,
    wait_until_listening,
)
from tests.support import PATIENCE, Running, eventually, finish, python, unique_name
from tests.unix.test_command_line import SIGNALS, shell

#: More than fits into any pipe or socket.
MUCH = os.urandom(1000) * 3000


@pytest.fixture
def path() -> Name:
    """The name of a path."""
    return unique_name("path")


@pytest.fixture
def place() -> Name:
    """A second one."""
    return unique_name("path")


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("serving", [False, True])
def test_signals_leave_nothing(
    path: Name, place: Name, number: signal.Signals, serving: bool
) -> None:
    with listen(place) as listener:
        with command("proxy", "--grace", "0", argument(path), argument(place)) as process:
            wait_until_listening(path)
            with contextlib.ExitStack() as connections:
                if serving:
                    connections.enter_context(connected(path))
                    connections.enter_context(listener.accept(PATIENCE))
                process.send_signal(number)
                assert ended(process) == (SIGNALS[number], b"", "")
    assert not os.path.exists(path.address)


def test_connections_may_end_after_a_signal(path: Name, place: Name) -> None:
    with listen(place) as listener:
        with command("proxy", argument(path), argument(place)) as process:
            with connected(path) as client, listener.accept(PATIENCE) as server:
                process.terminate()
                assert eventually(lambda: not os.path.exists(path.address))
                sending = Running(lambda: client.send_all(MUCH))
                assert server.recv_exactly(len(MUCH)) == MUCH
                sending.result()
            assert ended(process) == (143, b"", "")


def test_a_second_signal_ends_at_once(path: Name, place: Name) -> None:
    with listen(place) as listener:
        with command("proxy", "--grace", "100", argument(path), argument(place)) as process:
            with connected(path), listener.accept(PATIENCE):
                process.terminate()
                assert eventually(lambda: not os.path.exists(path.address))
                process.send_signal(signal.SIGINT)
                assert ended(process) == (130, b"", "")


def test_the_end_comes_while_the_server_is_waited_for(
    path: Name, place: Name, tmp_path: Path
) -> None:
    options = ["--wait-for-server", "--grace", "0"]
    program = ["-m", "interprocess", "proxy", *options, argument(path), argument(place)]
    trace = tmp_path / "trace"
    attempt = re.compile(rf"connect\(.*{re.escape(argument(place))}.* = -1 ")
    with command("trace", "-o", str(trace), *program) as process:
        with connected(path) as client:
            client.send_all(b"x")
            assert eventually(lambda: attempt.search(trace.read_text("utf-8")) is not None)
            process.terminate()
            assert ended(process) == (143, b"", "")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="nothing else tells")
@pytest.mark.parametrize("leaving", ["client", "server"])
def test_one_that_leaves_silently_is_noticed(path: Name, place: Name, leaving: str) -> None:
    """Neither sends: that a peer has left altogether, and not closed one direction, has to tell."""
    with listen(place) as listener, command("proxy", argument(path), argument(place)) as process:
        with connected(path) as client, listener.accept(PATIENCE) as server:
            count = len(os.listdir(f"/proc/{process.pid}/fd"))
            first, other = (client, server) if leaving == "client" else (server, client)
            first.close()
            assert other.recv(1) == b""
            assert eventually(lambda: len(os.listdir(f"/proc/{process.pid}/fd")) == count - 2)
            with pytest.raises(BrokenPipeError):
                other.send_all(b"nobody is there")


def test_into_a_fifo_file(path: Name, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with command("proxy", "--once", argument(path), f"fifo:{fifo}") as process:
        with connected(path) as client:
            sending = Running(lambda: client.send_all(MUCH))
            with open(fifo, "rb") as reader:
                assert reader.read(len(MUCH)) == MUCH
                sending.result()
                client.shutdown(Shutdown.SEND)
                assert reader.read() == b""
                assert client.recv(1) == b""
        assert ended(process) == (0, b"", "")


def test_lines_of_several_clients_do_not_mix_in_a_fifo_file(path: Name, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    words = ["--messages", "lines", argument(path), f"fifo:{fifo}"]
    with command("proxy", *words), open(fifo, "rb", opener=open_at_once) as reader:
        os.set_blocking(reader.fileno(), True)
        clients = [connected(path) for _ in range(4)]
        sent = [letter * 9_999 + b"\n" for letter in (b"a", b"b", b"c", b"d")]
        sending = [
            Running(partial(client.send_all, line * 99)) for client, line in zip(clients, sent)
        ]
        while not (first := reader.readline()):
            time.sleep(0.001)  # No sender has come yet.
        lines = [first, *(reader.readline() for _ in range(4 * 99 - 1))]
        assert sorted(set(lines)) == sent
        for client, running in zip(clients, sending):
            running.result()
            client.close()


def open_at_once(path: str, flags: int) -> int:
    """Open a FIFO file whose sender comes later."""
    return os.open(path, flags | os.O_NONBLOCK)


def test_out_of_a_fifo_file(path: Name, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with command("proxy", "--once", argument(path), f"from-fifo:{fifo}") as process:
        with connected(path) as client, client.makefile("rb") as file:
            client.shutdown(Shutdown.SEND)
            time.sleep(0.5)  # No sender comes for longer than one look takes.
            writing = Running(lambda: fifo.write_bytes(MUCH))
            assert file.read() == MUCH
            writing.result()
        assert ended(process) == (0, b"", "")


def test_a_client_that_refuses_what_comes_from_a_fifo_file(path: Name, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with command("proxy", "--once", argument(path), f"from-fifo:{fifo}") as process:
        with connected(path) as client:
            client.shutdown(Shutdown.RECV)
            with pytest.raises(BrokenPipeError):
                fifo.write_bytes(MUCH)
            status, _, errors = ended(process)
    assert status == 1
    (line,) = errors.splitlines()
    assert line.endswith("not all that the target sent was delivered")


def test_what_cannot_be_sent_into_a_fifo_file(path: Name, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with command("proxy", "--once", argument(path), f"fifo:{fifo}") as process:
        with connected(path) as client:
            with open(fifo, "rb"):
                client.send_all(b"x")
            send_until_refused(client)
        status, _, errors = ended(process)
    assert status == 1
    assert "not all that the client sent was delivered" in errors


def test_what_is_no_fifo_file(path: Name, tmp_path: Path) -> None:
    for target in (tmp_path, tmp_path / "missing"):
        with command("proxy", "--once", argument(path), f"fifo:{target}") as process:
            with connected(path) as client:
                assert client.recv(1) == b""
            status, _, errors = ended(process)
        assert status == 1
        assert str(target) in errors


@pytest.mark.parametrize(
    ("limit", "option", "number_of_clients"),
    # One of the last two runs out of descriptors between accepting and connecting.
    [(50, "", 40), (30, "--max-clients 100", 12), (31, "--max-clients 100", 12)],
)
def test_clients_beyond_the_descriptor_limit_wait(
    path: Name, place: Name, limit: int, option: str, number_of_clients: int
) -> None:
    with listen(place) as listener:
        words = f"ulimit -n {limit}; exec $I proxy {option} $1 $2"
        process = shell(words, argument(path), argument(place))
        try:
            clients = [connected(path) for _ in range(number_of_clients)]
            for number, client in enumerate(clients):
                client.send_all(b"%2d" % number)
            seen = set()
            for _ in clients:  # Those that wait are served when others have left.
                with listener.accept(PATIENCE) as server:
                    number = int(server.recv_exactly(2))
                seen.add(number)
                assert clients[number].recv(1) == b""
                clients[number].close()
            assert seen == set(range(number_of_clients))
            assert process.poll() is None
        finally:
            process.terminate()
            assert ended(process)[0] == 143


def test_a_killed_client_is_told(path: Name, place: Name) -> None:
    with listen(place) as listener:
        with command("proxy", "--once", argument(path), argument(place)) as process:
            wait_until_listening(path)
            with command("connect", argument(path)) as client:
                with listener.accept(PATIENCE) as server:
                    sending = Running(lambda: server.send_all(MUCH * 10))
                    assert client.stdout is not None
                    client.stdout.read(10)
                    client.kill()
                    with pytest.raises((BrokenPipeError, ConnectionResetError)):
                        sending.result()
            status, _, errors = ended(process)
    assert status == 1
    assert "the client has left" in errors


def test_a_command_that_no_system_runs(path: Name, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("not a program")
    program.chmod(0o700)
    with command("proxy", "--once", argument(path), f"exec:{program}") as process:
        with connected(path) as client:
            assert client.recv(1) == b""
        status, _, errors = ended(process)
    assert status == 126
    assert str(program) in errors


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (["--current-user-only"], ["tcp:0", "x"]),
        (["--current-user-only"], ["x", "tcp:1"]),
        (["--mode", "600"], ["tcp:0", "x"]),
        (["--overwrite", "always"], ["tcp:0", "x"]),
    ],
)
def test_what_tcp_does_not_have(option: list[str], words: list[str]) -> None:
    with command("proxy", *option, *words, stdin=subprocess.DEVNULL) as process:
        status, _, errors = ended(process)
    assert status == 1
    assert errors.startswith(f"interprocess proxy: {option[0]}")


def test_a_taken_port(place: Name) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with command("proxy", f"tcp:{port}", argument(place), stdin=subprocess.DEVNULL) as process:
            status, _, errors = ended(process)
    assert status == 1
    assert f"tcp:127.0.0.1:{port}" in errors


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_other_users_are_turned_away(path: Name, place: Name) -> None:
    """At a path that its mode opens to them."""
    code = (
        "import os, socket, sys; os.setuid(65534); s = socket.socket(socket.AF_UNIX);"
        "s.connect(sys.argv[1]); print(s.recv(100))"
    )
    os.chmod(os.path.dirname(path.address), 0o755)
    with listen(place) as listener:
        for option, answer in (("--any-user", "b'hello'"), ("--current-user-only", "b''")):
            words = [option, "--mode", "666", argument(path), argument(place)]
            with command("proxy", *words):
                wait_until_listening(path)
                with python(code, argument(path)) as stranger:
                    if option == "--any-user":
                        with listener.accept(PATIENCE) as server:
                            server.send_all(b"hello")
                    assert finish(stranger).strip() == answer
