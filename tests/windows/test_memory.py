"""Shared memory on Windows: what hostile peers send for it, what the system refuses, rights."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interprocess._bindings.kernel32 import ffi, kernel32
from interprocess.errors import UnexpectedObjectError
from interprocess.local_socket import Stream, pair, recv_object
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import file_mapping
from interprocess.os.windows.share_handle import share_handle
from interprocess.shared_memory import Memory
from tests.support import PATIENCE, open_handles
from tests.windows.wine import lacking_on_wine

assert sys.platform == "win32"

PAGE_READWRITE, SEC_RESERVE, SEC_COMMIT = 0x04, 0x4000000, 0x8000000
SECTION_QUERY, SECTION_MAP_WRITE, SECTION_MAP_READ, WRITE_DAC = 0x1, 0x2, 0x4, 0x40000
MEM_COMMIT, SIZE, PAGE = 0x1000, 0x30000, 0x1000


@pytest.fixture
def ends() -> Iterator[tuple[Stream, Stream]]:
    first, second = pair()
    second.set_recv_timeout(PATIENCE)
    with first, second:
        yield first, second


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Any:
    from tests.windows.test_faults import Failing  # Here it is Windows, to type checkers too.

    return Failing(monkeypatch)


def section(protection: int, file: int = -1) -> int:
    """Return the handle of a new file mapping, as another program would make it."""
    create: Any = ctypes.windll.kernel32.CreateFileMappingW
    create.restype = ctypes.c_void_p
    handle = create(ctypes.c_void_p(file), None, protection, 0, SIZE, None)
    assert handle
    return int(handle)


def commit(handle: int, size: int) -> None:
    """Commit the first bytes of memory that is only reserved."""
    library: Any = ctypes.windll.kernel32
    library.MapViewOfFile.restype = ctypes.c_void_p
    view = ctypes.c_void_p(library.MapViewOfFile(ctypes.c_void_p(handle), 6, 0, 0, 0))
    library.VirtualAlloc.restype = ctypes.c_void_p
    assert library.VirtualAlloc(view, size, MEM_COMMIT, PAGE_READWRITE)
    library.UnmapViewOfFile(view)


def duplicate(handle: int, access: int) -> int:
    """Return another handle of this process, with the given rights."""
    return share_handle(handle, pid=os.getpid(), access=access)


def send(stream: Stream, number: int) -> None:
    """Send the message with memory that has this handle in the receiver."""
    stream.send_all(b"IPOB\1\x08\0\x08" + number.to_bytes(8, "big"))


def check_is_refused(ends: tuple[Stream, Stream], handle: int, reason: str) -> None:
    before = open_handles()
    with pytest.raises((ValueError, OSError), match=reason):
        Memory.adopt(handle)
    send(ends[0], handle)
    with pytest.raises(UnexpectedObjectError, match=reason):
        recv_object(ends[1])
    assert open_handles() == before
    _calls.close_handle(handle)  # It is left alone.


@pytest.mark.parametrize("number", [0, 0xDEAD0, (1 << 32) - 1, 1 << 63, (1 << 64) - 1])
def test_a_number_that_is_no_handle(ends: tuple[Stream, Stream], number: int) -> None:
    before = open_handles()
    send(ends[0], number)
    with pytest.raises(UnexpectedObjectError, match="the peer sent an unexpected object"):
        recv_object(ends[1])
    assert open_handles() == before


def test_memory_of_other_programs(ends: tuple[Stream, Stream]) -> None:
    send(ends[0], section(PAGE_READWRITE | SEC_COMMIT))
    with recv_object(ends[1], Memory) as memory:
        assert (memory.size, memory.read_only) == (SIZE, False)
        memory.map()[-1] = 1


def test_what_is_only_reserved(ends: tuple[Stream, Stream]) -> None:
    handle = section(PAGE_READWRITE | SEC_RESERVE)
    check_is_refused(ends, handle, "is not committed memory")


def test_what_is_reserved_in_part_ends_where_it_can_be_touched() -> None:
    handle = section(PAGE_READWRITE | SEC_RESERVE)
    commit(handle, 2 * PAGE)
    with Memory.adopt(handle) as memory:
        assert memory.size == 2 * PAGE
        assert len(memory.map()) == 2 * PAGE
        memory.map()[-1] = 1


def test_a_file_that_is_mapped(ends: tuple[Stream, Stream]) -> None:
    import msvcrt

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "file")
        with path.open("w+b") as file:
            file.truncate(SIZE)
            handle = section(PAGE_READWRITE, msvcrt.get_osfhandle(file.fileno()))
            check_is_refused(ends, handle, "is a mapped file")


def test_what_is_no_memory(ends: tuple[Stream, Stream]) -> None:
    owned: list[int] = []
    _calls.create_event(owned)
    check_is_refused(ends, owned[0], "MapViewOfFile")


def test_memory_that_cannot_be_read(ends: tuple[Stream, Stream]) -> None:
    with Memory(1) as memory:
        check_is_refused(ends, duplicate(memory.handle, SECTION_QUERY), "MapViewOfFile")


@pytest.mark.parametrize("access", [SECTION_MAP_READ, SECTION_MAP_READ | SECTION_QUERY])
def test_memory_that_can_be_read_only(ends: tuple[Stream, Stream], access: int) -> None:
    with Memory(1) as memory:
        memory.map()[0] = 5
        send(ends[0], duplicate(memory.handle, access))
        with recv_object(ends[1], Memory) as reader:
            assert reader.read_only
            assert reader.map(read_only=True)[0] == 5
            with pytest.raises(PermissionError):
                reader.map()


def test_nobody_gets_more_rights_to_memory_of_a_single_writer() -> None:
    with Memory(1, single_writer=True) as memory:
        for access in (SECTION_MAP_WRITE, SECTION_MAP_READ | SECTION_MAP_WRITE):
            with pytest.raises(PermissionError):
                duplicate(memory.handle, access)
        with pytest.raises(PermissionError):
            file_mapping.map_view(memory.handle, False)
        _calls.close_handle(duplicate(memory.handle, SECTION_MAP_READ))


@lacking_on_wine("the owner of an object may change its DACL, whatever that says of owners")
def test_the_owner_of_memory_of_a_single_writer_gives_nobody_more_rights() -> None:
    with Memory(1, single_writer=True) as memory, pytest.raises(PermissionError):
        duplicate(memory.handle, WRITE_DAC)


def test_without_a_descriptor_everybody_would_get_all_rights() -> None:
    with Memory(1) as memory:
        reading = duplicate(memory.handle, SECTION_MAP_READ)
        _calls.close_handle(duplicate(reading, SECTION_MAP_WRITE))
        _calls.close_handle(reading)


def test_no_child_inherits_adopted_memory() -> None:
    number = Memory(1).detach()
    _calls.set_inheritable(number, True)
    with Memory.adopt(number) as memory:
        assert not os.get_handle_inheritable(memory.handle)


@pytest.mark.parametrize(
    ("function", "single_writer"),
    [
        ("CreateFileMappingW", False),
        ("CreateFileMappingW", True),
        ("MapViewOfFile", True),
        ("DuplicateHandle", True),
    ],
)
def test_errors_while_creating(function: str, single_writer: bool, failing: Any) -> None:
    Memory(1, single_writer=single_writer).close()
    before = open_handles()
    library = failing(function, module=file_mapping)
    with pytest.raises(OSError, match=function) as caught:
        Memory(1, single_writer=single_writer)
    failing.check(caught.value, function, library)
    del caught
    assert open_handles() == before


@pytest.mark.parametrize("function", ["MapViewOfFile", "VirtualQuery"])
def test_errors_while_adopting(function: str, failing: Any) -> None:
    with Memory(1) as memory:
        handle = duplicate(memory.handle, SECTION_MAP_READ)
        before = open_handles()
        library = failing(function, module=file_mapping)
        with pytest.raises(OSError, match=function) as caught:
            Memory.adopt(handle)
        failing.check(caught.value, function, library)
        assert open_handles() == before
        Memory.adopt(handle).close()


def test_what_cannot_be_mapped_can_be_tried_again(failing: Any) -> None:
    with Memory(1) as memory:
        library = failing("MapViewOfFile", module=file_mapping)
        with pytest.raises(OSError, match="MapViewOfFile") as caught:
            memory.map()
        failing.check(caught.value, "MapViewOfFile", library)
        memory.map()[0] = 1


def test_a_view_that_is_dropped_leaves_the_last_error_alone() -> None:
    memory = Memory(1)
    view = memory.map()
    memory.close()
    kernel32.SetLastError(1234)
    view.release()
    assert ffi.getwinerror()[0] == 1234


class Mapped:
    """Counts the views that are mapped."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        monkeypatch.setattr(file_mapping, "kernel32", self)

    def __getattr__(self, name: str) -> Any:
        function = getattr(kernel32, name)
        change = {"MapViewOfFile": 1, "UnmapViewOfFile": -1}.get(name, 0)

        def call(*arguments: Any) -> Any:
            self.count += change
            return function(*arguments)

        return call


def test_what_is_mapped_and_for_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    mapped = Mapped(monkeypatch)
    memory = Memory(1)
    assert mapped.count == 0
    first, second, reading = memory.map(), memory.map(), memory.map(read_only=True)
    assert mapped.count == 2
    first.release()
    memory.close()
    assert mapped.count == 2
    second.release()
    assert mapped.count == 1
    reading.release()
    assert mapped.count == 0
