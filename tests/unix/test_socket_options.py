"""The options of sockets, read and set on streams and listeners themselves."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from typing import Any

import pytest

from interprocess.local_socket import Name, connect, listen, pair
from interprocess.local_socket.asyncio import listen as listen_async
from interprocess.local_socket.asyncio import pair as pair_async

LINGER = struct.pack("ii", 1, 7)


def check_options(owner: Any) -> None:
    """Read options of an OWNER of a socket, set them, and find them set."""
    assert owner.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM
    owner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 50_000)
    assert owner.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) >= 50_000
    owner.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    assert owner.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == LINGER
    assert owner.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 1024) == LINGER
    owner.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, True)
    assert owner.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    for size in (-1, 1025, 1 << 40):
        with pytest.raises(OSError, match=f"1024 bytes, not {size}"):
            owner.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, size)
    for call in (lambda: owner.getsockopt(socket.SOL_SOCKET, 12345), lambda: set_unknown(owner)):
        with pytest.raises(OSError) as caught:
            call()
        assert caught.value.errno == errno.ENOPROTOOPT
    for value in ("text", 1.5, None):
        with pytest.raises(TypeError):
            owner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, value)
    with pytest.raises(OverflowError):
        owner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 40)


def set_unknown(owner: Any) -> None:
    owner.setsockopt(socket.SOL_SOCKET, 12345, 1)


def check_all(*owners: Any) -> None:
    for owner in owners:  # While all are open: macOS sets nothing when the peer has left.
        check_options(owner)
    for owner in owners:
        owner.close()
        check_closed(owner)


def check_closed(owner: Any) -> None:
    with pytest.raises(ValueError, match="closed"):
        owner.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)
    with pytest.raises(ValueError, match="closed"):
        owner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)


def test_of_listeners_and_streams(name: Name) -> None:
    with listen(name) as listener, connect(name) as client, listener.accept() as server:
        check_all(listener, client, server)


def test_of_halves_and_clones() -> None:
    first, second = pair()
    with second, first.try_clone() as clone:
        recv_half, send_half = first.split()
        check_all(recv_half, send_half, clone)


def test_of_asynchronous_ones(name: Name) -> None:
    async def main() -> None:
        first, second = pair_async()
        recv_half, send_half = second.split()
        check_all(listen_async(name), first, recv_half, send_half)

    asyncio.run(main())


def test_a_larger_buffer_takes_more() -> None:
    def taken(size: int) -> int:
        first, second = pair()
        with first, second:
            first.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
            second.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
            first.set_nonblocking(True)
            total = 0
            while True:
                try:
                    total += first.send(bytes(1000))
                except BlockingIOError:
                    return total

    assert taken(100_000) > taken(10_000) > 0


def test_timeouts_are_ours() -> None:
    first, second = pair()
    with first, second:
        first.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", 10, 0))
        first.set_recv_timeout(0.01)
        with pytest.raises(TimeoutError):
            first.recv(1)
