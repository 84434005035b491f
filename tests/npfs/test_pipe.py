"""Check the model of the pipe file system against the sources about Windows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.npfs import pipe as model
from tests.npfs.pipe import Pipe, Queue, Request, State

SERVER, CLIENT = True, False


def new_pipe(quota: int = 4, is_message: bool = False) -> Pipe:
    return Pipe(Queue(quota), Queue(quota), is_message)


def write(pipe: Pipe, data: bytes) -> Request:
    request = Request()
    pipe.write(CLIENT, data, request)
    return request


def read(pipe: Pipe, size: int) -> Request:
    request = Request()
    pipe.read(SERVER, size, request)
    return request


def test_what_fits_is_written_at_once() -> None:
    pipe = new_pipe()
    assert write(pipe, b"abcd").status == model.SUCCESS
    assert pipe.inbound.free == 0
    assert (read(pipe, 3).data, read(pipe, 3).data) == (b"abc", b"d")
    assert (pipe.inbound.free, pipe.inbound.state) == (4, State.EMPTY)


def test_a_read_that_waits_gets_what_is_written() -> None:
    pipe = new_pipe()
    reading = read(pipe, 3)
    assert reading.status == model.PENDING
    # It takes from the quota meanwhile.
    assert pipe.inbound.free == 1
    assert write(pipe, b"abcd").status == model.SUCCESS
    assert (reading.status, reading.data) == (model.SUCCESS, b"abc")
    assert read(pipe, 3).data == b"d"


def test_a_write_waits_for_room_and_ends_before_it_is_read() -> None:
    pipe = new_pipe()
    write(pipe, b"abcd")
    writing = write(pipe, b"efgh")
    assert writing.status == model.PENDING
    for size, ended in ((3, False), (1, True)):
        assert len(read(pipe, size).data) == size
        assert (writing.status == model.SUCCESS) is ended
    assert read(pipe, 10).data == b"efgh"


def test_a_read_of_more_than_the_quota_can_leave_a_write_in_the_midst() -> None:
    """The write has less of the quota than is read of it: `QuotaInEntry` wraps."""
    pipe = new_pipe()
    write(pipe, b"abcd")
    writing = write(pipe, b"efgh")
    assert read(pipe, 5).data == b"abcde"
    assert writing.status == model.PENDING
    assert pipe.cancel(writing)
    assert writing.status == model.CANCELLED
    assert (pipe.inbound.state, pipe.inbound.free) == (State.EMPTY, 4)


def test_a_single_byte_is_read_or_not() -> None:
    pipe = new_pipe()
    write(pipe, b"abcd")
    writing = write(pipe, b"e")
    assert read(pipe, 5).data == b"abcde"
    assert (writing.status, writing.count) == (model.SUCCESS, 1)


def test_without_a_quota_every_write_waits_until_it_is_read() -> None:
    pipe = new_pipe(0)
    writing = write(pipe, b"abcd")
    assert read(pipe, 3).data == b"abc"
    assert writing.status == model.PENDING
    assert read(pipe, 3).data == b"d"
    assert (writing.status, writing.count) == (model.SUCCESS, 4)


def test_messages_stay_apart() -> None:
    pipe = new_pipe(100, is_message=True)
    write(pipe, b"abcd")
    write(pipe, b"")
    write(pipe, b"ef")
    first = read(pipe, 3)
    assert (first.status, first.data) == (model.BUFFER_OVERFLOW, b"abc")
    assert [read(pipe, 10).data for _ in range(3)] == [b"d", b"", b"ef"]


def test_a_read_of_no_bytes_takes_no_message() -> None:
    pipe = new_pipe(100, is_message=True)
    write(pipe, b"abcd")
    assert read(pipe, 0).status == model.SUCCESS
    assert read(pipe, 10).data == b"abcd"


def test_what_was_written_stays_when_its_end_is_closed() -> None:
    pipe = new_pipe()
    write(pipe, b"abcd")
    pipe.close(CLIENT)
    assert read(pipe, 10).data == b"abcd"
    assert read(pipe, 10).status == model.PIPE_BROKEN


def test_what_was_not_read_goes_when_its_reader_is_closed() -> None:
    pipe = new_pipe()
    write(pipe, b"abcd")
    writing = write(pipe, b"e")
    flushing = Request()
    pipe.inbound.flush(flushing)
    pipe.close(SERVER)
    assert flushing.status == model.PIPE_BROKEN
    # When the data before it went, there was room for it.
    assert writing.status == model.SUCCESS
    assert write(pipe, b"x").status == model.PIPE_CLOSING
    # Nothing is left, so this succeeds.
    later = Request()
    pipe.inbound.flush(later)
    assert later.status == model.SUCCESS


@pytest.mark.parametrize("quota", [0, 4, 100])
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(1, 12)), max_size=30))
def test_nothing_is_lost_or_changed(quota: int, steps: list[tuple[bool, int]]) -> None:
    pipe = new_pipe(quota)
    written, taken = bytearray(), bytearray()
    reads: list[Request] = []
    for number, (is_write, size) in enumerate(steps):
        if is_write:
            data = bytes([number]) * size
            written += data
            write(pipe, data)
        else:
            reads.append(read(pipe, size))
    while pipe.inbound.state is State.WRITES:
        reads.append(read(pipe, 7))
    for request in reads:
        taken += request.data
    assert taken == written
    if pipe.inbound.state is State.EMPTY:
        assert (pipe.inbound.used, pipe.inbound.offset) == (0, 0)
