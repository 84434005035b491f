"""`interprocess listen --exec`: a command with a connection as its standard input and output."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from interprocess.local_socket import Name, Shutdown, Stream
from tests.portable.command_line import (
    argument,
    command,
    connected,
    ended,
    python_command,
    send_until_refused,
)
from tests.support import PATIENCE, Running

#: More than fits into any pipe or socket.
MUCH = os.urandom(1000) * 3000

NOT_ALL_RECEIVED = "the client has left, or receives no more: not all output was delivered\n"

ECHO = python_command(
    "import os, sys; "
    "[sys.stdout.buffer.write(data) for data in iter(lambda: os.read(0, 65536), b'')]"
)

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="a pipe has no half-close")


def receive_all(stream: Stream) -> bytes:
    with stream.makefile("rb") as file:
        data: bytes = file.read()
        return data


@pytest.mark.parametrize("keep_open", [False, True])
def test_a_command_that_is_not_there(name: Name, keep_open: bool, tmp_path: Path) -> None:
    options = ["--keep-open"] if keep_open else []
    missing = "no-such-command-anywhere"
    for words in (missing, f"{missing} -x", str(tmp_path / "missing")):
        with command("listen", *options, "--exec", words, argument(name)) as server:
            status, output, errors = ended(server)
        assert (status, output) == (127, b"")
        assert errors == f"interprocess listen: {words.split(' ')[0]}: command not found\n"
    assert not os.path.exists(str(name))


@unix_only
def test_a_command_that_is_no_program(name: Name, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.touch()
    with command("listen", "--exec", str(program), argument(name)) as server:
        assert ended(server)[0] == 126
    program.write_text("what no system runs")
    program.chmod(0o700)
    with command("listen", "--exec", str(program), argument(name)) as server:
        connected(name).close()
        status, _, errors = ended(server)
    assert status == 126
    assert str(program) in errors


@unix_only
def test_everything_goes_through(name: Name) -> None:
    with command("listen", "--exec", ECHO, argument(name)) as server:
        with connected(name) as stream:

            def send() -> None:
                stream.send_all(MUCH)
                stream.shutdown(Shutdown.SEND)

            sending = Running(send)
            assert receive_all(stream) == MUCH
            sending.result()
        assert ended(server) == (0, b"", "")


def test_the_output_arrives_whole_when_the_command_ends(name: Name) -> None:
    code = "import sys; sys.stdout.buffer.write(bytes(3000000)); sys.exit(5)"
    with command("listen", "--exec", python_command(code), argument(name)) as server:
        with connected(name) as stream:
            assert receive_all(stream) == bytes(3000000)
        assert ended(server) == (5, b"", "")


def test_the_command_ends_while_the_client_waits(name: Name) -> None:
    with command("listen", "--exec", python_command("exit(4)"), argument(name)) as server:
        with connected(name) as stream:
            assert stream.recv(1) == b""
            assert ended(server) == (4, b"", "")


def test_input_that_the_command_does_not_want(name: Name) -> None:
    code = "import os; os.write(1, os.read(0, 10))"
    with command("listen", "--exec", python_command(code), argument(name)) as server:
        with connected(name) as stream:
            sending = Running(lambda: stream.send_all(MUCH))
            assert stream.recv_exactly(10) == MUCH[:10]
            with pytest.raises((BrokenPipeError, ConnectionResetError)):
                sending.result()
        assert ended(server) == (0, b"", "")


def test_the_client_leaves_before_the_output(name: Name) -> None:
    code = "import sys; sys.stdout.buffer.write(bytes(3000000))"
    with command("listen", "--exec", python_command(code), argument(name)) as server:
        with connected(name) as stream:
            assert stream.recv_exactly(10) == bytes(10)
        status, output, errors = ended(server)
        assert status != 0
        assert output == b""
        assert errors.endswith(f"interprocess listen: {NOT_ALL_RECEIVED}")  # After Python's own.


@unix_only
def test_the_command_closes_its_output_and_goes_on(name: Name, tmp_path: Path) -> None:
    path = tmp_path / "received"
    code = (
        "import os, pathlib; os.close(1); "
        f"pathlib.Path('{path}').write_bytes(b''.join(iter(lambda: os.read(0, 65536), b'')))"
    )
    with command("listen", "--exec", python_command(code), argument(name)) as server:
        with connected(name) as stream:
            assert stream.recv(1) == b""
            stream.send_all(MUCH)
            stream.shutdown(Shutdown.SEND)
            assert ended(server) == (0, b"", "")
    assert path.read_bytes() == MUCH


@unix_only
def test_the_command_closes_its_input_and_goes_on(name: Name) -> None:
    code = (
        "import os, time; os.close(0); os.write(1, b'no more'); "
        "time.sleep(0.5); os.write(1, b' output')"
    )
    with command("listen", "--exec", python_command(code), argument(name)) as server:
        with connected(name) as stream:
            assert stream.recv_exactly(7) == b"no more"
            with pytest.raises(BrokenPipeError):
                stream.send_all(MUCH)
            assert stream.recv_exactly(7) == b" output"
        assert ended(server)[0] == 0


@unix_only
def test_a_signal_ends_the_command(name: Name) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with command("listen", "--exec", python_command(code), argument(name)) as server:
        connected(name).close()
        assert ended(server)[0] == 128 + 9


def test_clients_that_leave_do_not_end_the_server(name: Name) -> None:
    greet = python_command("import sys; print('hello ' + sys.stdin.readline())")
    with command("listen", "--keep-open", "--exec", greet, argument(name)) as server:
        for _ in range(3):
            connected(name).close()
            with connected(name) as stream:
                stream.send_all(b"x")
        waiting = [connected(name) for _ in range(3)]  # Several at a time.
        with connected(name) as stream:
            stream.send_all(b"world\n")
            assert stream.recv_exactly(11) == b"hello world"
        for stream in waiting:
            stream.close()
        assert server.poll() is None


def test_the_number_of_clients_is_bounded(name: Name) -> None:
    greet = python_command("print('hello', flush=True); input()")
    with command(
        "listen", "--keep-open", "--max-clients", "1", "--exec", greet, argument(name)
    ) as server:
        with connected(name) as first, connected(name) as second:
            assert first.recv_exactly(5) == b"hello"
            second.set_recv_timeout(0.3)
            with pytest.raises(TimeoutError):
                second.recv(1)
            first.close()
            second.set_recv_timeout(PATIENCE)
            assert second.recv_exactly(5) == b"hello"
        assert server.poll() is None


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--max-clients", "0"], "'0' is not a whole number"),
        (["--max-clients", "many"], "'many' is not a whole number"),
        (["--exec", "'"], "No closing quotation"),
    ],
)
def test_wrong_options(words: list[str], complaint: str) -> None:
    if sys.platform == "win32" and "'" in words:
        pytest.skip("there, programs split their command lines")
    with command("listen", *words, "x", stdin=subprocess.DEVNULL) as server:
        status, _, errors = ended(server)
    assert status == 2
    assert complaint in errors


def test_output_that_no_message_can_be(name: Name) -> None:
    code = python_command(
        "import os; os.write(1, b'short' + bytes([10]) + b'x' * 256 + bytes([10]))"
    )
    with command("listen", "--messages", "length1", "--exec", code, argument(name)) as server:
        with connected(name) as client:
            assert client.recv_exactly(6) == b"\5short"
            assert client.recv(1) == b""
        status, _, errors = ended(server)
    assert status != 0
    assert "the command's output: " in errors


def test_data_for_a_command_that_is_no_message(name: Name) -> None:
    with command("listen", "--messages", "length", "--exec", ECHO, argument(name)) as server:
        with connected(name) as client:
            client.send_all(b"\xff" * 4)
            send_until_refused(client)
        status, _, errors = ended(server)
    assert status == 1
    assert "invalid data from the client: " in errors
