"""Handles from hostile peers, and processes that cannot get any."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from interprocess.errors import UnexpectedObjectError
from interprocess.local_socket import Name, Stream, listen, pair, recv_object, send_object
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, open_handles, raw_handle

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="only Windows has handles")


@pytest.fixture
def ends() -> Iterator[tuple[Stream, Stream]]:
    first, second = pair()
    second.set_recv_timeout(PATIENCE)
    with first, second:
        yield first, second


def message(kind: int, number: int, more: bytes = b"") -> bytes:
    payload = number.to_bytes(8, "big") + more
    return b"IPOB\1" + bytes((kind,)) + len(payload).to_bytes(2, "big") + payload


@pytest.mark.parametrize("kind", range(1, 8))
@pytest.mark.parametrize("number", [0, 0xDEAD0, (1 << 32) - 1, 1 << 63, (1 << 64) - 1])
def test_a_number_that_is_no_handle(ends: tuple[Stream, Stream], kind: int, number: int) -> None:
    first, second = ends
    before = open_handles()
    first.send_all(message(kind, number))
    with pytest.raises(UnexpectedObjectError, match="the peer sent an unexpected object"):
        recv_object(second)
    assert open_handles() == before


@pytest.mark.parametrize("kind", [1, 2, 4, 5, 6, 7])
def test_a_handle_of_another_kind_is_left_alone(ends: tuple[Stream, Stream], kind: int) -> None:
    first, second = ends
    sender, recver = pipe()
    with sender, recver:
        first.send_all(message(kind, raw_handle(recver)))
        with pytest.raises(UnexpectedObjectError):
            recv_object(second)
        sender.send_all(b"x")
        assert recver.recv(1) == b"x"


@pytest.mark.parametrize(
    ("kind", "length", "limit"), [(1, 0, 8), (1, 9, 8), (5, 65535, 8), (2, 65535, 16392)]
)
def test_a_payload_of_another_length(
    ends: tuple[Stream, Stream], kind: int, length: int, limit: int
) -> None:
    first, second = ends
    first.send_all(b"IPOB\1" + bytes((kind,)) + length.to_bytes(2, "big"))
    with pytest.raises(UnexpectedObjectError, match=f"{length} bytes, not (from 8 to )?{limit}"):
        recv_object(second)


@pytest.mark.parametrize("sddl", [b"nonsense", b"\xff\xff"])
def test_a_security_descriptor_that_is_none(
    ends: tuple[Stream, Stream], name: Name, sddl: bytes
) -> None:
    first, second = ends
    with listen(name) as listener:
        first.send_all(message(2, raw_handle(listener), sddl))
        with pytest.raises(UnexpectedObjectError):
            recv_object(second)
        assert not listener.closed


def test_a_process_that_is_named(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    sender, recver = pipe()
    with sender, recver:
        send_object(first, sender, pid=os.getpid())
        recv_object(second).close()
        before = open_handles()
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        pid = ended.pid
        del ended
        for wrong in (pid, 0xFFFFFFF0):
            with pytest.raises(OSError, match=r"OpenProcess|DuplicateHandle"):
                send_object(first, sender, pid=wrong)
        for bad in (0, -1, 1 << 40):
            with pytest.raises(ValueError, match="is not a process id"):
                send_object(first, sender, pid=bad)
        assert open_handles() == before
        sender.send_all(b"still ours")
        assert recver.recv(10) == b"still ours"


def test_a_message_in_pieces(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    sender, recver = pipe()
    with sender, recver:
        send_object(first, sender, pid=os.getpid())
        whole = second.recv_exactly(16)
        second.set_recv_timeout(0)
        for place in range(16):
            with pytest.raises(TimeoutError):
                recv_object(second)
            first.send_all(whole[place : place + 1])
        recv_object(second).close()


def test_what_was_not_sent_is_taken_back(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    sender, recver = pipe()
    with sender, recver:
        second.close()
        before = open_handles()
        with pytest.raises(OSError):  # The peer has left.
            send_object(first, sender, pid=os.getpid())
        assert open_handles() == before
