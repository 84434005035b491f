"""Standard input and output of any kind as asynchronous ends."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.portable.asynchronous.worlds import World
from tests.support import PATIENCE, ROOT, finish, python

#: More than any pipe holds.
MUCH = os.urandom(1000) * 3000

#: Start of each of the programs below; the first argument is the runtime.
PRELUDE = """
import importlib, os, sys
from tests.portable.asynchronous.worlds import new_world

world = new_world(sys.argv[1])
world.debug = False  # What it warns of would stand between what is said.
streams = importlib.import_module(f"interprocess.standard_streams.{world.modules}")

def say(*words):
    print(*words, file=sys.stderr, flush=True)
"""

END = """
world.run(main)
"""


@contextmanager
def program(world: World, body: str) -> Iterator[tuple[Any, Any, Any]]:
    """Run a program with the given BODY; its process, standard input and standard error."""
    code = PRELUDE + body + END
    with python(code, world.name, bufsize=0, stderr=subprocess.PIPE) as process:
        yield process, process.stdin, process.stderr


COPY = (
    PRELUDE
    + """
async def main():
    async with streams.stdin() as source, streams.stdout() as sink:
        while data := await source.recv(65536):
            await sink.send_all(data)
"""
    + END
)


def copied(world: World, source: Any, sink: Any, data: bytes | None = None) -> bytes:
    """Return what a program that copies its input to its output writes to a pipe."""
    with python(COPY, world.name, stdin=source, stdout=sink) as process:
        output, _ = process.communicate(data, timeout=PATIENCE)
        assert process.returncode == 0
        return output or b""


def test_pipes(world: World) -> None:
    assert copied(world, subprocess.PIPE, subprocess.PIPE, MUCH) == MUCH
    assert copied(world, subprocess.PIPE, subprocess.PIPE, b"") == b""


def test_files(world: World, tmp_path: Path) -> None:
    """No event loop waits for a file; epoll refuses it."""
    (tmp_path / "in").write_bytes(MUCH)
    with open(tmp_path / "in", "rb") as source, open(tmp_path / "out", "wb") as sink:
        sink.write(b"before ")
        sink.flush()
        copied(world, source, sink)
    assert (tmp_path / "out").read_bytes() == b"before " + MUCH


def test_the_null_device(world: World) -> None:
    assert copied(world, subprocess.DEVNULL, subprocess.PIPE) == b""
    copied(world, subprocess.PIPE, subprocess.DEVNULL, MUCH)


VERBS = (
    PRELUDE
    + """
async def main():
    async with streams.stdin() as source, streams.stdout() as sink:
        assert await source.recv(0) == b""
        assert await source.recv_exactly(3) == b"abc"
        buffers = [bytearray(2), bytearray(2)]
        assert await source.recv_vectored(buffers) == 4, buffers
        assert buffers == [b"de", b"fg"], buffers
        buffer = bytearray(1)
        assert await source.recv_into(buffer) == 1
        assert buffer == b"h"
        try:
            await source.recv_exactly(100)
        except EOFError as error:
            assert error.partial == b"ij", error.partial
        assert await source.recv(10) == b""
        assert await sink.send(b"AB") == 2
        assert await sink.send_vectored([b"C", memoryview(b"DE")]) == 3
        assert await sink.send(b"") == 0
        await sink.send_all(bytearray(b"F"))
        await sink.flush()
        assert "standard input" in repr(source), repr(source)
        assert "closed" not in repr(sink)
    for end, verb in ((source, "recv"), (sink, "send")):
        assert end.closed
        assert "closed" in repr(end)
        end.close()
        try:
            await getattr(end, verb)(1 if verb == "recv" else b"x")
        except ValueError:
            say("closed")
    os.write(1, b" and open")
"""
    + END
)


@pytest.fixture(params=["pipe", "file"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Something with ten bytes."""
    if request.param == "file":
        (tmp_path / "in").write_bytes(b"abcdefghij")
        with open(tmp_path / "in", "rb") as file:
            yield file
    else:
        receiving, sending = os.pipe()
        os.write(sending, b"abcdefghij")
        os.close(sending)
        with open(receiving, "rb") as file:
            yield file


def test_verbs(world: World, source: Any, tmp_path: Path) -> None:
    with open(tmp_path / "out", "wb") as sink:
        with python(VERBS, world.name, stdin=source, stdout=sink, stderr=subprocess.PIPE) as child:
            _, errors = child.communicate(timeout=PATIENCE)
    assert child.returncode == 0, errors.decode()
    assert errors.split() == [b"closed"] * 2
    assert (tmp_path / "out").read_bytes() == b"ABCDEF and open"


def test_cancelling_loses_nothing(world: World) -> None:
    """A thread reads on, and what it brings is for the next call."""
    body = """
async def main():
    async with streams.stdin() as source:
        receiving = world.start(source.recv, 100)
        await world.settle()
        assert await receiving.cancel() is None
    async with streams.stdin() as source:
        receiving = world.start(source.recv_exactly, 3)
        await world.settle()
        assert await receiving.cancel() is None
        say("waiting")
        assert await source.recv_exactly(5) == b"hello"
        receiving = world.start(source.recv, 100)
        await world.settle()
        assert await receiving.cancel() is None
        say("waiting")
        assert await source.recv_exactly(3) == b"one"
    async with streams.stdin() as source:
        assert await source.recv(10) == b"two"
        assert await source.recv(10) == b""
    say("done")
"""
    with program(world, body) as (process, stdin, stderr):
        assert stderr.readline().strip() == b"waiting"
        stdin.write(b"hello")
        assert stderr.readline().strip() == b"waiting"
        stdin.write(b"onetwo")
        stdin.close()
        process.stdin = None
        assert stderr.read().strip() == b"done"


