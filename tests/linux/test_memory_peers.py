"""Shared memory from hostile peers on Linux, and peers that attack it."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import signal
import sys
from collections.abc import Callable, Iterator

import pytest

from interprocess.errors import UnexpectedObjectError
from interprocess.local_socket import Stream, pair, recv_object
from interprocess.os.unix._shared_memory import calls
from interprocess.shared_memory import Memory
from tests.support import PATIENCE, open_handles, python

MEMORY = b"IPOB\1\x08\0\0"
O_PATH = 0x200000
SHRINK, GROW, WRITE, FUTURE_WRITE = 2, 4, 8, 16
#: Of 2 MiB, with their logarithm in the upper bits.
MFD_HUGETLB = 4 | 21 << 26
PAGE = mmap.PAGESIZE


@pytest.fixture
def ends() -> Iterator[tuple[Stream, Stream]]:
    first, second = pair()
    second.set_recv_timeout(PATIENCE)
    with first, second:
        yield first, second


def memfd(size: int, seals: int = 0, flags: int = os.MFD_ALLOW_SEALING) -> int:
    number = os.memfd_create("peer", os.MFD_CLOEXEC | flags)
    os.truncate(number, size)
    if seals:
        fcntl.fcntl(number, calls.F_ADD_SEALS, seals)
    return number


def huge_pages() -> int:
    number = os.memfd_create("huge", os.MFD_ALLOW_SEALING | MFD_HUGETLB)
    os.truncate(number, 2**21)
    fcntl.fcntl(number, calls.F_ADD_SEALS, SHRINK)
    return number


def secret() -> int:
    number = ctypes.CDLL(None, use_errno=True).syscall(447, 0)  # memfd_secret
    if number < 0:
        pytest.skip("the kernel has no memfd_secret")
    os.truncate(number, PAGE)
    return int(number)


def in_shm() -> int:
    path = f"/dev/shm/interprocess-test-{os.getpid()}"
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    os.unlink(path)
    os.truncate(number, PAGE)
    return number


def opened_again(flags: int) -> int:
    """Return another open file for memory that is as it has to be."""
    sealed = memfd(PAGE, SHRINK)
    number = os.open(f"/proc/self/fd/{sealed}", flags | os.O_CLOEXEC)
    os.close(sealed)
    return number


#: What a hostile peer sends for memory, and what it is told to be.
HOSTILE: dict[str, tuple[Callable[[], int], str]] = {
    "unsealed": (lambda: memfd(PAGE), "lacks F_SEAL_SHRINK"),
    "never to be sealed": (lambda: memfd(PAGE, flags=0), "lacks F_SEAL_SHRINK"),
    "sealed against growing": (lambda: memfd(PAGE, GROW), "lacks F_SEAL_SHRINK"),
    "sealed against writing": (lambda: memfd(PAGE, WRITE), "lacks F_SEAL_SHRINK"),
    "without a size": (lambda: memfd(0, SHRINK), "its size is 0"),
    "a file": (lambda: os.open(__file__, os.O_RDONLY), "not memory that can be sealed"),
    "a file without a name": (in_shm, "lacks F_SEAL_SHRINK|not memory that can be sealed"),
    "a device": (lambda: os.open("/dev/zero", os.O_RDWR), "not memory that can be sealed"),
    "a directory": (lambda: os.open("/", os.O_RDONLY), "not memory that can be sealed"),
    "an event": (lambda: os.eventfd(0), "not memory that can be sealed"),
    "to be written only": (lambda: opened_again(os.O_WRONLY), "cannot be read"),
    "a path": (lambda: opened_again(O_PATH), "cannot be read"),
    "secret": (secret, "not memory that can be sealed"),
    "huge pages": (huge_pages, "huge pages"),
}
if sys.version_info < (3, 10):
    del HOSTILE["an event"]


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_a_hostile_peer_sends(ends: tuple[Stream, Stream], kind: str) -> None:
    first, second = ends
    make, reason = HOSTILE[kind]
    try:
        number = make()
    except OSError as error:
        pytest.skip(f"the system does not make it: {error}")
    with pytest.raises(ValueError, match=reason):
        Memory.adopt(number)
    first.send_fds(MEMORY, [number])  # It stayed ours.
    os.close(number)
    before = open_handles()
    with pytest.raises(UnexpectedObjectError, match=reason):
        recv_object(second)
    assert open_handles() == before


@pytest.mark.parametrize("size", [1, 5000, 2**40])
def test_memory_of_other_programs(ends: tuple[Stream, Stream], size: int) -> None:
    first, second = ends
    number = memfd(size, SHRINK)
    first.send_fds(MEMORY, [number])
    with recv_object(second, Memory) as memory:
        assert (memory.size, memory.read_only) == (size, False)
        with memory.map() as view:
            assert len(view) == size
            view[-1] = 1
        os.truncate(number, size + PAGE)  # That may be, and changes nothing.
        assert len(memory.map()) == size
    os.close(number)


def test_more_than_this_process_has_room_for(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    number = memfd(2**62, SHRINK)
    first.send_fds(MEMORY, [number])
    os.close(number)
    with recv_object(second, Memory) as memory:
        for read_only in (False, True):
            with pytest.raises(OSError, match=os.strerror(errno.ENOMEM)):
                memory.map(read_only=read_only)


def test_what_is_sealed_against_writing_is_read_only(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    for number in (memfd(PAGE, SHRINK | FUTURE_WRITE), opened_again(os.O_RDONLY)):
        first.send_fds(MEMORY, [number])
        os.close(number)
        with recv_object(second, Memory) as memory:
            assert memory.read_only
            assert memory.map(read_only=True)[0] == 0


TOUCH = """if True:
    import mmap, sys
    from interprocess.shared_memory import Memory
    number = int(sys.argv[1])
    if sys.argv[2] == "unchecked":
        view = memoryview(mmap.mmap(number, 2 * mmap.PAGESIZE))
    else:
        view = Memory.adopt(number).map()
    view[-1] = 1
    print("ready", flush=True)
    sys.stdin.readline()
    view[-1] = 2
    print("survived", flush=True)
