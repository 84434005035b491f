"""Programs that do not use this library are ordinary peers: plain files, and `multiprocessing`."""

from __future__ import annotations

import sys
from multiprocessing.connection import Client, Listener

import pytest

from interprocess.local_socket import Name, listen
from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeStream
from tests.support import PATIENCE, Running
from tests.windows.pipes import MESSAGES, PATIENTLY, unique_path

assert sys.platform == "win32"


def test_a_plain_file_is_a_client() -> None:
    name = Name.unique()

    def ask() -> bytes:
        with open(str(name), "r+b", buffering=0) as file:
            file.write(b"question")
            return file.read(100)

    with listen(name) as listener:
        client = Running(ask)
        with listener.accept(PATIENCE) as stream:
            assert stream.recv(100) == b"question"
            stream.send_all(b"answer")
            assert client.result() == b"answer"


def test_a_client_of_multiprocessing() -> None:
    options = PipeListenerOptions(unique_path(), mode=MESSAGES)

    def ask() -> bytes:
        with Client(options.path) as connection:
            connection.send_bytes(b"question")
            connection.send_bytes(b"x" * 100_000)
            return connection.recv_bytes()

    with options.create_duplex() as listener:
        client = Running(ask)
        with listener.accept(PATIENCE) as stream:
            assert stream.recv_msg() == b"question"
            assert stream.recv_msg() == b"x" * 100_000
            stream.send(b"answer")
            assert client.result() == b"answer"


def test_a_listener_of_multiprocessing() -> None:
    path = unique_path()
    with Listener(path) as listener:

        def serve() -> None:
            with listener.accept() as connection:
                connection.send_bytes(connection.recv_bytes()[::-1])
                with pytest.raises(EOFError):
                    connection.recv_bytes()

        server = Running(serve)
        with PipeStream.connect_by_path(
            path, recv_mode=MESSAGES, send_mode=MESSAGES, wait_mode=PATIENTLY
        ) as stream:
            stream.send(b"abc")
            assert stream.recv_msg() == b"cba"
        server.result()
