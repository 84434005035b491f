"""Open objects that are handed over with anyio."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

import pytest

pytest.importorskip("anyio", reason="anyio is not installed")

import anyio

from interprocess import capabilities, local_socket, unnamed_pipe
from interprocess.errors import UnexpectedObjectError
from interprocess.local_socket import Name
from interprocess.local_socket.anyio import (
    Listener,
    Stream,
    connect,
    listen,
    pair,
    recv_object,
    send_object,
)
from interprocess.unnamed_pipe.anyio import Recver, Sender, pipe
from tests.portable.asynchronous.test_anyio import Run, run, settle
from tests.portable.cut_objects import begin
from tests.support import PATIENCE

__all__ = ["run"]

pytestmark = pytest.mark.skipif(
    sys.platform != "win32" and not capabilities.available("send_fds"),
    reason="no descriptors travel here",
)


async def hand_over(thing: Any, kind: Any = object) -> Any:
    """Hand something over, to this process itself."""
    first, second = pair()
    async with first, second:
        await send_object(first, thing)
        with anyio.fail_after(PATIENCE):
            return await recv_object(second, kind)


def test_synchronous_things_become_anyios(run: Run, name: Name) -> None:
    async def main() -> None:
        one, other = local_socket.pair()
        with other:
            with one:
                stream = await hand_over(one, Stream)
            async with stream:
                assert type(stream) is Stream
                await stream.send(b"x")
                assert other.recv(1) == b"x"
        sender, recver = unnamed_pipe.pipe()
        with sender, recver:
            new_sender = await hand_over(sender, (Sender, Recver))
            new_recver = await hand_over(recver)
        async with new_sender, new_recver:
            assert (type(new_sender), type(new_recver)) == (Sender, Recver)
            await new_sender.send(b"y")
            assert await new_recver.receive() == b"y"
        with local_socket.listen(name) as waiting:
            listener = await hand_over(waiting, Listener)
            waiting.keep_name()
        assert type(listener) is Listener
        async with listener, await connect(name) as client, await listener.accept() as stream:
            await stream.send(b"z")
            assert await client.receive() == b"z"
        with await hand_over(file, io.BufferedIOBase) as new:
            assert new.read(3) == b'"""'

    with open(__file__, "rb") as file:
        run(main)
    if name.is_path() and sys.platform != "win32":
        os.unlink(str(name))


@pytest.mark.skipif(sys.platform == "win32", reason="the port of this loop tells of the handle")
def test_things_of_anyio_travel(run: Run) -> None:
    async def main() -> None:
        one, other = pair()
        async with other:
            async with one:
                stream = await hand_over(one)
            async with stream:
                await stream.send(b"x")
                assert await other.receive() == b"x"
            with pytest.raises(ValueError, match="closed"):
                await hand_over(one)
        sender, recver = pipe()
        async with sender, recver, listen() as listener:
            for thing in (sender, recver, listener):
                async with await hand_over(thing, type(thing)):
                    pass

    run(main)


def test_what_is_not_wanted_and_what_cannot_go(run: Run) -> None:
    async def main() -> None:
        one, other = local_socket.pair()
        first, second = pair()
        kind: Any
        carrier: Any
        async with first, second:
            with one, other:
                with pytest.raises(UnexpectedObjectError, match="was not asked for"):
                    await hand_over(one, Listener)
                for kind in (local_socket.Stream, int, "x"):
                    with pytest.raises(TypeError, match="kind must be"):
                        await recv_object(second, kind)
                for carrier in (one, 3):
                    with pytest.raises(TypeError, match="travel over"):
                        await send_object(carrier, other)
                    with pytest.raises(TypeError, match="travel over"):
                        await recv_object(carrier)
            with pytest.raises(TypeError, match="are handed over, not"):
                await send_object(first, 1)

    run(main)


def test_errors_of_anyio(run: Run) -> None:
    async def main() -> None:
        sender, recver = unnamed_pipe.pipe()
        first, second = pair()
        with sender, recver:
            async with first, second:
                async with anyio.create_task_group() as group:
                    group.start_soon(recv_object, second)
                    await settle()
                    with pytest.raises(anyio.BusyResourceError):
                        await recv_object(second)
                    group.cancel_scope.cancel()
            for call in (recv_object(first), send_object(first, sender)):
                with pytest.raises(anyio.ClosedResourceError):
                    await call

    run(main)


def test_a_receive_that_is_cancelled_is_continued(run: Run) -> None:
    async def main() -> None:
        sender, recver = unnamed_pipe.pipe()
        first, second = local_socket.pair()
        with first, sender, recver:
            async with Stream.from_sync(second) as stream:
                rest = begin(first, sender)
                with anyio.move_on_after(0.02):
                    await recv_object(stream)
                first.send_all(rest)
                async with await recv_object(stream, Sender) as new:
                    await new.send(b"whole")
            assert recver.recv_exactly(5) == b"whole"

    run(main)