def test_the_next_event_loop_gets_what_a_cancelled_call_has_read(world: World) -> None:
    body = """
async def receive_in_vain():
    async with streams.stdin() as source:
        receiving = world.start(source.recv, 100)
        await world.settle()
        await receiving.cancel()

async def main():
    async with streams.stdin() as source:
        say((await source.recv(100)).decode())

world.run(receive_in_vain)
say("waiting")
"""
    with program(world, body) as (_, stdin, stderr):
        assert stderr.readline().strip() == b"waiting"
        stdin.write(b"hello")
        assert stderr.read().strip() == b"hello"


def test_one_task_at_a_time(world: World) -> None:
    body = """
async def main():
    async with streams.stdin() as source:
        receiving = world.start(source.recv, 100)
        await world.settle()
        try:
            await source.recv(1)
        except world.busy_error as error:
            say(error)
        assert await receiving.result() == b"hello"
"""
    with program(world, body) as (_, stdin, stderr):
        assert stderr.readline().strip() == b"another task is already receiving from this"
        stdin.write(b"hello")
        assert stderr.read() == b""


def test_closing_wakes(world: World) -> None:
    body = """
async def main():
    source = streams.stdin()
    receiving = world.start(source.recv, 100)
    await world.settle()
    await source.aclose()
    try:
        await receiving.result()
    except ValueError as error:
        say(error)
"""
    with program(world, body) as (_, _, stderr):
        assert b"closed" in stderr.read()


def test_a_reader_that_has_left(world: World) -> None:
    body = """
async def main():
    async with streams.stdin() as source, streams.stdout() as sink:
        await source.recv(1)
        try:
            await sink.send_all(bytes(10_000_000))
        except OSError as error:
            say(isinstance(error, BrokenPipeError) or sys.platform == "win32")
"""
    with program(world, body) as (process, stdin, stderr):
        process.stdout.close()
        process.stdout = None
        stdin.write(b"go")
        assert stderr.read().strip() == b"True"
        process.wait(PATIENCE)


def test_an_output_that_nobody_reads_can_be_cancelled(world: World) -> None:
    code = (
        PRELUDE
        + """
async def main():
    async with streams.stdout() as sink:
        sending = world.start(sink.send_all, bytes(range(256)) * 40000)
        await world.settle()
        for _ in range(3000):
            await world.step()
        await sending.cancel()
        try:
            await sink.send_all(b"x")
        except BrokenPipeError as error:
            say(error.characters_written)

"""
        + END
    )
    with python(code, world.name, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        sent = int(process.stderr.readline())
        output = process.stdout.read()
        # A thread writes the part that it was given; it may be cut off by the end of the process.
        assert 0 < len(output) <= sent
        assert output == (bytes(range(256)) * 40000)[: len(output)]


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_a_stream_that_is_closed(world: World, stream: str) -> None:
    number = ["stdin", "stdout", "stderr"].index(stream)
    code = f"""{PRELUDE}
report = os.dup(1)
async def main():
    os.close({number})
    try:
        streams.{stream}()
    except OSError as error:
        os.write(report, str(error.errno).encode())
{END}"""
    with python(code, world.name) as process:
        assert finish(process) == "9"  # EBADF


BLOCKS = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "standard-streams.md").read_text("utf-8"), re.DOTALL
)


@pytest.mark.parametrize(
    ("number", "expected"), [(0, b"ONE\nTWO\n"), (1, b"line: one\nline: two\n")]
)
def test_the_programs_of_the_guide(number: int, expected: bytes) -> None:
    with python(BLOCKS[number]) as process:
        output, _ = process.communicate(b"one\ntwo\n", timeout=PATIENCE)
    assert output.replace(b"\r\n", b"\n") == expected


ANYIO = """
import sys
import anyio
from interprocess.standard_streams.anyio import stderr, stdin, stdout

async def main():
    async with stdin() as source, stdout() as sink, stderr() as errors:
        assert isinstance(source, anyio.abc.ByteReceiveStream)
        assert isinstance(sink, anyio.abc.ByteSendStream)
        async for data in source:
            await sink.send(data.upper())
        await errors.send(b"done")

backend, _, loop = sys.argv[1].partition("+")
anyio.run(main, backend=backend, backend_options={"use_uvloop": True} if loop else {})
"""


@pytest.mark.parametrize("backend", ["asyncio", "asyncio+uvloop", "trio"])
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_anyio(backend: str, kind: str, tmp_path: Path) -> None:
    pytest.importorskip("anyio", reason="anyio is not installed")
    for module in ("uvloop", "trio"):
        if module in backend:
            pytest.importorskip(module, reason=f"{module} is not installed")
    (tmp_path / "in").write_bytes(b"hello")
    with open(tmp_path / "in", "rb") as file:
        source = file if kind == "file" else subprocess.PIPE
        with python(ANYIO, backend, stdin=source, stderr=subprocess.PIPE) as process:
            output, errors = process.communicate(
                b"hello" if kind == "pipe" else None, timeout=PATIENCE
            )
    assert (output, errors) == (b"HELLO", b"done")


def test_trio_has_its_interfaces() -> None:
    trio = pytest.importorskip("trio", reason="trio is not installed")
    from interprocess.standard_streams.trio import StandardInput, StandardOutput

    assert issubclass(StandardInput, trio.abc.ReceiveStream)
    assert issubclass(StandardOutput, trio.abc.SendStream)


def test_importing_needs_no_runtime() -> None:
    with python("import interprocess.standard_streams, sys; print('asyncio' in sys.modules)") as it:
        assert finish(it).strip() == "False"
