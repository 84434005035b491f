"""Standard streams that are shared with others: their modes, and what they are."""

from __future__ import annotations

import contextlib
import errno
import os
import pty
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.os.unix import _kernel
from tests.portable.asynchronous.test_standard_streams import COPY, END, PRELUDE
from tests.portable.asynchronous.worlds import World
from tests.support import PATIENCE, ROOT, finish, python
from tests.unix.users import NOBODY, ONLY_ROOT

#: Elsewhere nonblocking mode alone keeps a call from waiting.
CALLS_HAVE_A_FLAG = _kernel.SEND_HONOURS_DONTWAIT and _kernel.RECEIVE_HONOURS_DONTWAIT
REOPENED = pytest.mark.skipif(
    not capabilities.available("standard_streams_reopened"), reason="files are not opened again"
)

#: Answers each part in capitals, and says so when it is about to wait.
SHOUT = (
    PRELUDE
    + """
import signal
signal.signal(signal.SIGINT, signal.SIG_DFL)

async def main():
    async with streams.stdin() as source, streams.stdout() as sink:
        receiving = world.start(source.recv, 100)
        await world.settle()
        os.write(report, b"waiting\\n")
        while data := await receiving.result():
            await sink.send_all(data.upper())
            receiving = world.start(source.recv, 100)

report = int(sys.argv[2])
"""
    + END
)

#: Code that makes a process lose the permission to reopen its standard streams.
BECOME_NOBODY = f"""
import {", ".join(["asyncio", "interprocess.os.unix.unnamed_pipe"])}
os.setgid({NOBODY})
os.setuid({NOBODY})
"""


@contextlib.contextmanager
def shouting(world: World, stdin: int, stdout: int, code: str = SHOUT) -> Iterator[Any]:
    """Run the program above until it waits for input."""
    receiving, report = os.pipe()
    with open(receiving, "rb") as reports:
        with python(
            code, world.name, str(report), stdin=stdin, stdout=stdout, pass_fds=[report]
        ) as process:
            os.close(report)
            assert reports.readline() == b"waiting\n"
            yield process


def as_nobody(code: str) -> str:
    """Return CODE with a user change before it runs: then the runtime is imported already."""
    return code.replace("report = int", BECOME_NOBODY + "report = int")


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """A terminal: the side of its user, and that of the programs."""
    user, programs = pty.openpty()
    yield user, programs
    os.close(user)
    os.close(programs)


def said(user: int, text: bytes) -> bytes:
    """Return the output of a terminal up to TEXT."""
    data = b""
    while text not in data:
        data += os.read(user, 1000)
    return data


@REOPENED
def test_a_terminal_stays_as_it_is_whatever_happens(
    world: World, terminal: tuple[int, int]
) -> None:
    user, programs = terminal
    with shouting(world, programs, programs) as process:
        assert os.get_blocking(programs)
        os.write(user, b"hello\n")
        said(user, b"HELLO\r\n")
        assert os.get_blocking(programs)
        process.kill()
        process.wait(PATIENCE)
        assert os.get_blocking(programs)


def test_the_end_of_a_terminals_input(world: World, terminal: tuple[int, int]) -> None:
    user, programs = terminal
    with shouting(world, programs, programs) as process:
        os.write(user, b"\x04")  # Ctrl-D.
        assert process.wait(PATIENCE) == 0


def test_a_terminal_interrupts(world: World, terminal: tuple[int, int]) -> None:
    user, programs = terminal
    code = "import fcntl, os, termios\nos.setsid()\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\n" + SHOUT
    with shouting(world, programs, programs, code) as process:
        os.write(user, b"\x03")  # Ctrl-C.
        assert process.wait(PATIENCE) == -2
    assert os.get_blocking(programs)


@contextlib.contextmanager
def pipes() -> Iterator[tuple[int, int, int, int]]:
    """Two pipes: what a program reads, what feeds it, what it writes, what reads that."""
    source, feed = os.pipe()
    output, sink = os.pipe()
    numbers = (source, feed, sink, output)
    try:
        yield numbers
    finally:
        for number in numbers:
            os.close(number)


@REOPENED
def test_pipes_stay_as_they_are_whatever_happens(world: World) -> None:
    with pipes() as (source, feed, sink, output):
        with shouting(world, source, sink) as process:
            os.write(feed, b"hello")
            assert os.read(output, 100) == b"HELLO"
            assert os.get_blocking(source)
            assert os.get_blocking(sink)
            process.kill()
            process.wait(PATIENCE)
        assert os.get_blocking(source)


@ONLY_ROOT
def test_pipes_that_cannot_be_opened_again_are_given_back(world: World) -> None:
    with pipes() as (source, feed, sink, output):
        with shouting(world, source, sink, as_nobody(SHOUT)) as process:
            os.write(feed, b"hello")
            assert os.read(output, 100) == b"HELLO"
            assert not os.get_blocking(source)
            assert not os.get_blocking(sink)
            with open(os.dup(feed), "wb"):
                os.close(feed)
                null = os.open(os.devnull, os.O_WRONLY)
                if null != feed:
                    os.dup2(null, feed)
                    os.close(null)
            assert process.wait(PATIENCE) == 0
        assert os.get_blocking(source)
        assert os.get_blocking(sink)


