"""Shared memory on Linux: its seals, its mappings, what remains of it."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from interprocess.errors import UnsupportedError
from interprocess.os.unix._shared_memory import calls
from interprocess.shared_memory import Memory
from tests.support import eventually, finish, open_handles, python

SHRINK, GROW, WRITE, FUTURE_WRITE, SEAL, EXEC = 2, 4, 8, 16, 1, 32
PAGE = mmap.PAGESIZE


def seals_of(number: int) -> int:
    return fcntl.fcntl(number, calls.F_GET_SEALS)


def test_what_the_system_promises() -> None:
    with Memory(5000) as memory:
        assert seals_of(memory.fileno()) & ~EXEC == SHRINK | GROW | SEAL
        assert not os.get_inheritable(memory.fileno())
        assert os.fstat(memory.fileno()).st_size == memory.size == 2 * PAGE


def test_a_peer_that_shrinks_it() -> None:
    with Memory(5000) as memory:
        other = os.dup(memory.fileno())
        for attempt in (
            lambda: os.truncate(other, 0),
            lambda: os.truncate(other, PAGE),
            lambda: os.truncate(other, 100 * PAGE),
            lambda: os.pwrite(other, b"x", 2 * PAGE),
            lambda: fcntl.fcntl(other, calls.F_ADD_SEALS, WRITE),
            lambda: os.open(f"/proc/self/fd/{other}", os.O_RDWR | os.O_TRUNC),
        ):
            with pytest.raises(PermissionError):
                attempt()
        os.close(other)
        assert len(memory.map()) == 2 * PAGE
        memory.map()[-1] = 1


def punch_hole(number: int) -> None:
    """Give pages of memory back to the system. fallocate(2), FALLOC_FL_PUNCH_HOLE."""
    libc = ctypes.CDLL(None, use_errno=True)
    offset = ctypes.c_long
    if libc.fallocate(number, 3, offset(0), offset(PAGE)):
        raise OSError(ctypes.get_errno(), "fallocate")


def test_a_peer_that_gives_pages_back() -> None:
    with Memory(2 * PAGE) as memory:
        view = memory.map()
        view[:4] = b"data"
        punch_hole(memory.fileno())
        assert bytes(view[:4]) == bytes(4)  # Gone, and there to be touched.
        view[0] = 1


def test_memory_of_a_single_writer_cannot_be_written_by_any_means() -> None:
    with Memory(2 * PAGE, single_writer=True) as memory:
        view = memory.map()
        view[:4] = b"data"
        number = memory.fileno()
        assert seals_of(number) & ~EXEC == SHRINK | GROW | SEAL | FUTURE_WRITE
        again = os.open(f"/proc/self/fd/{number}", os.O_RDWR)
        source = os.open(__file__, os.O_RDONLY)
        for attempt in (
            lambda: mmap.mmap(number, PAGE),
            lambda: mmap.mmap(again, PAGE),
            lambda: os.pwrite(again, b"x", 0),
            lambda: punch_hole(again),
            lambda: os.truncate(again, 0),
            lambda: os.sendfile(again, source, 0, 4),
        ):
            with pytest.raises(PermissionError):
                attempt()
        os.close(source)
        os.close(again)
        with mmap.mmap(number, PAGE, prot=mmap.PROT_READ) as mapping:
            libc = ctypes.CDLL(None, use_errno=True)
            address = ctypes.c_void_p(_address_of(mapping))
            assert libc.mprotect(address, ctypes.c_size_t(PAGE), 3) == -1
            assert ctypes.get_errno() == errno.EACCES
            assert mapping[:4] == b"data"
        assert bytes(view[:4]) == b"data"


def _address_of(mapped: mmap.mmap) -> int:
    """Return where a mapping is that is the newest of its file."""
    view = ctypes.c_char * PAGE
    for line in Path("/proc/self/maps").read_text().splitlines():
        if "memfd:interprocess" in line and " r--s " in line:
            address = int(line.split("-")[0], 16)
            if view.from_address(address).raw[:4] == mapped[:4]:
                return address
    raise AssertionError("it is not mapped")


def mapped() -> int:
    """Return how many mappings of memory of ours this process has."""
    return Path("/proc/self/maps").read_text().count("memfd:interprocess")


@pytest.mark.skipif(
    sys.implementation.name != "cpython", reason="what is released goes when garbage is collected"
)
def test_what_is_mapped_and_for_how_long() -> None:
    before, descriptors = mapped(), open_handles()
    memory = Memory(PAGE)
    assert mapped() == before
    first, second, reading = memory.map(), memory.map(), memory.map(read_only=True)
    assert mapped() == before + 2
    first.release()
    memory.close()
    assert mapped() == before + 2
    second.release()
    assert mapped() == before + 1
    reading.release()
    assert mapped() == before
    assert open_handles() == descriptors


@pytest.mark.skipif(
    sys.implementation.name != "cpython", reason="what is released goes when garbage is collected"
)
def test_what_was_given_up_is_mapped_no_longer_than_its_views() -> None:
    before = mapped()
    memory = Memory(PAGE)
    view = memory.map()
    number = memory.detach()
    assert mapped() == before + 1
    view.release()
    assert mapped() == before
    os.close(number)


def test_descriptors_of_mappings() -> None:
    with Memory(PAGE) as memory:
        before = open_handles()
        view = memory.map()
        # CPython before 3.13 has one for each mapping.
        assert open_handles() <= before + (sys.version_info < (3, 13))
        view.release()


def names() -> set[str]:
    return set(os.listdir("/dev/shm"))


KILLED = """if True:
    import sys
    from interprocess.shared_memory import Memory
    memories = [Memory(100_000, single_writer=number % 2 == 1) for number in range(10)]
    views = [memory.map() for memory in memories]
    print("ready", flush=True)
    sys.stdin.readline()
