"""Asynchronous sending over pipes that report little, and how connections end."""

from __future__ import annotations

import asyncio
import sys
import tracemalloc
from typing import Any

import pytest

from interprocess.local_socket import Name
from interprocess.local_socket import connect as sync_connect
from interprocess.local_socket import listen as sync_listen
from interprocess.local_socket.asyncio import create_connection
from interprocess.os.windows._pipe import limbo
from interprocess.os.windows._pipe import room as _pipe_room
from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeMode
from tests.portable.asynchronous.worlds import AsyncioWorld, World
from tests.support import PATIENCE, Running
from tests.windows.asynchronous.pipes import create, module, with_pair
from tests.windows.pipes import MESSAGES, unique_path

assert sys.platform == "win32"

BYTES = PipeMode.BYTES
QUOTA = 65536
MUCH = 1 << 20


def test_a_server_that_only_sends_sends_as_much_as_others(world: World) -> None:
    async def main() -> None:
        options = PipeListenerOptions(unique_path())
        async with create(world, options, None, BYTES) as listener:
            connect = module(world).PipeStream.connect_by_path
            client = await connect(options.path, send_mode=None)
            async with client, await listener.accept() as server:
                assert server.is_server()
                assert server.peer_process_id() == client.peer_process_id()
                assert await server.send(bytes(MUCH)) == QUOTA
                assert len(await client.recv_exactly(QUOTA)) == QUOTA

    world.run(main)


@pytest.mark.parametrize("mode", PipeMode)
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_what_is_sent_is_copied_once(world: World, mode: PipeMode, kind: Any) -> None:
    data = kind(bytes(MUCH))

    async def test(client: Any, server: Any) -> None:
        await client.send(data[:10])  # Create everything that is created once.
        assert await (server.recv_msg() if mode is MESSAGES else server.recv(MUCH))
        tracemalloc.start()
        try:
            assert await client.send(data) == MUCH
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert most < MUCH / 2, "a copy beside the operation's own memory, which is C's"
        assert len(await (server.recv_msg() if mode is MESSAGES else server.recv(MUCH))) == MUCH

    with_pair(world, test, mode, input_buffer_size_hint=MUCH, output_buffer_size_hint=MUCH)


