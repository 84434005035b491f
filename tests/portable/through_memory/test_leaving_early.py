"""Clients that leave before both sides have agreed to use memory."""

from __future__ import annotations

import asyncio

import pytest

from interprocess.local_socket import Name
from interprocess.shared_memory import local_socket
from interprocess.shared_memory.local_socket import connect, listen
from tests.support import PATIENCE, python

CHILD = """
import sys
from interprocess.shared_memory.local_socket import connect

stream = connect(sys.argv[1])
print("connected", flush=True)
sys.stdin.read()
"""


def check_has_ended(stream: local_socket.Stream) -> None:
    assert stream.recv(1) == b""
    with pytest.raises(BrokenPipeError):
        stream.send(b"x")


def test_closing_before_the_server_accepts(name: Name) -> None:
    with listen(name) as listener:
        connect(name).close()
        with listener.accept(PATIENCE) as stream:
            check_has_ended(stream)


def test_closing_before_the_answer_is_received(name: Name) -> None:
    with listen(name) as listener:
        client = connect(name)
        with listener.accept(PATIENCE) as stream:
            client.close()
            if stream.through_memory:
                with pytest.raises(BrokenPipeError):
                    stream.send(b"x")
            assert stream.recv(1) == b""


def test_being_killed_before_the_server_accepts(name: Name) -> None:
    with listen(name) as listener, python(CHILD, name.as_text()) as child:
        assert child.stdout is not None
        assert child.stdout.readline()
        child.kill()
        child.wait(PATIENCE)
        with listener.accept(PATIENCE) as stream:
            check_has_ended(stream)


def test_closing_before_an_asynchronous_server_accepts(name: Name) -> None:
    from interprocess.shared_memory.local_socket.asyncio import listen

    async def main() -> bytes:
        async with listen(name) as listener:
            accepting = asyncio.ensure_future(listener.accept())
            await asyncio.sleep(0)
            connect(name).close()
            async with await accepting as stream:
                return await stream.recv(1)

    assert asyncio.run(main()) == b""
