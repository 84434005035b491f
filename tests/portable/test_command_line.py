"""The command line, run as users run it."""

from __future__ import annotations

import json
import signal
import sys

import pytest

from interprocess import capabilities
from interprocess._command_line.main import main
from interprocess.local_socket import Name, Shutdown, UnsupportedError, listen
from tests.portable.command_line import argument, command, connected
from tests.support import PATIENCE, Running


def test_connect_joins_standard_streams(name: Name) -> None:
    with listen(name) as listener, command("connect", argument(name)) as client:
        with listener.accept(PATIENCE) as stream:
            assert client.stdin is not None
            client.stdin.write(b"from standard input")
            client.stdin.flush()
            assert stream.recv_exactly(19) == b"from standard input"
            stream.send_all(b"to standard output")
        output, errors = client.communicate(timeout=PATIENCE)
        assert (client.returncode, output, errors) == (0, b"to standard output", b"")


def test_the_end_of_input_is_passed_on(name: Name) -> None:
    with listen(name) as listener, command("connect", argument(name)):
        with listener.accept(PATIENCE) as stream:
            try:
                stream.shutdown(Shutdown.SEND)
            except UnsupportedError as error:
                pytest.skip(str(error))
        with command("connect", argument(name)) as other, listener.accept(PATIENCE) as stream:
            assert other.stdin is not None
            other.stdin.close()
            other.stdin = None
            assert stream.recv(1) == b""
            stream.send_all(b"still heard")
            stream.shutdown(Shutdown.SEND)
            output, _ = other.communicate(timeout=PATIENCE)
            assert output == b"still heard"


def greeted(name: Name, wanted: int = -1) -> Running[bytes]:
    """Connect as soon as there is a listener; return all received data, or the wanted number of
    bytes.
    """

    def receive() -> bytes:
        with connected(name) as stream, stream.makefile("rb") as file:
            stream.send_all(b"hello\n")
            received: bytes = file.read(wanted)
            return received

    return Running(receive)


def test_listen_serves_one_client(name: Name) -> None:
    with command("listen", argument(name)) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        client = greeted(name, wanted=len(b"and welcome"))
        assert server.stdout.readline().strip() == b"hello"
        server.stdin.write(b"and welcome")
        server.stdin.close()
        server.stdin = None
        assert client.result() == b"and welcome"
        assert server.wait(PATIENCE) == 0


def test_listen_keeps_open(name: Name) -> None:
    with command(
        "listen", "--keep-open", "--exec", f'"{sys.executable}" -c "print(input())"', argument(name)
    ):
        for _ in range(3):
            assert greeted(name).result().strip() == b"hello"


def test_listen_runs_one_command(name: Name) -> None:
    with command(
        "listen", "--exec", f'"{sys.executable}" -c "print(input()); exit(3)"', argument(name)
    ) as server:
        assert greeted(name).result().strip() == b"hello"
        assert server.wait(PATIENCE) == 3


@pytest.mark.parametrize(
    "words", [["connect", "/nowhere/at/all"], ["connect", "x" * 1000], ["connect", ""]]
)
def test_errors_are_one_line(words: list[str]) -> None:
    with command(*words) as process:
        output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (1, b"")
    assert errors.startswith(b"interprocess connect: ")
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["listen"],
        ["listen", "--exec", "", "x"],
        ["connect", "--timeout", "soon", "x"],
    ],
)
def test_wrong_command_lines(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot ask a process to end")
def test_sigterm_leaves_nothing(name: Name) -> None:
    with command("listen", "--keep-open", argument(name)) as process:
        client = greeted(name)
        assert process.stdout is not None
        assert process.stdout.readline() == b"hello\n"
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, errors) == (143, b"")
        client.result()
    with listen(name):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no process SIGINT alone")
def test_ctrl_c_is_quiet(name: Name) -> None:
    with command("listen", "--keep-open", argument(name)) as process:
        client = greeted(name)
        assert process.stdout is not None
        assert process.stdout.readline() == b"hello\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, errors) == (130, b"")
        client.result()


def test_capabilities_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["capabilities"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, status in capabilities.for_target().items():
        (line,) = [line for line in lines if line.split()[0] == name]
        assert line.split()[1] == ("yes" if status.available else "no")


def test_capabilities_of_another_system(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["capabilities", "--target", "macos", "--json"]) == 0
    entries = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert entries["unix"]["available"]
    assert not entries["abstract_ns_ud_socket"]["available"]
    assert "linux" in entries["abstract_ns_ud_socket"]["reason"]


def test_capabilities_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["capabilities", "--matrix"]) == 0
    assert "openbsd" in capsys.readouterr().out.lower()


def test_unknown_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["capabilities", "--target", "nonsense"]) == 1
    assert "macos" in capsys.readouterr().err
