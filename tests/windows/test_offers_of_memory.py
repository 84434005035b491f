"""Offers of memory that no client of ours makes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from interprocess import capabilities
from interprocess import local_socket as plain
from interprocess.local_socket import Name
from interprocess.os.windows._calls import processes
from interprocess.os.windows._shared_memory import Memory
from interprocess.os.windows.local_socket._below_memory import new_beside
from interprocess.shared_memory.local_socket import _layout, connect, listen
from tests.support import PATIENCE, open_handles, python

if not capabilities.available("shared_memory_rings"):
    pytest.skip("elsewhere the bytes go over the pipe", allow_module_level=True)

CAPACITIES = (1 << 16, 1 << 16)
SIZE = _layout.size_for(CAPACITIES)
GOOD = _layout.offer_of(CAPACITIES)

#: Creates a room for another process.
FOREIGN_ROOM = """
import sys
from interprocess.os.windows.local_socket._below_memory import new_beside

beside, token = new_beside()
print(token.hex(), flush=True)
sys.stdin.read()
for wire in beside:
    wire.close()
"""


@pytest.fixture
def name() -> Name:
    return Name.unique()


def addition(number: int, token: bytes) -> bytes:
    return number.to_bytes(8, "little", signed=True) + token


@pytest.fixture
def offers() -> Iterator[dict[str, bytes]]:
    """Give offers, by what is wrong with them."""
    with ExitStack() as stack:
        beside, token = new_beside()
        for wire in beside:
            stack.enter_context(wire)
        memory = stack.enter_context(Memory(SIZE))
        small = stack.enter_context(Memory(1 << 16))
        read_only = stack.enter_context(Memory(SIZE, single_writer=True))
        foreign = stack.enter_context(python(FOREIGN_ROOM))
        assert foreign.stdout is not None
        foreign_token = bytes.fromhex(foreign.stdout.readline().decode())
        good = addition(memory.handle, token)
        yield {
            "garbage": b"GET / HTTP/1.1\r\n\r\n" * 3,
            "short": b"x",
            "another version": GOOD.replace(b"\x01", b"\x02") + good,
            "memory that is too small": GOOD + addition(small.handle, token),
            "memory that cannot be written": GOOD + addition(read_only.handle, token),
            "no memory": GOOD + addition(beside[0].handle, token),
            "no handle": GOOD + addition(0x7FFF_FFF0, token),
            "the process itself": GOOD + addition(-1, token),
            "a number of 63 bits": GOOD + addition((1 << 63) - 1, token),
            "no number": GOOD + addition(0, token),
            "no such room": GOOD + addition(memory.handle, os.urandom(16)),
            "a room of another process": GOOD + addition(memory.handle, foreign_token),
            "capacities": _layout.offer_of((1 << 16, 3 << 14)) + good,
        }


def test_what_is_no_offer_is_refused(name: Name, offers: dict[str, bytes]) -> None:
    with listen(name) as listener:
        for what, data in offers.items():
            before = open_handles()
            with plain.connect(name) as client:
                client.send_all(data)
                with listener.accept(PATIENCE) as stream:
                    with pytest.raises(ConnectionAbortedError, match="no shared_memory"):
                        stream.recv(1)
            assert open_handles() <= before, what
        with connect(name) as client, listener.accept(PATIENCE) as stream:
            client.send_all(b"x")
            assert stream.recv(1) == b"x"


def test_an_offer_without_memory_and_room_is_declined(name: Name) -> None:
    with listen(name) as listener, plain.connect(name) as client:
        client.send_all(GOOD)
        with listener.accept(PATIENCE) as stream:
            assert client.recv(1) == _layout.DECLINED
            client.send_all(b"x")
            assert stream.recv(1) == b"x"
            assert not stream.through_memory


def test_a_client_whose_handles_are_out_of_reach_uses_the_pipe(
    name: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(pid: int, access: int) -> int:
        raise PermissionError(13, "access is denied")

    monkeypatch.setattr(processes, "open_process", denied)
    with listen(name) as listener, connect(name) as client, listener.accept(PATIENCE) as stream:
        client.send_all(b"over the pipe")
        assert stream.recv(100) == b"over the pipe"
        assert not client.through_memory
        assert not stream.through_memory


def test_a_server_that_agrees_without_opening_the_room(name: Name) -> None:
    with plain.listen(name) as listener, connect(name) as client, listener.accept() as server:
        server.send_all(_layout.AGREED)
        for _ in range(2):
            with pytest.raises(ConnectionAbortedError, match="without its end"):
                client.send_all(b"x")