"""


def test_nothing_remains_of_a_process_that_is_killed() -> None:
    before = names()
    with python(KILLED) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        maps = Path(f"/proc/{child.pid}/maps").read_text()
        assert "memfd:interprocess" in maps
        assert names() == before
        child.kill()
        child.wait()
    assert names() == before


def test_it_cannot_be_run() -> None:
    with Memory(PAGE) as memory:
        mode = os.fstat(memory.fileno()).st_mode
        if not seals_of(memory.fileno()) & EXEC:
            pytest.skip("Linux before 6.3")
        assert not mode & 0o111


def test_kernels_that_know_fewer_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Any = calls.memfd_create
    flags_seen = []

    def older(name: bytes, flags: int, numbers: list[int]) -> None:
        flags_seen.append(flags)
        if flags & ~(os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING):
            raise OSError(errno.EINVAL, "memfd_create")
        real(name, flags, numbers)

    monkeypatch.setattr(calls, "memfd_create", older)
    with Memory(PAGE) as memory:
        assert seals_of(memory.fileno()) == SHRINK | GROW | SEAL
    assert len(flags_seen) == 2


def test_kernels_that_know_no_single_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Any = calls.add_seals

    def older(number: int, seals: int) -> None:
        if seals & FUTURE_WRITE:
            raise OSError(errno.EINVAL, "fcntl")
        real(number, seals)

    monkeypatch.setattr(calls, "add_seals", older)
    before = open_handles()
    with pytest.raises(UnsupportedError, match=r"Linux 5\.1"):
        Memory(PAGE, single_writer=True)
    assert eventually(lambda: open_handles() == before)


def test_libraries_without_memfd_create(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "HAS_MEMFD", False)
    for single_writer in (False, True):
        with pytest.raises(UnsupportedError, match=r"glibc 2\.27"):
            Memory(1, single_writer=single_writer)


def test_no_room_in_the_address_space() -> None:
    code = """if True:
        import resource
        from interprocess.shared_memory import Memory
        with Memory(2**30) as memory:
            resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))
            for read_only in (False, True):
                try:
                    memory.map(read_only=read_only)
                except OSError as error:
                    print(error.errno)
    """
    with python(code) as child:
        assert finish(child).split() == [str(errno.ENOMEM)] * 2