def test_a_pipe_without_a_buffer_takes_more_than_a_byte_at_a_time(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        data = bytes(range(250)) * 400
        sending = world.start(client.send, data)
        sizes: list[int] = []
        while sum(sizes) < 10_000:
            sizes.append(len(await server.recv(MUCH)))
        assert await sending.result() == sum(sizes)
        assert len(sizes) < 5
        await world.settle()
        sending = world.start(client.send_all, data)
        assert await server.recv_exactly(len(data)) == data
        await sending.result()

    with_pair(world, test, BYTES, input_buffer_size_hint=0, output_buffer_size_hint=0)


def test_a_cancelled_send_without_a_buffer_sent_nothing_or_closes(world: World) -> None:
    async def test(client: Any, server: Any) -> None:
        sending = world.start(client.send, b"nobody reads this")
        await world.settle()
        assert await sending.cancel() is None
        sending = world.start(client.send, b"x" * 1000)
        await world.settle()
        assert await server.recv_exactly(10) == b"x" * 10
        assert await sending.cancel() is None
        with pytest.raises(BrokenPipeError, match="closed for sending"):
            await client.send(b"this would come after a gap")
        with client.to_sync() as sync, pytest.raises(BrokenPipeError, match="closed for sending"):
            sync.send(b"this, too")

    with_pair(world, test, BYTES, input_buffer_size_hint=0, output_buffer_size_hint=0)


def test_a_peer_that_sends_to_a_closed_stream_is_told(world: World) -> None:
    async def main() -> None:
        first, second = world.local.pair()
        async with second:
            await first.send(b"unread")
            first.close()
            with pytest.raises(BrokenPipeError):
                await second.send_all(bytes(MUCH))
            assert await second.recv(100) == b"unread"
            assert await second.recv(1) == b""

    world.run(main)


class Lost(asyncio.Protocol):
    """A protocol that records when its connection is lost."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()

    def connection_lost(self, exception: Exception | None) -> None:
        self.lost.set()


@pytest.mark.parametrize("end", ["abort", "close"])
def test_a_transport_that_ends_leaves_nobody_waiting(end: str, name: Name) -> None:
    """`abort()` closes at once, and `close()` when all is written; nothing lingers."""

    async def main() -> None:
        with sync_listen(name) as listener:
            transport, protocol = await create_connection(Lost, name)
            assert isinstance(protocol, Lost)
            with listener.accept(PATIENCE) as server:
                transport.write(b"unread")
                await asyncio.sleep(0)
                getattr(transport, end)()
                sending = Running(lambda: server.send_all(bytes(MUCH)))
                await protocol.lost.wait()
                await asyncio.sleep(0)  # The transport closes its end after telling of that.
                assert not limbo._lingering
                with pytest.raises(BrokenPipeError):
                    sending.result()
                assert server.recv(100) == b"unread"

    AsyncioWorld("asyncio").run(main)


@pytest.mark.parametrize("end", ["abort", "close"])
def test_what_is_aborted_does_not_linger_for_another_machine(end: str, name: Name) -> None:
    """Data in transit may need the handle, so closing keeps it for a while."""

    async def main() -> None:
        with sync_listen(name) as listener:
            transport, protocol = await create_connection(Lost, name)
            assert isinstance(protocol, Lost)
            transport.get_extra_info("pipe").handle.origin.is_remote = True
            with listener.accept(PATIENCE) as server:
                transport.write(b"unread")
                await asyncio.sleep(0)
                getattr(transport, end)()
                await protocol.lost.wait()
                await asyncio.sleep(0)
                assert len(limbo._lingering) == (end == "close")
                assert server.recv(100) == b"unread"
                limbo.wait_for_all(PATIENCE)

    AsyncioWorld("asyncio").run(main)


@pytest.mark.parametrize("room", [0, None])
def test_where_no_room_is_told_a_single_byte_waits(
    world: World, monkeypatch: pytest.MonkeyPatch, room: int | None
) -> None:
    """The system reports 0 for a full pipe and for a peer that waits for much, and nothing to ends
    that may not ask.
    """

    async def test(client: Any, server: Any) -> None:
        rooms = [room]
        monkeypatch.setattr(_pipe_room, "counted_from", lambda: "InboundQuota")
        monkeypatch.setattr(_pipe_room, "free_bytes", lambda _: rooms[0])
        assert await client.send(bytes(MUCH)) == QUOTA
        sending = world.start(client.send, b"never sent")
        await world.settle()
        assert await sending.cancel() is None
        sending = world.start(client.send, b"abcdefgh")
        await world.settle()
        assert await server.recv_exactly(QUOTA) == bytes(QUOTA)
        assert await sending.result() == 1
        assert await server.recv(100) == b"a"
        receiving = world.start(server.recv, MUCH)
        await world.settle()
        assert await client.send(b"xyz") == 1
        assert await receiving.result() == b"x"
        rooms[0] = QUOTA
        assert await client.send(bytes(QUOTA)) == QUOTA
        assert await server.recv_exactly(QUOTA) == bytes(QUOTA)
        rooms[0] = QUOTA - 10
        assert await client.send(bytes(QUOTA)) == QUOTA - 10
        if room == 0:
            # More is taken than what was sent: so a read waits, and the pipe is empty.
            assert await server.recv_exactly(QUOTA - 10) == bytes(QUOTA - 10)
            rooms[0] = QUOTA - 10
            assert await client.send(b"x") == 1
            rooms[0] = 0
            assert await client.send(b"together") == 8

    with_pair(world, test, BYTES)


def test_a_cancelled_send_of_which_the_peer_may_have_a_part_ends_sending(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process has written between the look at the room and the write."""

    async def test(client: Any, server: Any) -> None:
        assert await client.send(bytes(MUCH)) == QUOTA
        monkeypatch.setattr(_pipe_room, "counted_from", lambda: "InboundQuota")
        monkeypatch.setattr(_pipe_room, "free_bytes", lambda _: QUOTA)
        sending = world.start(client.send, b"abcdefgh")
        await world.settle()
        assert await sending.cancel() is None
        with pytest.raises(BrokenPipeError, match="the peer may have a part"):
            await client.send(b"i")

    with_pair(world, test, BYTES)


def test_a_client_that_wrote_and_left_is_received(world: World) -> None:
    async def main() -> None:
        name = Name.unique()
        async with world.local.listen(name) as listener:
            with sync_connect(name) as client:
                client.send(b"left behind")
            async with await listener.accept() as server:
                assert await server.recv(100) == b"left behind"

    world.run(main)