"""


@pytest.mark.parametrize("kind", ["unchecked", "ours"])
def test_a_shrinking_peer_kills_whom_seals_do_not_protect(kind: str) -> None:
    memory = Memory(2 * PAGE)
    number = memfd(2 * PAGE) if kind == "unchecked" else memory.detach()
    os.set_inheritable(number, True)
    with python(TOUCH, str(number), kind, pass_fds=[number]) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline() == b"ready\n"
        try:
            os.truncate(number, 0)
        except PermissionError:
            assert kind == "ours"
        os.close(number)
        child.stdin.write(b"\n")
        child.stdin.flush()
        rest = child.stdout.read()
        child.wait(PATIENCE)
        assert (child.returncode, rest) == (
            (-signal.SIGBUS, b"") if kind == "unchecked" else (0, b"survived\n")
        )
    memory.close()


ATTACKER = """if True:
    import ctypes, fcntl, os, random, sys, time
    number, size = map(int, sys.argv[1:])
    libc = ctypes.CDLL(None)
    long = ctypes.c_long
    import mmap
    try:
        view = memoryview(mmap.mmap(number, size))
    except PermissionError:
        view = None
    attacks = [
        lambda: os.ftruncate(number, random.randrange(2 * size)),
        lambda: os.open(f"/proc/self/fd/{number}", os.O_RDWR | os.O_TRUNC),
        lambda: os.pwrite(number, os.urandom(100), random.randrange(2 * size)),
        lambda: fcntl.fcntl(number, 1033, random.randrange(64)),
        lambda: libc.fallocate(number, random.randrange(64), long(0), long(size)),
        lambda: libc.fallocate(number, 3, long(random.randrange(size)), long(size)),
        lambda: os.fchmod(number, 0),
        lambda: libc.madvise(long(0), long(size), 9),
    ]
    print("ready", flush=True)
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        try:
            random.choice(attacks)()
        except OSError:
            pass
        if view is not None:
            place = random.randrange(size)
            view[place : place + 8] = os.urandom(8)[: size - place]
"""


@pytest.mark.parametrize("single_writer", [False, True])
def test_a_peer_that_tries_everything(single_writer: bool) -> None:
    with Memory(64 * PAGE, single_writer=single_writer) as memory:
        size, number = memory.size, memory.fileno()
        view = memory.map()
        with python(ATTACKER, str(number), str(size), pass_fds=[number]) as attacker:
            assert attacker.stdout is not None
            assert attacker.stdout.readline() == b"ready\n"
            rounds = 0
            while attacker.poll() is None:
                view[:] = bytes([rounds % 256]) * size
                seen = bytes(view)
                assert len(seen) == size
                if single_writer:
                    assert seen == bytes([rounds % 256]) * size
                rounds += 1
            assert attacker.returncode == 0
            assert rounds
        assert os.fstat(number).st_size == size
