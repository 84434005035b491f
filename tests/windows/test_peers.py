"""Programs that do not use this library are ordinary peers: plain files, and `multiprocessing`."""

from __future__ import annotations

import asyncio
import os
import sys
from multiprocessing.connection import Client, Listener

import pytest

import interprocess.local_socket.asyncio as asynchronous
from interprocess.local_socket import Name, connect, listen
from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeStream
from interprocess.os.windows.security_descriptor import Sid
from tests.support import PATIENCE, Running, finish, python
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


def test_both_ends_of_a_local_socket_know_the_others_user(name: Name) -> None:
    with listen(name) as listener, connect(name, PATIENCE) as client:
        with listener.accept(PATIENCE) as server:
            for end in (client, server):
                creds = end.peer_creds()
                assert creds.pid == os.getpid()
                assert creds.sid == Sid.current_user().text
                assert (creds.euid, creds.egid, creds.groups) == (None, None, None)


def test_asynchronous_streams_know_it_too() -> None:
    async def main() -> None:
        first, second = asynchronous.pair()
        async with first, second:
            assert first.peer_creds().sid == second.peer_creds().sid == Sid.current_user().text

    asyncio.run(main())


def test_the_user_of_another_process(name: Name) -> None:
    code = """
import sys
from interprocess.local_socket import connect
with connect(sys.argv[1], 60) as stream:
    stream.send_all(b"x")
    stream.recv(1)
"""
    with listen(name) as listener, python(code, str(name)) as process:
        with listener.accept(PATIENCE) as server:
            assert server.recv(1) == b"x"
            assert server.peer_creds().sid == Sid.of_process(process.pid).text
            server.send_all(b"x")
            finish(process)


def test_a_server_learns_who_its_client_is() -> None:
    options = PipeListenerOptions(unique_path())
    with options.create_duplex() as listener:
        with PipeStream.connect_by_path(options.path, wait_mode=PATIENTLY) as client:
            with listener.accept(PATIENCE) as server:
                assert server.peer_creds() == client.peer_creds()
                client.send(b"x")
                assert server.recv(1) == b"x"
                with server.impersonate_client():
                    assert Sid.impersonated_user() == Sid.current_user()
                with pytest.raises(OSError, match="OpenThreadToken"):
                    Sid.impersonated_user()


def test_users_of_processes_have_names() -> None:
    user = Sid.of_process(os.getpid())
    assert user == Sid.current_user()
    assert user.account_name().lower().endswith("\\" + os.environ["USERNAME"].lower())
    assert Sid("SY").account_name().endswith("SYSTEM")
    with pytest.raises(OSError, match="OpenProcess"):
        Sid.of_process(0xFFFF_FFF0)
    with pytest.raises(OSError, match="LookupAccountSidW"):
        Sid("S-1-5-21-1-2-3-123456").account_name()
