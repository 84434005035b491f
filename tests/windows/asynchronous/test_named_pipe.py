"""Named pipes with asyncio and trio: bytes, messages, modes, flushing, conversion."""

from __future__ import annotations

import _thread
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess.os.windows._handle.operation import Operation
from interprocess.os.windows._pipe import server as _pipe_server
from interprocess.os.windows._pipe.instances import SPARE_INSTANCES
from interprocess.os.windows.named_pipe import (
    ConnectWaitMode,
    ListenerNonblockingMode,
    MessageTooLongError,
    PipeListener,
    PipeListenerOptions,
    PipeMode,
    PipeStream,
    ReuniteError,
    UnsupportedError,
)
from tests.portable.asynchronous.worlds import World
from tests.support import PATIENCE, Running, open_handles
from tests.windows.asynchronous.pipes import create, module, with_pair
from tests.windows.pipes import unique_path

assert sys.platform == "win32"

BYTES, MESSAGES = PipeMode.BYTES, PipeMode.MESSAGES
#: More than any pipe takes.
MUCH = 1 << 20


def test_messages_stay_apart(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        await client.send(b"one")
        await client.send_all(b"")
        await client.send(b"x" * 10_000)
        assert await server.recv_msg() == b"one"
        assert await server.recv_msg() == b""
        assert server.peek_msg_len() == 10_000
        assert await server.recv_msg() == b"x" * 10_000
        assert server.peek_msg_len() == 0
        receiving = world.start(server.recv_msg)
        await world.settle()
        await client.send(b"later")
        assert await receiving.result() == b"later"
        with pytest.raises(UnsupportedError, match="recv_msg"):
            await server.recv(1)
        client.close()
        assert await server.recv_msg() is None

    with_pair(world, test)


@given(sizes=st.lists(st.integers(0, 20_000), max_size=6), quota=st.integers(0, 9000))
def test_quota(world: World, sizes: list[int], quota: int) -> None:
    async def test(client: Any, server: Any) -> None:
        for number, size in enumerate(sizes):
            message = bytes([number]) * size
            await client.send(message)
            if size <= quota:
                assert await server.recv_msg(quota=quota) == message
            else:
                with pytest.raises(MessageTooLongError) as caught:
                    await server.recv_msg(quota=quota)
                assert caught.value.partial == message[:quota]
                assert caught.value.length == size
        await client.send(b"the end")
        assert await server.recv_msg() == b"the end"

    with_pair(world, test)


def test_messages_into_a_buffer(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        await client.send(b"hello")
        buffer = bytearray(2)
        assert await server.recv_msg_into(buffer, quota=100) == 5
        assert buffer == b"hello"
        await client.send(b"hello")
        fixed = memoryview(bytearray(3))
        with pytest.raises(MessageTooLongError):
            await server.recv_msg_into(fixed, quota=100)
        assert bytes(fixed) == b"hel"

    with_pair(world, test)


@given(steps=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=6))
def test_a_cancelled_receive_loses_no_message(world: World, steps: list[tuple[int, int]]) -> None:
    async def test(client: Any, server: Any) -> None:
        got = []
        for number, (before, after) in enumerate(steps):
            receiving = world.start(server.recv_msg)
            for _ in range(before):
                await world.step()
            await client.send(b"%d" % number * 3000)
            for _ in range(after):
                await world.step()
            message = await receiving.cancel()
            if message is not None:
                got.append(message)
        client.close()
        while (message := await server.recv_msg()) is not None:
            got.append(message)
        assert got == [b"%d" % number * 3000 for number in range(len(steps))]

    with_pair(world, test)


def test_the_error_of_a_cancelled_call_goes_with_the_half(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        server._kept_error = MessageTooLongError(b"begun", 10)
        recv_half, send_half = server.split()
        whole = type(server).reunite(recv_half, send_half)
        halves = whole.split()
        await client.send(b"next")
        with pytest.raises(MessageTooLongError):
            await halves[0].recv_msg()
        assert await halves[0].recv_msg() == b"next"
        for half in halves:
            half.close()

    with_pair(world, test)


def test_what_is_kept_can_be_too_long(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        await client.send(b"x" * 10_000)
        # As a call leaves it that was cancelled too late.
        server._kept_part = (await server._receive_part(4096))[0], False
        assert server.peek_msg_len() == 10_000
        with pytest.raises(ValueError, match="message is left"):
            server.detach()
        with pytest.raises(MessageTooLongError) as caught:
            await server.recv_msg(quota=100)
        assert (caught.value.partial, caught.value.length) == (b"x" * 100, 10_000)
        await client.send(b"next")
        assert await server.recv_msg() == b"next"

    with_pair(world, test)


def test_bytes(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        sending = world.start(client.send_all, bytes(MUCH))
        assert await server.recv_exactly(MUCH) == bytes(MUCH)
        await sending.result()
        with pytest.raises(UnsupportedError, match="with recv"):
            await server.recv_msg()
        assert server.is_server()
        assert client.is_client()
        assert client.peer_process_id() == server.peer_process_id()

    with_pair(world, test, BYTES)


@pytest.mark.parametrize("size", [None, 0])
def test_flush_waits_for_the_peer(world: World, size: int | None) -> None:
    async def test(client: Any, server: Any) -> None:
        await client.flush()
        await client.send(b"unread")
        flushing = world.start(client.flush)
        await world.settle()
        assert await server.recv(100) == b"unread"
        await flushing.result()
        await client.send(b"unread")
        flushing = world.start(client.flush)
        await world.settle()
        await flushing.cancel()
        flushing = world.start(client.flush)
        await world.settle()
        if size is None:
            client.mark_dirty()
            server.evade_limbo()
            with pytest.raises(BrokenPipeError):
                await flushing.result()
        else:
            client.evade_limbo()
            with pytest.raises(ValueError, match="closed"):
                await flushing.result()

    with_pair(world, test, BYTES)


def test_flushing_for_a_peer_that_has_left_is_a_broken_pipe(world: World) -> None:
    """FlushFileBuffers succeeds then, and what was not read is gone."""

    async def test(client: Any, server: Any) -> None:
        await client.send(b"unread")
        server.close()
        for _ in range(2):
            with pytest.raises(BrokenPipeError):
                await client.flush()

    with_pair(world, test, BYTES)


def test_a_flush_that_no_thread_can_make(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    async def test(client: Any, server: Any) -> None:
        await server.send(b"x")
        with monkeypatch.context() as patched:
            patched.setattr(_thread, "start_new_thread", refuse)
            with pytest.raises(RuntimeError, match="thread"):
                await server.flush()
        flushing = world.start(server.flush)
        await world.settle()
        assert await client.recv_msg() == b"x"
        await flushing.result()

    with_pair(world, test)


def test_one_direction(world: World) -> None:
    async def main() -> None:
        options = PipeListenerOptions(unique_path())
        async with create(world, options, BYTES, None) as listener:
            client = await module(world).PipeStream.connect_by_path(options.path, recv_mode=None)
            async with client, await listener.accept() as server:
                await client.send_all(b"up")
                assert await server.recv(10) == b"up"
                with pytest.raises(UnsupportedError, match="only receives"):
                    await server.send(b"down")
                with pytest.raises(UnsupportedError, match="only sends"):
                    await client.recv(1)
                with pytest.raises(UnsupportedError, match="only"):
                    client.split()

    world.run(main)


def test_halves_clones_and_conversion(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        recv_half, send_half = client.split()
        receiving = world.start(recv_half.recv_msg)
        await world.settle()
        with pytest.raises(ValueError, match="another task"):
            type(client).reunite(recv_half, send_half)
        await server.send(b"to the half")
        assert await receiving.result() == b"to the half"
        other = server.try_clone()
        with pytest.raises(TypeError, match=r"reunite takes an .*RecvHalf and an"):
            type(client).reunite(recv_half, other)
        others = other.split()
        with pytest.raises(ReuniteError):
            type(client).reunite(recv_half, others[1])
        for half in others:
            half.close()
        whole = type(client).reunite(recv_half, send_half)
        sync = whole.to_sync()
        assert isinstance(sync, PipeStream)
        sync.send(b"from sync")
        assert await server.recv_msg() == b"from sync"
        await server.send(b"to sync")
        assert sync.recv_msg() == b"to sync"
        async with type(client).from_sync(sync) as again:
            await again.send(b"again")
            assert await server.recv_msg() == b"again"
            adopted = type(client)(again.detach(), recv_mode=MESSAGES, send_mode=MESSAGES)
        with pytest.raises(UnsupportedError, match="another event loop"):
            await adopted.send(b"it was associated before")
        adopted.close()

    with_pair(world, test)


def test_listener(world: World) -> None:
    options = PipeListenerOptions(unique_path(), instance_limit=2)
    sync = options.create_duplex()

    async def main() -> Any:
        listener = module(world).PipeListener.from_sync(sync)
        assert sync.closed
        assert listener.options is options
        connect = module(world).PipeStream.connect_by_path
        streams = []
        for _ in range(2):
            streams += [await connect(options.path), await listener.accept()]
        with pytest.raises(BlockingIOError):
            await connect(options.path, wait_mode=ConnectWaitMode.deferred())
        with pytest.raises(TimeoutError):
            await connect(options.path, wait_mode=ConnectWaitMode.timeout(0.01))
        with pytest.raises(OSError, match="all 2 instances"):
            await listener.accept()
        connecting = world.start(connect, options.path)
        await world.settle()
        for stream in streams[:2]:
            stream.close()
        accepting = world.start(listener.accept)
        streams += [await connecting.result(), await accepting.result()]
        for stream in streams:
            stream.close()
        return listener.to_sync()

    with world.run(main) as back:
        client = Running(lambda: PipeStream.connect_by_path(options.path))
        with back.accept(PATIENCE) as server, client.result() as stream:
            stream.send(b"x")
            assert server.recv(1) == b"x"


def test_a_listener_is_given_up_and_adopted(world: World) -> None:
    options = PipeListenerOptions(unique_path())

    async def main() -> None:
        given = create(world, options, BYTES, BYTES).detach()
        adopted = PipeListener.from_handle_and_options(given, options, BYTES, BYTES)
        async with module(world).PipeListener.from_sync(adopted) as listener:
            accepting = world.start(listener.accept)
            client = await module(world).PipeStream.connect_by_path(options.path)
            async with client, await accepting.result() as server:
                await client.send(b"x")
                assert await server.recv(1) == b"x"
        for call in (listener.detach, listener.to_sync):
            with pytest.raises(ValueError, match="closed"):
                call()

    world.run(main)


def test_a_listener_that_cannot_be_made_synchronous_leaks_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Operation] = []

    def make() -> Operation:
        if len(made) == 2:
            raise OSError("no more events")
        made.append(Operation())
        return made[-1]

    options = PipeListenerOptions(unique_path())

    async def main() -> None:
        listener = create(world, options, BYTES, BYTES)
        handles = open_handles()
        with monkeypatch.context() as patched:
            patched.setattr(_pipe_server, "Operation", make)
            with pytest.raises(OSError, match="no more events"):
                listener.to_sync()
        assert listener.closed
        made.clear()
        assert open_handles() <= handles - SPARE_INSTANCES
        with pytest.raises(FileNotFoundError):
            await module(world).PipeStream.connect_by_path(options.path)

    world.run(main)


def test_clients_that_came_and_went(world: World) -> None:
    async def main() -> None:
        options = PipeListenerOptions(unique_path())
        async with create(world, options, BYTES, BYTES) as listener:
            for _ in range(3):
                PipeStream.connect_by_path(options.path).close()
            with PipeStream.connect_by_path(options.path) as sync:
                sync.send(b"stayed")
                sync.assume_flushed()
                async with await listener.accept() as server:
                    assert await server.recv(10) == b"stayed"

    world.run(main)


def test_bad_options(world: World) -> None:
    options = PipeListenerOptions(unique_path(), nonblocking=ListenerNonblockingMode.BOTH)
    with pytest.raises(ValueError, match="nonblocking"):
        create(world, options, BYTES, BYTES)
    with pytest.raises(ValueError, match="messages need"):
        create(world, PipeListenerOptions(unique_path()), MESSAGES, BYTES)
