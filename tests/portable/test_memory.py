"""Shared memory: what is written in one place is read in another."""

from __future__ import annotations

import gc
import sys
import warnings
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.shared_memory import Memory
from interprocess.unnamed_pipe import pipe
from tests.support import (
    Running,
    close_raw_handle,
    finish,
    open_handles,
    python,
)

pytestmark = pytest.mark.skipif(
    not capabilities.available("shared_memory"), reason="no shared memory here"
)

has_single_writer = pytest.mark.skipif(
    not capabilities.available("shared_memory_single_writer"),
    reason="here everybody who gets memory writes it",
)


def read(memory: Memory, size: int) -> bytes:
    """Return the first bytes of memory, through a view for reading."""
    with memory.map(read_only=True) as view:
        return bytes(view[:size])


def test_what_is_written_is_there_to_read() -> None:
    with Memory(100) as memory:
        assert memory.size >= 100
        assert memory.size % 4096 == 0
        assert not memory.read_only
        view = memory.map()
        assert (len(view), view.format, view.readonly) == (memory.size, "B", False)
        assert bytes(view) == bytes(memory.size)
        view[:5] = b"hello"
        assert read(memory, 5) == b"hello"
        view[-1] = 1
        assert memory.map(read_only=True)[-1] == 1


def test_all_views_are_of_one_place() -> None:
    with Memory(100) as memory:
        one, other = memory.map(), memory.map()
        one[7] = 3
        assert other[7] == 3
        one.release()
        other[8] = 4
        assert memory.map()[8] == 4


@pytest.mark.parametrize("read_only", [False, True])
def test_a_view_outlives_the_object(read_only: bool) -> None:
    with Memory(1) as memory:
        memory.map()[:4] = b"kept"
        view = memory.map(read_only=read_only)
    assert memory.closed
    gc.collect()
    del memory
    assert bytes(view[:4]) == b"kept"
    if not read_only:
        view[0] = ord("w")
        assert bytes(view[:4]) == b"wept"


def test_a_view_to_read_cannot_be_written() -> None:
    with Memory(1) as memory:
        view = memory.map(read_only=True)
        assert view.readonly
        with pytest.raises(TypeError, match="read-only"):
            view[0] = 1


@pytest.mark.parametrize(
    ("size", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (sys.maxsize, ValueError),
        (2**100, ValueError),
        (1.5, TypeError),
        (True, TypeError),
        ("1", TypeError),
        (None, TypeError),
    ],
)
def test_what_is_no_size(size: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="size must be"):
        Memory(size)


@pytest.mark.skipif(sys.maxsize < 2**32, reason="no address is so large")
def test_more_than_there_can_be() -> None:
    before = open_handles()
    with pytest.raises(OSError), Memory(2**61) as memory:
        memory.map()
    assert open_handles() == before


@pytest.mark.parametrize("wrong", [0, 1, None, "yes"])
def test_what_is_no_choice(wrong: Any) -> None:
    with pytest.raises(TypeError, match="single_writer must be True or False"):
        Memory(1, single_writer=wrong)
    with Memory(1) as memory, pytest.raises(TypeError, match="read_only must be True or False"):
        memory.map(read_only=wrong)


def test_closing() -> None:
    memory = Memory(1)
    assert repr(memory).endswith(f" size={memory.size}>")
    assert not memory.closed
    memory.close()
    memory.close()
    assert memory.closed
    assert repr(memory) == f"<Memory closed size={memory.size}>"
    for read_only in (False, True):
        with pytest.raises(ValueError, match="closed Memory"):
            memory.map(read_only=read_only)
    with pytest.raises(ValueError, match="closed Memory"), memory:
        pass
    with pytest.raises(ValueError, match="closed Memory"):
        memory.detach()


def test_what_is_dropped_is_closed_with_a_warning() -> None:
    before = open_handles()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Memory(1).map()
        gc.collect()
    assert [warning.category for warning in caught] == [ResourceWarning]
    assert "unclosed <Memory" in str(caught[0].message)
    assert open_handles() == before


def test_detached_and_adopted() -> None:
    memory = Memory(5000)
    view = memory.map()
    number = memory.detach()
    assert memory.closed
    with Memory.adopt(number) as again:
        assert (again.size, again.read_only) == (memory.size, False)
        view[0] = 9
        assert again.map()[0] == 9
    with pytest.raises((OSError, ValueError)):
        Memory.adopt(number)


@pytest.mark.parametrize("wrong", [None, "1", 1.5, True])
def test_what_is_no_number(wrong: Any) -> None:
    if wrong is True and sys.platform != "win32":
        pytest.skip("a descriptor that is there")
    with pytest.raises(TypeError):
        Memory.adopt(wrong)


def test_what_is_no_memory_stays_the_callers() -> None:
    sender, recver = pipe()
    with sender:
        number = recver.detach()
        with pytest.raises((ValueError, OSError)):
            Memory.adopt(number)
        close_raw_handle(number)


def test_nothing_is_kept() -> None:
    with Memory(1) as memory:
        memory.map()
        memory.map(read_only=True)
    before = open_handles()
    for _ in range(10):
        with Memory(1) as memory:
            memory.map()
            memory.map(read_only=True)
    assert open_handles() == before


def map_for_ever(memory: Memory) -> None:
    while True:
        memory.map()[0] = 1


def test_threads_map_what_another_closes() -> None:
    for _ in range(50):
        memory = Memory(1)

        def use(memory: Memory = memory) -> None:
            with pytest.raises(ValueError, match="closed"):
                map_for_ever(memory)

        users = [Running(use) for _ in range(2)]
        memory.map()[1] = 1
        memory.close()
        for user in users:
            user.result()


@has_single_writer
def test_a_single_writer() -> None:
    with Memory(5000, single_writer=True) as memory:
        assert not memory.read_only
        view = memory.map()
        view[:4] = b"only"
        assert read(memory, 4) == b"only"
    view[0] = ord("O")
    assert bytes(view[:4]) == b"Only"


def test_who_does_not_use_it_does_not_import_it() -> None:
    code = """if True:
        import sys
        import interprocess
        from interprocess.local_socket import Stream, recv_object, send_object
        import interprocess.local_socket.asyncio
        import interprocess.unnamed_pipe
        print(*(n for n in sys.modules if n.startswith("interprocess.") and "shared_memory" in n))
        print(interprocess.shared_memory.Memory(1).size >= 1)
    """
    with python(code) as child:
        assert finish(child).split() == ["True"]
