"""Conditions that kernels other than Linux report as errors when a peer has left or is not served.

On Linux most of it is easy. `make test-kernels` runs it under imitations of the others.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from interprocess import capabilities
from interprocess.errors import UnsupportedError
from interprocess.local_socket import (
    ConnectOptions,
    ConnectWaitMode,
    Name,
    Shutdown,
    Stream,
    connect,
    listen,
    pair,
)
from interprocess.os.unix.fifo_file import create_fifo, open_recver, open_sender
from interprocess.os.unix.local_socket import Listener
from tests.support import Running, socket_directory, unique, unique_name

needs_waiting = pytest.mark.skipif(
    not capabilities.available("connect_wait"), reason="this system refuses instead of waiting"
)


def test_a_client_that_has_left_is_accepted_and_heard(name: Name) -> None:
    with listen(name) as listener:
        for _ in range(3):
            with connect(name) as client:
                client.send_all(b"last words")
            with listener.accept(timeout=5) as stream:
                assert stream.recv_exactly(10) == b"last words"
                assert stream.recv(1) == b""
                with pytest.raises(BrokenPipeError):
                    stream.send_all(b"to nobody")


@needs_waiting
def test_a_server_that_closes_at_once_is_connected_to(name: Name) -> None:
    with listen(name) as listener:

        def accept_and_close() -> None:
            for _ in range(200):
                listener.accept(timeout=30).close()

        accepting = Running(accept_and_close)
        for _ in range(200):
            connect(name, timeout=30).close()
        accepting.result()


def test_adopting_a_stream_whose_peer_has_left() -> None:
    first, second = pair()
    second.send_all(b"x")
    second.close()
    with Stream(first.detach()) as stream:
        assert stream.recv(1) == b"x"
        assert stream.recv(1) == b""


def test_adopting_both_ends_of_a_connection(name: Name) -> None:
    with Listener(listen(name).detach()) as listener:
        client = connect(name)
        with Stream(client.detach()) as adopted, listener.accept(timeout=5) as accepted:
            with Stream(accepted.detach()) as stream:
                adopted.send_all(b"x")
                assert stream.recv(1) == b"x"
    if not name.is_abstract():
        os.unlink(name.address)


@pytest.mark.skipif(not capabilities.available("peer_creds"), reason="no peer credentials")
def test_user_and_group_of_a_peer_that_has_left(name: Name) -> None:
    with listen(name) as listener:
        client = connect(name)
        with listener.accept() as stream:
            client.close()
            if not capabilities.available("peer_creds_after_end"):
                with pytest.raises(UnsupportedError, match="has left"):
                    stream.peer_creds()
                return
            creds = stream.peer_creds()
            assert (creds.euid, creds.egid) == (os.geteuid(), os.getegid())
            assert creds.pid in (os.getpid(), None)


@pytest.mark.parametrize("how", list(Shutdown))
def test_shutting_down_after_the_peer_has_left(how: Shutdown) -> None:
    first, second = pair()
    with first:
        second.close()
        first.shutdown(how)
        first.shutdown(how)


def test_both_directions_are_shut_though_one_was_already() -> None:
    first, second = pair()
    with first, second:
        second.shutdown(Shutdown.SEND)
        assert first.recv(1) == b""
        first.shutdown()
        second.set_recv_timeout(5)
        assert second.recv(1) == b""


def test_closing_wakes_a_send_though_the_peer_sends_no_more() -> None:
    first, second = pair()
    with second:
        second.shutdown(Shutdown.SEND)
        assert first.recv(1) == b""
        sending = Running(lambda: first.send_all(bytes(8_000_000)))
        assert sending.is_waiting()
        first.close()
        with pytest.raises(ValueError, match="closed"):
            sending.result()


@needs_waiting
def test_a_burst_of_clients_waits_for_room(name: Name) -> None:
    clients = 300  # More than most kernels keep waiting.
    with listen(name) as listener:
        connecting = [Running(lambda: connect(name, timeout=60).close()) for _ in range(clients)]
        for _ in range(clients):
            listener.accept(timeout=30).close()
        for each in connecting:
            each.result()


@needs_waiting
def test_a_dead_listener_is_not_waited_for() -> None:
    name = unique_name("path")
    dead = listen(name)
    dead.keep_name()
    dead.close()
    for mode in (
        ConnectWaitMode.unbounded(),
        ConnectWaitMode.timeout(30),
        ConnectWaitMode.deferred(),
    ):
        with pytest.raises(ConnectionRefusedError):
            ConnectOptions(name, wait_mode=mode).connect_sync()
    os.unlink(name.address)


@pytest.fixture
def fifo() -> Iterator[Path]:
    path = Path(socket_directory(), unique("fifo"))
    create_fifo(path)
    yield path
    path.unlink()


def test_a_waiting_reader_of_a_fifo_sees_the_last_writer_leave(fifo: Path) -> None:
    opening = Running(lambda: open_recver(fifo))
    sender = open_sender(fifo)
    with opening.result() as recver:
        receiving = Running(lambda: recver.recv(1))
        assert receiving.is_waiting()
        sender.close()
        assert receiving.result() == b""


def test_a_waiting_writer_of_a_fifo_sees_the_reader_leave_and_room_made(fifo: Path) -> None:
    opening = Running(lambda: open_recver(fifo))
    with open_sender(fifo) as sender:
        recver = opening.result()
        sending = Running(lambda: sender.send_all(bytes(1_000_000)))
        assert sending.is_waiting()
        assert recver.recv_exactly(200_000) == bytes(200_000)
        recver.close()
        with pytest.raises(BrokenPipeError):
            sending.result()


@pytest.mark.parametrize("end", ["recver", "sender"])
def test_waiting_for_a_fifo_does_not_spin(fifo: Path, end: str) -> None:
    opening = Running(lambda: open_recver(fifo))
    with open_sender(fifo) as sender, opening.result() as recver:
        sender.set_timeout(0.5)
        recver.set_timeout(0.5)
        used: list[float] = []

        def wait() -> None:
            began = time.thread_time()
            with pytest.raises(TimeoutError):
                # In small pieces, so that hardly a byte is free in the end.
                recver.recv(1) if end == "recver" else [sender.send(bytes(999)) for _ in range(99)]
            used.append(time.thread_time() - began)

        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
        assert used[0] < 0.3