def test_what_was_in_nonblocking_mode_stays_so(world: World) -> None:
    with pipes() as (source, feed, sink, output):
        for number in (source, sink):
            os.set_blocking(number, False)
        with shouting(world, source, sink) as process:
            os.write(feed, b"hello")
            assert os.read(output, 100) == b"HELLO"
            process.terminate()
            process.wait(PATIENCE)
        assert not os.get_blocking(source)
        assert not os.get_blocking(sink)


@pytest.mark.parametrize("family", ["unix", "tcp"])
def test_sockets(world: World, family: str) -> None:
    with contextlib.ExitStack() as stack:
        if family == "unix":
            ours, theirs = map(stack.enter_context, socket.socketpair())
        else:
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            ours = stack.enter_context(socket.create_connection(server.getsockname()))
            theirs = stack.enter_context(server.accept()[0])
        with shouting(world, theirs.fileno(), theirs.fileno()) as process:
            ours.sendall(b"hello")
            assert ours.recv(100) == b"HELLO"
            if world.name != "uvloop" and CALLS_HAVE_A_FLAG:
                assert os.get_blocking(theirs.fileno())
            ours.shutdown(socket.SHUT_WR)
            assert process.wait(PATIENCE) == 0
        # It is open, in both directions, and in the mode in which it was.
        assert os.get_blocking(theirs.fileno())
        theirs.sendall(b"still")
        assert ours.recv(100) == b"still"


def test_a_socket_that_was_cut_short_is_open_for_others(world: World) -> None:
    code = (
        PRELUDE
        + """
async def main():
    async with streams.stdout() as sink:
        sending = world.start(sink.send_all, bytes(10_000_000))
        await world.settle()
        await sending.cancel()
    say("cancelled")
    os.read(0, 1)
    os.write(1, b"after")
"""
        + END
    )
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with python(code, world.name, stdout=theirs, stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            assert process.stderr.readline() == b"cancelled\n"
            theirs.close()
            ours.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while ours.recv(1_000_000):
                    pass
            ours.setblocking(True)
            process.communicate(b"x", timeout=PATIENCE)
        assert ours.recv(100) == b"after"


def test_the_wrong_direction(world: World) -> None:
    code = (
        PRELUDE
        + """
async def main():
    for function in (streams.stdin, streams.stdout):
        try:
            function()
        except OSError as error:
            say(error)
"""
        + END
    )
    receiving, sending = os.pipe()
    with open(receiving, "rb") as source, open(sending, "wb") as sink:
        with python(code, world.name, stdin=sink, stdout=source, stderr=subprocess.PIPE) as process:
            _, errors = process.communicate(timeout=PATIENCE)
    assert errors.decode().splitlines() == [
        "[Errno 9] descriptor 0 is not open for reading",
        "[Errno 9] descriptor 1 is not open for writing",
    ]


def test_no_terminal_is_taken_over(world: World, terminal: tuple[int, int]) -> None:
    """Opened by a process without one, a terminal may become its controlling terminal."""
    code = (
        PRELUDE
        + """
os.setsid()
async def main():
    async with streams.stdin():
        try:
            os.open("/dev/tty", os.O_RDONLY)
        except OSError:
            say("there is none")
"""
        + END
    )
    with python(code, world.name, stdin=terminal[1], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.read() == b"there is none\n"


def test_no_descriptor_is_left(world: World) -> None:
    code = (
        PRELUDE
        + """
def count():
    return len(os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"))

async def main():
    await world.step()
    before = count()
    for _ in range(3):
        async with streams.stdin() as source, streams.stdout() as sink, streams.stderr():
            await source.recv(1)
            await sink.send(b"x")
    say(count() - before)
"""
        + END
    )
    with python(code, world.name, stderr=subprocess.PIPE) as process:
        _, errors = process.communicate(b"xyz", timeout=PATIENCE)
    assert errors.strip() in (b"0", b"-1"), errors


def test_the_program_that_copies_in_a_pipeline(world: World) -> None:
    first = subprocess.Popen(["printf", "a\\nb\\n"], stdout=subprocess.PIPE)
    with first, python(COPY, world.name, stdin=first.stdout) as process:
        assert finish(process) == "a\nb\n"


#: Opens descriptors that take the numbers of closed streams, then asks for both streams.
CLOSED_AT_START = (
    PRELUDE
    + """
async def main():
    for name in ("stdin", "stdout"):
        try:
            getattr(streams, name)()
        except OSError as error:
            say(error.errno, error.strerror)

others = os.pipe()
"""
    + END
)


def test_streams_that_were_closed_at_the_start(world: World) -> None:
    shell = f'exec {sys.executable} -c "$0" {world.name} <&- >&-'
    said = subprocess.run(
        ["/bin/sh", "-c", shell, CLOSED_AT_START],
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        timeout=PATIENCE,
        check=True,
    ).stderr.decode()
    assert said.splitlines() == [
        f"{errno.EBADF} standard {name} was closed when the program started"
        for name in ("input", "output")
    ]
