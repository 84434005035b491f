"""Streams as files of Python's `io`: a write is complete, or its error has the number of bytes
written.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.portable.streams import (
    KINDS,
    REFUSALS,
    Ends,
    forbid_waiting,
    permit_waiting,
    receive_all,
)
from tests.support import Running

#: More than any system buffers for a reader.
PLENTY = bytes(range(256)) * 16384


@pytest.fixture(params=sorted(KINDS))
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    with KINDS[request.param]() as ends:
        yield ends


def assert_received(receiver: Any, expected: bytes) -> None:
    """Check that the receiver gets EXPECTED and then the end."""
    assert receiver.recv_exactly(len(expected)) == expected
    forbid_waiting(receiver, "timeout")
    with pytest.raises(TimeoutError):
        receiver.recv(1)


def test_copyfileobj_copies_all(ends: Ends) -> None:
    sender, receiver = ends
    receiving = Running(lambda: receiver.recv_exactly(len(PLENTY)))
    shutil.copyfileobj(io.BytesIO(PLENTY), sender)
    assert receiving.result() == PLENTY


@pytest.mark.parametrize("how", sorted(REFUSALS))
def test_copyfileobj_raises_where_it_cannot_copy_all(ends: Ends, how: str) -> None:
    sender, receiver = ends
    forbid_waiting(sender, how)
    source = io.BytesIO(PLENTY)
    with pytest.raises(REFUSALS[how]) as caught:
        shutil.copyfileobj(source, sender)
    last_piece = shutil.COPY_BUFSIZE  # type: ignore[attr-defined]  # it is there since 3.8
    sent = source.tell() - last_piece + caught.value.characters_written  # type: ignore[attr-defined]
    assert 0 < sent < len(PLENTY)
    assert_received(receiver, PLENTY[:sent])


@pytest.mark.parametrize("how", sorted(REFUSALS))
def test_a_write_is_whole_or_says_how_much_went_out(ends: Ends, how: str) -> None:
    sender, receiver = ends
    assert sender.write(b"") == 0
    assert sender.write(b"some") == 4
    assert sender.write(memoryview(b"more").cast("B", (2, 2))) == 4
    assert receiver.recv_exactly(8) == b"somemore"
    forbid_waiting(sender, how)
    with pytest.raises(REFUSALS[how]) as caught:
        sender.write(PLENTY)
    sent = caught.value.characters_written  # type: ignore[attr-defined]  # documented
    assert 0 < sent < len(PLENTY)
    with pytest.raises(REFUSALS[how]) as caught:
        sender.write(PLENTY)
    more = caught.value.characters_written  # type: ignore[attr-defined]  # documented
    assert_received(receiver, PLENTY[:sent] + PLENTY[:more])


@pytest.mark.parametrize("how", sorted(REFUSALS))
def test_lines_are_written_whole_or_it_says_how_much_went_out(ends: Ends, how: str) -> None:
    sender, receiver = ends
    sender.writelines([b"one\n", bytearray(b"two\n")])
    assert receiver.recv_exactly(8) == b"one\ntwo\n"
    forbid_waiting(sender, how)
    with pytest.raises(REFUSALS[how]) as caught:
        sender.writelines([PLENTY[:1000]] * 10_000)
    sent = caught.value.characters_written  # type: ignore[attr-defined]  # documented
    assert_received(receiver, (PLENTY[:1000] * 10_000)[:sent])


@pytest.mark.skipif(
    sys.implementation.name == "pypy", reason="PyPy's writelines expects complete writes"
)
@pytest.mark.parametrize("how", sorted(REFUSALS))
@pytest.mark.parametrize("kind", ["stream", "pipe"])
@given(
    sizes=st.lists(st.integers(0, 200_000) | st.integers(0, 20), max_size=8),
    buffer_size=st.sampled_from([1, 1000, 8192, 300_000]),
)
def test_a_buffered_writer_of_python_goes_on(
    kind: str, how: str, sizes: list[int], buffer_size: int
) -> None:
    with KINDS[kind]() as (sender, receiver):
        forbid_waiting(sender, how)
        forbid_waiting(receiver, "timeout")
        written, received = b"", b""
        writer = io.BufferedWriter(sender, buffer_size)
        for index, size in enumerate(sizes):
            data = bytes([index]) * min(size, 100 * buffer_size)
            if how == "timeout":
                # After another error than BlockingIOError it does not say how much it has taken, so
                # this writes no more than it keeps.
                data = data[:buffer_size]
            written += data
            done = False
            while not done:
                try:
                    if how == "timeout":
                        writer.flush()
                    data = data[writer.write(data) :]
                    done = not data
                except BlockingIOError as error:
                    data = data[error.characters_written :]
                    received += receiver.recv(150_000)
                    done = not data
                except TimeoutError:
                    received += receiver.recv(150_000)
        permit_waiting(receiver)
        permit_waiting(sender)
        receiving = Running(lambda: receive_all(receiver))
        writer.close()
        assert sender.closed
        assert received + receiving.result() == written


@pytest.mark.parametrize("how", sorted(REFUSALS))
def test_all_that_was_read_before_an_error_is_told(ends: Ends, how: str) -> None:
    sender, receiver = ends
    sender.send_all(b"some")
    forbid_waiting(receiver, how)
    if how == "nonblocking":  # `io` wants it so.
        assert receiver.readall() == b"some"
        assert receiver.readall() is None
        assert receiver.read() is None
    else:
        with pytest.raises(TimeoutError) as caught:
            receiver.readall()
        assert caught.value.partial == b"some"  # type: ignore[attr-defined]  # documented
    permit_waiting(receiver)
    sender.send_all(b"more")
    assert receiver.recv(100) == b"more"


def write_and_close(sender: Any) -> None:
    sender.write(PLENTY)
    sender.close()


def test_all_is_read_until_the_end() -> None:
    for kind in ("stream", "pipe"):
        with KINDS[kind]() as (sender, receiver):
            sending = Running(partial(write_and_close, sender))
            assert receiver.read() == PLENTY
            assert receiver.read() == b""
            sending.result()
