"""Many clients, much data, sudden deaths."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable

import pytest

from interprocess import capabilities
from interprocess.local_socket import IncompleteReadError, Name, Stream, connect, listen, pair
from tests.support import PATIENCE, Running, open_handles, python

CONNECTIONS = 1000
CLIENTS = 200
MEBIBYTE = 1024 * 1024
SIZE = 64 * MEBIBYTE


def test_connect_accept_close(name: Name) -> None:
    with listen(name) as listener:
        before = open_handles()
        for _ in range(CONNECTIONS):
            with connect(name) as client, listener.accept():
                pass
        assert client.closed
        assert open_handles() <= before


@pytest.mark.skipif(
    not capabilities.available("connect_wait"), reason="this system refuses instead of waiting"
)
def test_concurrent_clients(name: Name) -> None:
    def echo(stream: Stream) -> None:
        with stream:
            while data := stream.recv(1000):
                stream.send_all(data)

    def ask(number: int) -> None:
        with connect(name, timeout=PATIENCE) as stream:
            stream.set_recv_timeout(PATIENCE)
            for round_number in range(3):
                question = b"client %d, round %d" % (number, round_number)
                stream.send_all(question)
                assert stream.recv_exactly(len(question)) == question

    with listen(name) as listener:
        servers: list[Running[None]] = []
        accepting = Running(lambda: servers.extend(Running(lambda s=s: echo(s)) for s in listener))  # type: ignore[misc]
        clients = [Running(lambda number=number: ask(number)) for number in range(CLIENTS)]  # type: ignore[misc]
        for client in clients:
            client.result()
        listener.close()
        accepting.result()
        for server in servers:
            server.result()
    assert len(servers) == CLIENTS


def vectors(data: memoryview, count: int = 4) -> list[memoryview]:
    step = -(-len(data) // count)
    return [data[start : start + step] for start in range(0, len(data), step)]


def send_by_send(stream: Stream, data: memoryview) -> None:
    while data:
        data = data[stream.send(data[:MEBIBYTE]) :]


def send_vectored(stream: Stream, data: memoryview) -> None:
    while data:
        data = data[stream.send_vectored(vectors(data[:MEBIBYTE])) :]


def send_by_file(stream: Stream, data: memoryview) -> None:
    with stream.makefile("wb") as file:
        for start in range(0, len(data), 10_000):
            file.write(data[start : start + 10_000])


SENDING: dict[str, Callable[[Stream, memoryview], None]] = {
    "send": send_by_send,
    "send_all": lambda stream, data: stream.send_all(data),
    "send_vectored": send_vectored,
    "makefile": send_by_file,
}


def recv_by_recv(stream: Stream, take: Callable[[bytes | memoryview], None]) -> None:
    while data := stream.recv(MEBIBYTE):
        take(data)


def recv_into(stream: Stream, take: Callable[[bytes | memoryview], None]) -> None:
    buffer = bytearray(MEBIBYTE)
    while count := stream.recv_into(buffer):
        take(memoryview(buffer)[:count])


def recv_vectored(stream: Stream, take: Callable[[bytes | memoryview], None]) -> None:
    buffer = bytearray(MEBIBYTE)
    while count := stream.recv_vectored(vectors(memoryview(buffer))):
        take(memoryview(buffer)[:count])


def recv_exactly(stream: Stream, take: Callable[[bytes | memoryview], None]) -> None:
    for _ in range(SIZE // MEBIBYTE):
        take(stream.recv_exactly(MEBIBYTE))
    assert stream.recv(1) == b""


def recv_by_file(stream: Stream, take: Callable[[bytes | memoryview], None]) -> None:
    with stream.makefile("rb") as file:
        while data := file.read(100_000):
            take(data)


RECEIVING = {
    "recv": recv_by_recv,
    "recv_into": recv_into,
    "recv_vectored": recv_vectored,
    "recv_exactly": recv_exactly,
    "makefile": recv_by_file,
}


@pytest.mark.parametrize(
    ("sending", "receiving"),
    [
        ("send", "recv"),
        ("send_all", "recv_into"),
        ("send_vectored", "recv_vectored"),
        ("send_all", "recv_exactly"),
        ("makefile", "makefile"),
    ],
)
def test_64_mebibytes(sending: str, receiving: str) -> None:
    data = bytes(range(256)) * (SIZE // 256)
    first, second = pair()
    digest = hashlib.sha256()
    with second:

        def send() -> None:
            with first:
                SENDING[sending](first, memoryview(data))

        thread = Running(send)
        RECEIVING[receiving](second, digest.update)
        thread.result()
    assert digest.digest() == hashlib.sha256(data).digest()


def test_client_killed_in_the_middle_of_a_message(name: Name) -> None:
    code = """
import pickle, sys, time
from interprocess.local_socket import connect
stream = connect(pickle.loads(bytes.fromhex(sys.argv[1])))
stream.send_all(b"half a mess")
stream.recv(1)
"""
    with listen(name) as listener:
        with python(code, pickle.dumps(name).hex()) as child, listener.accept(PATIENCE) as stream:
            assert stream.recv_exactly(4) == b"half"
            receiving = Running(lambda: stream.recv_exactly(20))
            assert receiving.is_waiting()
            child.kill()
            with pytest.raises(IncompleteReadError) as caught:
                receiving.result()
            assert caught.value.partial == b" a mess"
        with connect(name) as client, listener.accept() as stream:  # The listener serves on.
            client.send_all(b"x")
            assert stream.recv(1) == b"x"


def test_data_sent_just_before_a_process_exits_arrives(name: Name) -> None:
    code = """
import os, pickle, sys
from interprocess.local_socket import connect
connect(pickle.loads(bytes.fromhex(sys.argv[1]))).send_all(b"x" * 10_000)
os._exit(0)
"""
    with listen(name) as listener, python(code, pickle.dumps(name).hex()) as child:
        with listener.accept(PATIENCE) as stream:
            assert child.wait(PATIENCE) == 0
            assert stream.recv_exactly(10_000) == b"x" * 10_000
            assert stream.recv(1) == b""
