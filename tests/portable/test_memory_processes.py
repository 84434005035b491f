"""Shared memory that goes to other processes: by streams, to children, through multiprocessing."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.errors import UnexpectedObjectError
from interprocess.local_socket import Stream, listen, pair, recv_object, send_object
from interprocess.shared_memory import Memory, recv_memory, send_memory
from interprocess.unnamed_pipe import share_with_child
from tests.support import (
    PATIENCE,
    ROOT,
    finish,
    open_handles,
    python,
    raw_handle,
    unique,
)

pytestmark = pytest.mark.skipif(
    not capabilities.available("shared_memory"), reason="no shared memory here"
)

objects_travel = pytest.mark.skipif(
    sys.platform != "win32" and not capabilities.available("send_fds"),
    reason="no descriptors travel here",
)
has_single_writer = pytest.mark.skipif(
    not capabilities.available("shared_memory_single_writer"),
    reason="here everybody who gets memory writes it",
)

START_METHODS = multiprocessing.get_all_start_methods()


@pytest.fixture
def ends() -> Iterator[tuple[Stream, Stream]]:
    first, second = pair()
    second.set_recv_timeout(PATIENCE)
    with first, second:
        yield first, second


def read(memory: Memory, size: int) -> bytes:
    """Return the first bytes of memory, through a view for reading."""
    with memory.map(read_only=True) as view:
        return bytes(view[:size])


@objects_travel
def test_handed_over(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    with Memory(10000) as memory:
        send_object(first, memory)
        with recv_object(second, Memory) as other:
            assert (other.size, other.read_only) == (memory.size, False)
            memory.map()[-1] = 7
            assert other.map()[-1] == 7
            other.map()[0] = 9
        assert memory.map(read_only=True)[0] == 9
        send_object(first, memory)
        with pytest.raises(UnexpectedObjectError, match="a memory, which was not asked for"):
            recv_object(second, Stream)


@objects_travel
def test_what_a_protocol_relies_on(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    with Memory(10000) as memory:
        size = memory.size
        send_memory(first, memory)
        recv_memory(second, min_size=size, max_size=size, writable=True).close()
        before = open_handles()
        send_memory(first, memory)
        with pytest.raises(UnexpectedObjectError, match="fewer than"):
            recv_memory(second, min_size=size + 1)
        send_memory(first, memory)
        with pytest.raises(UnexpectedObjectError, match="more than"):
            recv_memory(second, max_size=size - 1)
        assert open_handles() == before
        with pytest.raises(TypeError, match="must be a Memory, not <Stream"):
            send_memory(first, second)  # type: ignore[arg-type]  # that is the point
        send_object(first, second)
        with pytest.raises(UnexpectedObjectError, match="a stream, which was not asked for"):
            recv_memory(second)
    with pytest.raises(ValueError, match="closed Memory"):
        send_memory(first, memory)


CHILD = """if True:
    import sys
    from interprocess.local_socket import connect
    from interprocess.shared_memory import Memory, recv_memory, send_memory
