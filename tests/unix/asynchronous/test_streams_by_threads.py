"""Standard streams that a thread waits for: terminals that cannot be opened again."""

from __future__ import annotations

import os
import subprocess
import sys
import termios

import pytest

from tests.portable.asynchronous.test_standard_streams import END, PRELUDE
from tests.portable.asynchronous.worlds import World
from tests.support import PATIENCE, python
from tests.unix.asynchronous.test_standard_streams import (
    SHOUT,
    as_nobody,
    said,
    shouting,
    terminal,
)
from tests.unix.users import ONLY_ROOT

__all__ = ["terminal"]


@ONLY_ROOT
def test_a_terminal_that_cannot_be_opened_again(world: World, terminal: tuple[int, int]) -> None:
    user, programs = terminal
    with shouting(world, programs, programs, as_nobody(SHOUT)):
        assert os.get_blocking(programs)
        os.write(user, b"hello\n")
        said(user, b"HELLO\r\n")
        assert os.get_blocking(programs)


@ONLY_ROOT
def test_a_nonblocking_terminal_that_cannot_be_opened_again(
    world: World, terminal: tuple[int, int]
) -> None:
    user, programs = terminal
    os.set_blocking(programs, False)
    with shouting(world, programs, programs, as_nobody(SHOUT)):
        os.write(user, b"hello\n")
        said(user, b"HELLO\r\n")
        assert not os.get_blocking(programs)


#: Receives with calls that are cancelled while their thread continues.
CANCELLED = (
    PRELUDE
    + """
async def in_vain():
    async with streams.stdin() as source:
        for verb, size in ((source.recv, 100), (source.recv_exactly, 3)):
            receiving = world.start(verb, size)
            await world.settle()
            assert await receiving.cancel() is None

async def main():
    await in_vain()
    async with streams.stdin() as source:
        say("waiting")
        assert await source.recv_exactly(6) == b"hello\\n"
        await in_vain()
        say("waiting")
        assert await source.recv(2) == b"on"
    async with streams.stdin() as source:
        assert await source.recv_exactly(4) == b"e\\ntw"
        assert await source.recv(100) == b"o\\n"
        say("done")

report = int("0")
world.run(in_vain)
"""
    + END
)


@ONLY_ROOT
def test_a_cancelled_receive_by_a_thread_loses_nothing(
    world: World, terminal: tuple[int, int]
) -> None:
    user, programs = terminal
    code = as_nobody(CANCELLED)
    with python(code, world.name, stdin=programs, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"waiting\n"
        os.write(user, b"hello\n")
        assert process.stderr.readline() == b"waiting\n"
        os.write(user, b"one\ntwo\n")
        assert process.stderr.read() == b"done\n"


@ONLY_ROOT
def test_a_cancelled_send_by_a_thread_goes_out_first(
    world: World, terminal: tuple[int, int]
) -> None:
    user, programs = terminal
    code = as_nobody(
        PRELUDE
        + """
async def main():
    async with streams.stdout() as sink:
        sending = world.start(sink.send_all, b"<first>")
        await world.settle()
        assert await sending.cancel() is None
        try:
            await sink.send_all(b"<never>")
        except BrokenPipeError as error:
            say(error)
    async with streams.stdout() as sink:
        waiting = world.start(sink.send_all, b"<never>")
        await world.settle()
        assert await waiting.cancel() is None
        say("sent nothing")
        await sink.send_all(b"<second>")
        await sink.send_all(b"<third>")

report = int("0")
"""
        + END
    )
    termios.tcflow(programs, termios.TCOOFF)  # As Ctrl-S does.
    with python(
        code, world.name, stdin=programs, stdout=programs, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        assert (
            b"closed for sending: a cancelled call sent 7 of 7 bytes" in process.stderr.readline()
        )
        assert process.stderr.readline() == b"sent nothing\n"
        termios.tcflow(programs, termios.TCOON)
        assert said(user, b"<third>") == b"<first><second><third>"
        assert process.wait(PATIENCE) == 0


@ONLY_ROOT
def test_a_forked_child_has_threads_of_its_own(world: World, terminal: tuple[int, int]) -> None:
    user, programs = terminal
    code = as_nobody(
        PRELUDE
        + """
import warnings

async def in_vain():
    async with streams.stdin() as source:
        receiving = world.start(source.recv, 100)
        await world.settle()
        assert await receiving.cancel() is None

async def main():
    async with streams.stdin() as source:
        say("waiting")
        say((await source.recv(100)).decode().strip())

report = int("0")
world.run(in_vain)
warnings.simplefilter("ignore")  # Newer versions warn of threads.
if os.fork():
    os._exit(0)  # With it goes the thread that reads.
"""
        + END
    )
    if sys.platform == "darwin" and world.name == "uvloop":
        pytest.skip("libuv does not survive a fork there")
    with python(code, world.name, stdin=programs, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"waiting\n"
        process.wait(PATIENCE)
        os.write(user, b"hello\n")
        assert process.stderr.readline() == b"hello\n"
