"""Shared memory on Unix: what the system refuses, forks, interrupts."""

from __future__ import annotations

import errno
import fcntl
import gc
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from interprocess import capabilities
from interprocess._bindings.libc import ffi, libc
from interprocess.errors import UnexpectedObjectError
from interprocess.local_socket import pair, recv_object
from interprocess.os.unix import _kernel
from interprocess.os.unix._shared_memory import calls
from interprocess.shared_memory import Memory
from tests.interrupts import NEEDS_POINTS, Interrupt, interrupted_once
from tests.support import eventually, open_handles

SEALED = _kernel.SHARED_MEMORY_HAS_SEALS
HAS_SINGLE_WRITER = capabilities.available("shared_memory_single_writer")

KINDS = [False, True] if HAS_SINGLE_WRITER else [False]


def names() -> set[str]:
    """Return what has a name in the directory of shared memory."""
    return set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()


class Failing:
    """A function that fails with an error, at its call number AT; before and after, it works."""

    def __init__(self, real: Callable[..., Any], at: int = 0) -> None:
        self._real = real
        self._left = at

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self._left -= 1
        if self._left == -1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return self._real(*arguments, **options)


class FailingLibrary:
    """A C library in which one function fails."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return self._fail if name == self._name else getattr(libc, name)

    def _fail(self, *arguments: object) -> int:
        ffi.errno = errno.EIO
        return -1


def check_fails(single_writer: bool) -> None:
    handles, named = open_handles(), names()
    with pytest.raises(OSError, match=os.strerror(errno.EIO)) as caught:
        Memory(1, single_writer=single_writer)
    assert caught.value.errno == errno.EIO
    del caught
    assert eventually(lambda: open_handles() == handles)  # PyPy's mappings wait for the collector.
    assert names() == named


@pytest.mark.parametrize("single_writer", KINDS)
def test_no_size(single_writer: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "ftruncate", Failing(os.ftruncate))
    check_fails(single_writer)


@pytest.mark.parametrize("single_writer", KINDS)
def test_no_memory(single_writer: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not SEALED:
        pytest.skip("here memory has a name at first")
    monkeypatch.setattr(calls, "libc", FailingLibrary("memfd_create"))
    check_fails(single_writer)


@pytest.mark.parametrize("single_writer", KINDS)
def test_no_seals(single_writer: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not SEALED:
        pytest.skip("here memory has no seals")
    monkeypatch.setattr(fcntl, "fcntl", Failing(fcntl.fcntl))
    check_fails(single_writer)


@pytest.mark.skipif(SEALED, reason="no memory has a name here")
@pytest.mark.parametrize("at", [0, 1])
def test_no_memory_with_a_name(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "shm_open", Failing(calls.shm_open, at))
    check_fails(single_writer=True)


@pytest.mark.skipif(not HAS_SINGLE_WRITER, reason="none has a single writer here")
def test_a_single_writer_that_cannot_map_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import mmap

    monkeypatch.setattr(mmap, "mmap", Failing(mmap.mmap))
    check_fails(single_writer=True)


def test_what_cannot_be_mapped_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    import mmap

    with Memory(1) as memory:
        for number in (errno.ENOMEM, errno.EAGAIN):

            def fail(*_: object, number: int = number, **__: object) -> None:
                raise OSError(number, os.strerror(number))

            monkeypatch.setattr(mmap, "mmap", fail)
            with pytest.raises(OSError, match=os.strerror(number)):
                memory.map()
            monkeypatch.undo()
        memory.map()[0] = 1


def test_no_child_inherits_adopted_memory() -> None:
    number = Memory(1).detach()
    os.set_inheritable(number, True)
    with Memory.adopt(number) as memory:
        assert not os.get_inheritable(memory.fileno())


@pytest.mark.parametrize("size", [0, 5000])
def test_a_file_with_a_name_is_no_memory(size: int, tmp_path: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(size))
    with path.open("r+b") as file:
        before = open_handles()
        with pytest.raises(ValueError, match="descriptor"):
            Memory.adopt(file.fileno())
        assert open_handles() == before
        assert file.read() == bytes(size)


@pytest.mark.skipif(sys.platform != "darwin", reason="elsewhere memory has seals, or is a file")
def test_a_file_without_a_name_is_no_memory(tmp_path: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(5000))
    with path.open("r+b") as file:
        path.unlink()
        with pytest.raises(ValueError, match="is a file, not memory"):
            Memory.adopt(file.fileno())


@pytest.mark.skipif(
    not capabilities.available("shared_memory_keeps_size"), reason="here whoever writes it shrinks"
)
@pytest.mark.parametrize("single_writer", KINDS)
def test_nobody_shrinks_it(single_writer: bool) -> None:
    with Memory(5000, single_writer=single_writer) as memory:
        for size in (0, 1, memory.size - 1, memory.size + 1):
            with pytest.raises(OSError):
                os.ftruncate(memory.fileno(), size)
        assert os.fstat(memory.fileno()).st_size == memory.size
        memory.map()[-1] = 1


@pytest.mark.skipif(not capabilities.available("send_fds"), reason="no descriptors travel here")
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_memory_is_nothing_else(kind: int) -> None:
    first, second = pair()
    with first, second, Memory(1) as memory:
        first.send_fds(b"IPOB\1" + bytes((kind, 0, 0)), [memory])
        before = open_handles()
        with pytest.raises(UnexpectedObjectError):
            recv_object(second)
        assert open_handles() == before


@pytest.mark.skipif(not capabilities.available("send_fds"), reason="no descriptors travel here")
@pytest.mark.parametrize("count", [0, 2])
def test_memory_comes_with_one_descriptor(count: int) -> None:
    first, second = pair()
    with first, second, Memory(1) as memory:
        first.send_fds(b"IPOB\1\x08\0\0", [memory] * count)
        before = open_handles()
        with pytest.raises(UnexpectedObjectError, match="descriptors"):
            recv_object(second)
        assert open_handles() == before


@pytest.mark.parametrize("single_writer", KINDS)
def test_a_forked_child_has_it_too(single_writer: bool) -> None:
    with Memory(1, single_writer=single_writer) as memory:
        view = memory.map()
        view[:3] = b"ours"[:3]
        pid = os.fork()
        if not pid:
            status = 1
            try:
                assert bytes(view[:3]) == b"our"
                view[0] = ord("1")
                memory.map()[1] = ord("2")  # It was mapped before the fork.
                assert bytes(memory.map(read_only=True)[:2]) == b"12"
                memory.close()
                view[2] = ord("3")
                status = 0
            finally:
                os._exit(status)
        _, ended = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(ended) == 0
        assert bytes(memory.map()[:3]) == b"123"


# An interrupt in the finalizer of what is closed already is a warning, and no more.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@NEEDS_POINTS
@pytest.mark.parametrize("single_writer", KINDS)
def test_interrupts_lose_nothing(single_writer: bool) -> None:
    import mmap  # noqa: F401  # imported in the midst of what is interrupted, it would be cut short

    Memory(1, single_writer=single_writer).close()
    named = names()
    gc.disable()
    try:
        before = open_handles()
        for attempt in interrupted_once(lambda: Memory(1, single_writer=single_writer)):
            try:
                memory = attempt()
            except Interrupt:
                pass
            else:
                memory.close()
                del memory
            assert open_handles() == before
            assert names() == named
    finally:
        gc.enable()


@NEEDS_POINTS
def test_interrupted_calls_can_be_made_again() -> None:
    with Memory(1) as memory:
        for attempt in interrupted_once(lambda: memory.map()[0]):
            try:
                assert attempt() == 0
            except Interrupt:
                memory._mappings.clear()
