"""Objects that are handed over beside the bytes of a connection through memory, with anyio."""

from __future__ import annotations

import pytest

pytest.importorskip("anyio", reason="anyio is not installed")

import anyio

from interprocess import local_socket
from interprocess.local_socket.anyio import Stream as PlainStream
from interprocess.local_socket.anyio import recv_object, send_object
from interprocess.shared_memory import Memory
from interprocess.shared_memory.local_socket.anyio import Stream
from tests.portable.asynchronous.test_anyio import Run, run, settle
from tests.portable.through_memory.asynchronous.test_anyio_views import run_with_pair

__all__ = ["run"]


@pytest.mark.usefixtures("path")
def test_objects_and_bytes(run: Run) -> None:
    async def main(first: Stream, second: Stream) -> None:
        for number in range(3):
            with Memory(100) as memory:
                memory.map()[0] = number
                await send_object(first, memory)
            with await recv_object(second, Memory) as received:
                assert received.map()[0] == number
            await first.send(b"bytes")
            assert await second.receive() == b"bytes"
        one, other = local_socket.pair()
        with other:
            with one:
                await send_object(second, one)
            async with await recv_object(first) as stream:
                assert type(stream) is PlainStream
                await stream.send(b"x")
            assert other.readall() == b"x"

    run_with_pair(run, main)


def test_an_object_comes_while_another_task_receives(run: Run, path: str) -> None:
    async def main(first: Stream, second: Stream) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(second.receive)
            await settle()
            if path == "memory":
                with Memory(100) as memory:
                    await send_object(first, memory)
                (await recv_object(second, Memory)).close()
                group.start_soon(recv_object, second)
                await settle()
            with pytest.raises(anyio.BusyResourceError):
                await recv_object(second)
            group.cancel_scope.cancel()

    run_with_pair(run, main)