"""


@objects_travel
def test_two_processes() -> None:
    code = f"""{CHILD}
    with connect(sys.argv[1]) as stream:
        with recv_memory(stream, min_size=100_000, writable=True) as memory:
            view = memory.map()
            view[:100_000] = bytes(view[:100_000])[::-1]
        stream.send_all(b"!")
        with Memory(1) as memory:
            memory.map()[:4] = b"mine"
            send_memory(stream, memory)
    """
    name = unique()
    with listen(name) as listener, python(code, name) as child, Memory(100_000) as memory:
        view = memory.map()
        view[:3] = b"abc"
        with listener.accept(PATIENCE) as stream:
            stream.set_recv_timeout(PATIENCE)
            send_memory(stream, memory)
            assert stream.recv(1) == b"!"
            assert bytes(view[99_997:100_000]) == b"cba"
            with recv_memory(stream) as theirs:
                finish(child)
                assert read(theirs, 4) == b"mine"  # Its maker has ended.


@objects_travel
def test_a_process_that_is_killed_leaves_the_memory_to_others() -> None:
    code = f"""{CHILD}
    with connect(sys.argv[1]) as stream:
        memory = Memory(1)
        memory.map()[:4] = b"left"
        send_memory(stream, memory)
        view = memory.map()
        while True:
            view[5] = (view[5] + 1) % 256
    """
    name = unique()
    with listen(name) as listener, python(code, name) as child:
        with listener.accept(PATIENCE) as stream:
            stream.set_recv_timeout(PATIENCE)
            with recv_memory(stream) as memory:
                child.kill()
                child.wait()
                assert read(memory, 4) == b"left"
                memory.map()[0] = 1


def test_a_child_gets_it() -> None:
    code = f"""{CHILD}
    with Memory.adopt(int(sys.argv[1])) as memory:
        assert not memory.read_only
        memory.map()[:5] = b"child"
        print(memory.size)
    """
    with (
        Memory(9000) as memory,
        share_with_child(memory) as shared,
        python(code, *shared.arguments, **shared.popen_options) as child,
    ):
        assert int(finish(child)) == memory.size
        assert read(memory, 5) == b"child"


def test_no_child_inherits_it_by_itself() -> None:
    code = f"""{CHILD}
    try:
        Memory.adopt(int(sys.argv[1]))
    except (OSError, ValueError):
        print("not here")
    """
    with Memory(1) as memory:
        options = {} if sys.platform == "win32" else {"close_fds": False}
        with python(code, str(raw_handle(memory)), **options) as child:
            assert finish(child).strip() == "not here"


def change(memory: Memory, expected: bytes) -> bool:
    """Be a task of another process: look at memory, and change it if it can be changed."""
    with memory:
        assert read(memory, len(expected)) == expected
        if not memory.read_only:
            memory.map()[:4] = b"new!"
        return memory.read_only


def answer(connection: Any) -> None:
    with connection:
        for _ in range(2):
            connection.send(change(connection.recv(), b"old!"))


@pytest.mark.leaves_handles  # The resource sharer, the servers, the trackers.
@pytest.mark.parametrize("method", START_METHODS)
def test_through_multiprocessing(method: str) -> None:
    context: Any = multiprocessing.get_context(method)
    here, there = context.Pipe()
    process = context.Process(daemon=True, target=answer, args=(there,))
    process.start()
    there.close()
    with here, Memory(1) as memory:
        for _ in range(2):
            memory.map()[:4] = b"old!"
            here.send(memory)
            assert here.poll(PATIENCE)
            assert here.recv() is False
            assert read(memory, 4) == b"new!"
    process.join(PATIENCE)
    assert process.exitcode == 0
    process.close()


@pytest.mark.leaves_handles
@pytest.mark.parametrize("method", START_METHODS)
def test_as_an_argument_of_a_process(method: str) -> None:
    context: Any = multiprocessing.get_context(method)
    with Memory(1) as memory:
        memory.map()[:4] = b"old!"
        process = context.Process(daemon=True, target=change, args=(memory, b"old!"))
        process.start()
        process.join(PATIENCE)
        assert process.exitcode == 0
        process.close()
        assert read(memory, 4) == b"new!"


def test_no_other_pickles() -> None:
    with Memory(1) as memory, pytest.raises(TypeError, match="only by multiprocessing"):
        pickle.dumps(memory)


@has_single_writer
@objects_travel
def test_readers_of_a_single_writer(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    with Memory(5000, single_writer=True) as memory:
        view = memory.map()
        view[:3] = b"one"
        send_memory(first, memory)
        with recv_memory(second) as reader:
            assert (reader.read_only, reader.size) == (True, memory.size)
            assert read(reader, 3) == b"one"
            with pytest.raises(PermissionError, match="this memory is read-only"):
                reader.map()
            view[:3] = b"two"
            assert read(reader, 3) == b"two"
            send_memory(first, reader)  # Readers hand it on.
            with recv_memory(second) as further:
                assert further.read_only
                assert read(further, 3) == b"two"
        send_memory(first, memory)
        with pytest.raises(UnexpectedObjectError, match="read-only memory"):
            recv_memory(second, writable=True)


@has_single_writer
def test_a_reader_in_another_process() -> None:
    code = f"""{CHILD}
    with Memory.adopt(int(sys.argv[1])) as memory:
        assert memory.read_only
        print(bytes(memory.map(read_only=True)[:4]).decode())
    """
    with Memory(1, single_writer=True) as memory:
        memory.map()[:4] = b"read"
        with (
            share_with_child(memory) as shared,
            python(code, *shared.arguments, **shared.popen_options) as child,
        ):
            assert finish(child).strip() == "read"


@has_single_writer
@pytest.mark.leaves_handles
def test_a_reader_through_multiprocessing() -> None:
    context: Any = multiprocessing.get_context("spawn")
    with Memory(1, single_writer=True) as memory, context.Pool(1) as pool:
        memory.map()[:4] = b"read"
        assert pool.apply(change, (memory, b"read")) is True


@has_single_writer
def test_a_single_writer_that_gives_its_memory_up_is_a_reader() -> None:
    memory = Memory(1, single_writer=True)
    view = memory.map()
    with Memory.adopt(memory.detach()) as reader:
        assert reader.read_only
        view[:3] = b"yes"
        assert read(reader, 3) == b"yes"


@objects_travel
def test_the_example_in_the_documentation() -> None:
    directory = ROOT / "docs" / "examples"
    command = [sys.executable, str(directory / "shared_memory.py")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stdout == "the sum is 50,005,000\n"
