"""Offers of memory that no client of ours makes."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from interprocess import capabilities
from interprocess import local_socket as plain
from interprocess.local_socket import Name
from interprocess.os.unix._shared_memory.calls import memfd_create
from interprocess.shared_memory import Memory
from interprocess.shared_memory.local_socket import _layout, connect, listen
from tests.support import PATIENCE, finish, open_handles, python

if not capabilities.available("shared_memory_rings"):
    pytest.skip("elsewhere the bytes go over the socket", allow_module_level=True)


@pytest.fixture
def name() -> Name:
    return Name.unique()


def offers() -> Iterator[tuple[str, bytes, list[Any]]]:
    """Give things that no client of ours says, each with its descriptors."""
    capacities = (1 << 16, 1 << 16)
    good = _layout.OFFER.pack(_layout.MAGIC, *capacities)
    memory = Memory(_layout.size_for(capacities))
    small = Memory(1 << 16)
    numbers: list[int] = []
    memfd_create(b"unsealed", 0, numbers)
    unsealed = numbers[0]
    os.ftruncate(unsealed, _layout.size_for(capacities))
    readonly = Memory(_layout.size_for(capacities), single_writer=True)
    readonly_view = readonly.map()
    one, other = socket.socketpair()
    datagrams, more_datagrams = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    pipe = os.pipe()
    try:
        yield "garbage", b"GET / HTTP/1.1\r\n\r\n12345678", []
        yield "short", b"x", []
        yield "another version", good.replace(b"\x01", b"\x02"), [memory, one, one]
        yield "no descriptors", good, []
        yield "two descriptors", good, [memory, one]
        yield "four descriptors", good, [memory, one, one, one]
        yield "memory that is too small", good, [small, one, one]
        yield "memory that can shrink", good, [unsealed, one, one]
        yield "memory that cannot be written", good, [readonly, one, one]
        yield "no memory", good, [one, one, other]
        yield "datagrams for room", good, [memory, datagrams, one]
        yield "datagrams for objects", good, [memory, one, datagrams]
        yield "a pipe", good, [memory, pipe[0], one]
        for bad in ((0, 1 << 16), (1 << 16, 5), (1 << 62, 1 << 62), (1 << 16, 3 << 14)):
            yield f"{bad}", _layout.offer_of(bad), [memory, one, one]
    finally:
        readonly_view.release()
        for each in (memory, small, readonly, one, other, datagrams, more_datagrams):
            each.close()
        for number in (unsealed, *pipe):
            os.close(number)


def test_what_is_no_offer_is_refused(name: Name) -> None:
    with listen(name) as listener:
        for what, data, things in offers():
            before = open_handles()
            with plain.connect(name) as client:
                if things:
                    client.send_fds(data, things)
                else:
                    client.send_all(data)
                with listener.accept(PATIENCE) as stream:
                    stream.set_recv_timeout(PATIENCE)
                    if what in ("no descriptors", "two descriptors"):
                        assert client.recv(1) == _layout.DECLINED
                        continue
                    with pytest.raises(OSError) as caught:
                        stream.recv(1)
                    assert not isinstance(caught.value, TimeoutError), what
            assert open_handles() <= before, what
        with connect(name) as client, listener.accept(PATIENCE) as stream:
            client.send_all(b"x")
            assert stream.recv(1) == b"x"


#: More descriptors than any Python needs for a connection.
ENOUGH = 20

#: Has FREE descriptors left while it accepts a client, and sends back what it receives.
SHORT_OF_DESCRIPTORS = """if True:
    import os, resource, sys
    from interprocess.shared_memory.local_socket import listen

    with listen(sys.argv[1]) as listener:
        try:
            listener.accept(0.001)  # What waiting needs is there from now on.
        except TimeoutError:
            pass
        print("here", flush=True)
        sys.stdin.readline()
        _, hard = limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        number = os.dup(0)
        os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (number + int(sys.argv[2]), hard))
        with listener.accept(10) as stream:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            while data := stream.recv(5):
                stream.send_all(data)
"""


@pytest.mark.parametrize("free", [*range(1, 9), ENOUGH])
def test_a_server_short_of_descriptors_uses_the_socket(name: Name, free: int) -> None:
    with python(SHORT_OF_DESCRIPTORS, name.as_text(), str(free)) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"here\n"
        assert server.stdin is not None
        with connect(name) as client:
            server.stdin.write(b"\n")
            server.stdin.flush()
            client.set_recv_timeout(PATIENCE)
            client.send_all(b"hello")
            assert client.recv_exactly(5) == b"hello"
            assert client.through_memory or free < ENOUGH
        finish(server)


def test_a_server_short_of_descriptors_finds_that_its_client_has_left(name: Name) -> None:
    with python(SHORT_OF_DESCRIPTORS, name.as_text(), "2") as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"here\n"
        connect(name).close()
        assert finish(server) == ""
