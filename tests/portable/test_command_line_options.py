"""Options that several commands have: `--messages`, `--progress`, how long to wait, for whom."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from interprocess._command_line.conversion import framing_named
from interprocess._command_line.framing_names import FRAMINGS
from interprocess.local_socket import Name, listen
from interprocess.messages import LengthPrefix, MessageStream, MultiprocessingFraming
from tests.portable.command_line import (
    argument,
    close_input,
    command,
    connected,
    ended,
    python_command,
    send_until_refused,
)
from tests.support import PATIENCE, Running

if TYPE_CHECKING:
    Process = subprocess.Popen[bytes]

HAS_BREAKS = "a message had a newline in it"


@contextmanager
def connecting(
    name: Name, *options: str
) -> Iterator[tuple[MessageStream, subprocess.Popen[bytes]]]:
    with listen(name) as listener, command("connect", *options, argument(name)) as process:
        with listener.accept(PATIENCE) as stream:
            stream.set_recv_timeout(PATIENCE)
            stream.set_send_timeout(PATIENCE)
            yield MessageStream(stream, LengthPrefix()), process


@pytest.mark.parametrize("framing", FRAMINGS)
def test_lines_become_messages_and_messages_lines(name: Name, framing: str) -> None:
    with command("listen", "--messages", framing, argument(name)) as process:
        with connected(name) as stream:
            messages = MessageStream(stream, framing_named(framing))
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"one\n\nthe third")
            process.stdin.flush()
            assert [messages.recv() for _ in range(2)] == [b"one", b""]
            messages.send_many([b"four", b"", b"six"])
            assert process.stdout.read(10) == b"four\n\nsix\n"
            close_input(process)  # The end of the input is the end of its last line.
            assert messages.recv() == b"the third"
        assert ended(process) == (0, b"", "")


def test_messages_may_end_with_nul_on_the_standard_streams(name: Name) -> None:
    with connecting(name, "--messages", "length", "--null") as (messages, process):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"two\nlines\0next\0")
        process.stdin.flush()
        assert [messages.recv() for _ in range(2)] == [b"two\nlines", b"next"]
        messages.send(b"two\nlines")
        assert process.stdout.read(10) == b"two\nlines\0"
        close_input(process)
        messages.close()
        assert ended(process) == (0, b"", "")


def test_a_message_with_a_newline_is_written_and_told(name: Name) -> None:
    with connecting(name, "--messages", "length") as (messages, process):
        close_input(process)
        messages.send(b"two\nlines")
        messages.close()
        status, output, errors = ended(process)
    assert (status, output) == (1, b"two\nlines\n")
    assert errors.startswith(f"interprocess connect: {HAS_BREAKS}")


def test_a_message_that_is_not_whole_is_told(name: Name) -> None:
    with connecting(name, "--messages", "length") as (messages, process):
        close_input(process)
        messages.send(b"whole")
        messages.stream.send_all(b"\0\0\0\5not")
        messages.close()
        status, output, errors = ended(process)
    assert (status, output) == (1, b"whole\n")
    assert errors == (
        "interprocess connect: invalid data from the peer: "
        "it ends inside a message, which is left out\n"
    )


def test_what_is_no_message_is_refused(name: Name) -> None:
    with connecting(name, "--messages", "length") as (messages, process):
        close_input(process)
        messages.send(b"good")
        messages.stream.send_all(b"\xff" * 4)
        send_until_refused(messages.stream)
        messages.close()
        status, output, errors = ended(process)
    assert (status, output) == (1, b"good\n")
    assert "invalid data from the peer: a message of 4,294,967,295 bytes or more" in errors


def test_a_line_that_no_message_can_be(name: Name) -> None:
    with command("listen", "--messages", "length1", argument(name)) as process:
        with connected(name) as stream:
            assert process.stdin is not None
            process.stdin.write(b"short\n" + b"x" * 256 + b"\nnever sent\n")
            process.stdin.flush()
            messages = MessageStream(stream, LengthPrefix(1))
            assert messages.recv() == b"short"
            if messages.recv() is not None:  # A pipe has no half-close.
                pytest.fail("that was no message")
        status, _, errors = ended(process)
    assert status == 1
    assert errors.startswith("interprocess listen: standard input: ")


def test_the_next_client_gets_whole_messages(name: Name) -> None:
    with command(
        "listen", "--keep-open", "--messages", "multiprocessing", argument(name)
    ) as server:
        assert server.stdin is not None
        sizes = [1_000_000, 900_000, 5]
        for size in sizes:
            server.stdin.write(b"x" * size + b"\n")
            server.stdin.flush()
            if size == 1_000_000:
                with connected(name) as stream:  # It takes a part of the first one.
                    stream.recv_exactly(100_000)
        with connected(name) as stream:
            messages = MessageStream(stream, MultiprocessingFraming())
            received = [len(messages.recv() or b"") for _ in sizes]
        assert received == sizes


def test_a_command_that_speaks_lines(name: Name) -> None:
    echo = python_command(
        "import sys; [print(line.strip()[::-1], flush=True) for line in sys.stdin]"
    )
    with command("listen", "--messages", "length", "--exec", echo, argument(name)) as process:
        with connected(name) as stream:
            messages = MessageStream(stream, LengthPrefix())
            for word in (b"abc", b"xyz"):
                messages.send(word)
                assert (messages.recv() or b"").strip() == word[::-1]
        process.wait(PATIENCE)


@pytest.mark.parametrize("framing", ["length3", "", "line", "length:lines"])
def test_unknown_framings(framing: str) -> None:
    with command("connect", "--messages", framing, "x") as process:
        status, _, errors = ended(process)
    assert status == 2
    assert f"argument --messages: {framing!r} is none of lines, null, length" in errors


def test_progress_is_told_at_the_end(name: Name) -> None:
    with listen(name) as listener, command("connect", "--progress", argument(name)) as process:
        with listener.accept(PATIENCE) as stream:
            ending = Running(lambda: ended(process, bytes(3 << 20)))
            assert stream.recv_exactly(3 << 20) == bytes(3 << 20)
            stream.send_all(bytes(500))
        status, _, errors = ending.result()
    assert status == 0
    assert re.fullmatch(r"sent 3\.0 MiB, received 500 B, [\d.]+ \w+/s, 0:\d\d:\d\d\n", errors)


def test_connect_waits_for_a_server(name: Name) -> None:
    with command("connect", "--wait-for-server", argument(name)) as process:
        assert process.stdin is not None
        process.stdin.write(b"early")
        process.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        with listen(name) as listener, listener.accept(PATIENCE) as stream:
            assert stream.recv_exactly(5) == b"early"
        assert ended(process) == (0, b"", "")


@pytest.mark.parametrize("command_line", [["connect", "--wait-for-server"], ["listen"]])
def test_waiting_has_an_end(name: Name, command_line: list[str]) -> None:
    with command(*command_line, "--timeout", "0.2", argument(name)) as process:
        status, output, errors = ended(process)
    assert (status, output) == (1, b"")
    assert errors.startswith(f"interprocess {command_line[0]}: ")
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("words", [["connect"], ["listen"], ["proxy", "x"]])
def test_one_says_either_this_user_or_any(words: list[str]) -> None:
    with command(*words, "--current-user-only", "--any-user", "x") as process:
        status, _, errors = ended(process)
    assert status == 2
    assert "not allowed with" in errors
