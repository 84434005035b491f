"""Objects of a wrong class: a `TypeError` that names it, and nothing else happens."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import Name, Stream, listen, pair, recv_object, send_object, serve
from interprocess.unnamed_pipe import pipe, share_with_child
from tests.portable.asynchronous.worlds import World

OBJECTS_TRAVEL = pytest.mark.skipif(
    sys.platform != "win32" and not capabilities.available("send_fds"),
    reason="no descriptors travel here",
)


def not_taken(thing: object) -> Any:
    return pytest.raises(
        TypeError, match=rf"not .*{type(thing).__name__}|not {re.escape(repr(thing))}"
    )


def test_serving_what_is_no_listener(world: World) -> None:
    async def main() -> None:
        listener = world.local.listen()
        things: list[Any] = [3, None, listener]
        for thing in things:
            with not_taken(thing):
                serve(thing, print)
        async with listener:
            pass
        if world.modules == "asyncio":
            with listen() as waiting:
                for other in (3, None, waiting):
                    with not_taken(other):
                        await world.local.serve(other, print)
                assert not waiting.closed

    world.run(main)


def test_converting_what_is_of_another_class(world: World) -> None:
    async def main() -> None:
        one, other = pair()
        sender, recver = pipe()
        with one, other, sender, recver, listen() as listener:
            for kind, things in (
                (world.local.Stream, (3, None, sender, listener)),
                (world.local.Listener, (3, one)),
                (world.pipes.Sender, (3, recver, one)),
                (world.pipes.Recver, (3, sender, one)),
            ):
                for thing in things:
                    with not_taken(thing):
                        kind.from_sync(thing)
            one.send_all(b"x")
            sender.send_all(b"y")
            assert other.recv(1) + recver.recv(1) == b"xy"

    world.run(main)


def test_reuniting_what_are_no_halves(world: World) -> None:
    async def main() -> None:
        one, other = pair()
        first, second = world.local.pair()
        async with first, second:
            recv_half, send_half = one.split()
            with recv_half, send_half, other:
                for kind in (Stream, world.local.Stream):
                    for halves in ((1, 2), (None, send_half), (send_half, recv_half), (one, other)):
                        with pytest.raises(TypeError, match=r"reunite takes an .*RecvHalf and an"):
                            kind.reunite(*halves)
                Stream.reunite(recv_half, send_half).close()

    world.run(main)


def test_wrapping_what_is_not_asynchronous_for_anyio() -> None:
    pytest.importorskip("anyio")
    local = importlib.import_module("interprocess.local_socket.anyio")
    pipes = importlib.import_module("interprocess.unnamed_pipe.anyio")
    one, other = pair()
    sender, recver = pipe()
    with one, other, sender, recver, listen() as listener:
        for kind, thing in (
            (local.Stream, 3),
            (local.Stream, one),
            (local.Listener, listener),
            (pipes.Sender, sender),
            (pipes.Recver, recver),
        ):
            with not_taken(thing):
                kind(thing)


def test_sharing_what_is_not_ours() -> None:
    for thing in (3, None, "x"):
        with not_taken(thing):
            share_with_child(thing)  # type: ignore[arg-type]


@OBJECTS_TRAVEL
@pytest.mark.parametrize("kind", ["x", None, 3, int, (), (3,), (int, str), dict])
def test_a_kind_that_is_never_received(kind: Any) -> None:
    first, second = pair()
    with first, second:
        send_object(first, second)
        with not_taken(kind):
            recv_object(second, kind)
        recv_object(second, Stream).close()


@OBJECTS_TRAVEL
def test_handing_over_through_what_carries_nothing(world: World, name: Name) -> None:
    async def main() -> None:
        first, second = pair()
        one, other = world.local.pair()
        async with one, other, world.local.listen(name) as listener:
            with first, second, file:
                for carrier in (first, listener, file, 3):
                    with pytest.raises(TypeError, match="travel over"):
                        await world.local.send_object(carrier, file)
                    with pytest.raises(TypeError, match="travel over"):
                        await world.local.recv_object(carrier)
                carriers: list[Any] = [one, listener, file, 3]
                for carrier in carriers:
                    with pytest.raises(TypeError, match="travel over"):
                        send_object(carrier, file)
                    with pytest.raises(TypeError, match="travel over"):
                        recv_object(carrier)
                await world.local.send_object(one, file)
                for kind in (3, int, Stream):
                    with not_taken(kind):
                        await world.local.recv_object(other, kind)
                (await world.local.recv_object(other)).close()

    file = open(__file__, "rb")  # noqa: SIM115  # closed in there
    world.run(main)
