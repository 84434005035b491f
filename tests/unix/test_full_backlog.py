"""A listener without room for another client: connecting waits, or raises BlockingIOError."""

from __future__ import annotations

import socket
import time

import pytest

from interprocess import capabilities
from interprocess.local_socket import ConnectOptions, ConnectWaitMode, Name, connect
from tests.support import Running

waits = pytest.mark.skipif(
    not capabilities.available("connect_wait"), reason="this system refuses instead of waiting"
)


@waits
def test_timeout(full: socket.socket, name: Name) -> None:
    for timeout in (0.1, 0.02, 0):
        began = time.monotonic()
        with pytest.raises(TimeoutError) as caught:
            connect(name, timeout=timeout)
        assert timeout <= time.monotonic() - began < timeout + 5
        assert str(name) in str(caught.value)


@waits
def test_deferred(full: socket.socket, name: Name) -> None:
    options = ConnectOptions(name, wait_mode=ConnectWaitMode.deferred())
    with pytest.raises(BlockingIOError) as caught:
        options.connect_sync()
    assert str(name) in str(caught.value)


@waits
@pytest.mark.parametrize("timeout", [None, 30])
def test_room_is_made(full: socket.socket, name: Name, timeout: float | None) -> None:
    connecting = Running(lambda: connect(name, timeout=timeout))
    assert connecting.is_waiting()
    accepted = []
    with full.accept()[0]:
        with connecting.result() as stream:
            stream.send_all(b"really connected")
            full.settimeout(5)
            while True:
                connection, _ = full.accept()
                accepted.append(connection)
                connection.settimeout(0.1)
                try:
                    if connection.recv(100) == b"really connected":
                        break
                except OSError:  # socket.timeout, which is a TimeoutError only since 3.10
                    continue
    for connection in accepted:
        connection.close()
    assert stream._send_timeout is None


@waits
def test_a_timeout_for_connecting_does_not_stay(name: Name) -> None:
    from interprocess.local_socket import listen

    with (
        listen(name) as listener,
        connect(name, timeout=0.05) as client,
        listener.accept() as stream,
    ):
        sending = Running(lambda: client.send_all(bytes(4_000_000)))
        assert sending.is_waiting()
        time_passed = Running(lambda: time.sleep(0.1))
        time_passed.join()
        assert stream.recv_exactly(4_000_000) == bytes(4_000_000)
        sending.result()
