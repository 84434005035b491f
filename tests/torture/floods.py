"""Peers send, receive and connect as fast as they can, and everybody else is served."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from interprocess.local_socket import Listener, Name, Stream, connect, listen, pair
from tests.portable.asynchronous.worlds import World, warm_up
from tests.torture.children import Child
from tests.torture.rounds import PATIENCE, Round, Scenario, join_all, open_numbers, start_all
from tests.torture.runtimes import worlds

#: How long each flood lasts, in seconds.
_FLOOD = 0.2
#: How many seconds of the processor's time may pass between two turns of a task that sleeps for a
#: millisecond. Not of the clock's time: the machine may have others to run. PyPy compiles.
_LONGEST_GAP = 0.025 if sys.implementation.name == "cpython" else 0.1


def _sleep(world: World) -> Callable[[float], Awaitable[Any]]:
    import asyncio

    if world.name != "trio":
        return asyncio.sleep
    import trio

    return trio.sleep


#: Starts a flooding child, and returns it with the task that handles the flood.
Flood = Callable[[World], "tuple[Child, Callable[[], Awaitable[Any]]]"]


def _under(flood: Flood) -> Callable[[Round], None]:
    """Return a round: one task handles a flood, and another ticks."""

    def run(one: Round) -> None:
        world = one.random.choice(worlds())
        sleep = _sleep(world)
        gaps: list[float] = []

        async def main() -> None:
            child, busy = flood(world)
            task = world.start(busy)
            end = time.monotonic() + _FLOOD
            last = time.thread_time()
            while time.monotonic() < end:
                await sleep(0.001)
                now = time.thread_time()
                gaps.append(now - last)
                last = now
            child.kill()
            child.wait(killed=True)
            await task.cancel()

        world.run(main)
        if max(gaps) > _LONGEST_GAP:
            one.fail(f"{world.name}: another task waited {max(gaps) * 1000:.0f} ms of working time")
        one.tried(len(gaps))

    return run


def _child_with(function: Callable[[Stream], object]) -> tuple[Child, Stream]:
    """Return a child that runs FUNCTION with one end of a connection, and our end."""
    ours, theirs = pair()

    def in_child() -> None:
        os.close(ours.fileno())
        function(theirs)

    child = Child(in_child)
    theirs.close()
    return child, ours


def receiving(world: World) -> tuple[Child, Callable[[], Awaitable[Any]]]:
    """A task receives little pieces of what a peer floods."""
    child, ours = _child_with(_flood_with)

    async def receive() -> None:
        async with world.local.Stream.from_sync(ours) as stream:
            while await stream.recv(64):
                pass

    return child, receive


def receiving_exactly(world: World) -> tuple[Child, Callable[[], Awaitable[Any]]]:
    """A task receives messages of a known size of what a peer floods, little ones and big ones."""
    child, ours = _child_with(_flood_with)

    async def receive() -> None:
        async with world.local.Stream.from_sync(ours) as stream:
            try:
                while True:
                    for _ in range(20_000):
                        await stream.recv_exactly(64)
                    await stream.recv_exactly(1 << 22)
            except EOFError:
                return

    return child, receive


def sending(world: World) -> tuple[Child, Callable[[], Awaitable[Any]]]:
    """A task sends to a peer that takes everything at once."""
    child, ours = _child_with(_drain)

    async def send() -> None:
        async with world.local.Stream.from_sync(ours) as stream:
            try:
                while True:
                    for _ in range(20_000):
                        await stream.send_all(bytes(64))
                    await stream.send_all(bytes(1 << 22))
            except OSError:
                return

    return child, send


def accepting(world: World) -> tuple[Child, Callable[[], Awaitable[Any]]]:
    """A task accepts clients, many of which wait already, and more come as fast as they can."""
    name = Name.unique("flood")
    listener = world.local.listen(name)
    waiting = [connect(name) for _ in range(500)]

    async def accept() -> None:
        async with listener:
            while True:
                await (await listener.accept()).aclose()
                if waiting:
                    waiting.pop().close()

    return Child(lambda: _connect_always(name)), accept


def _flood_with(stream: Stream) -> None:
    data = bytes(1 << 16)
    try:
        while True:
            stream.send_all(data)
    except OSError:
        time.sleep(PATIENCE)


def _drain(stream: Stream) -> None:
    while stream.recv(1 << 20):
        pass
    time.sleep(PATIENCE)


def _connect_always(name: Name) -> None:
    try:
        while True:
            connect(name, timeout=PATIENCE).close()
    except OSError:
        time.sleep(PATIENCE)


def connectors(one: Round) -> None:
    """A synchronous server under clients that come and go serves one who means it."""
    listener = listen(Name.unique("flood"))
    children = [Child(lambda: _connect_always(listener.name)) for _ in range(2)]
    threads = start_all([lambda: _serve(one, listener)])
    end = time.monotonic() + _FLOOD
    try:
        while time.monotonic() < end:
            with connect(listener.name, timeout=PATIENCE) as client:
                client.set_recv_timeout(PATIENCE)
                client.send_all(b"x")
                assert client.recv(1) == b"x"
    finally:
        for child in children:
            child.kill()
            child.wait(killed=True)
        listener.close()
        join_all(threads)


def _serve(one: Round, listener: Listener) -> None:
    for stream in listener:
        with stream:
            try:
                data = stream.recv(1)
                if data:
                    stream.send_all(data)
            except (ConnectionResetError, BrokenPipeError):
                pass
        one.tried()


def descriptors(one: Round) -> None:
    """A server that has no descriptors left goes on when some are free again, and does not spin."""
    listener = listen(Name.unique("flood"))
    out, into = os.pipe()

    def clients() -> None:
        os.read(out, 1)
        streams = [connect(listener.name) for _ in range(3)]
        for stream in streams:
            stream.set_recv_timeout(PATIENCE)
            assert stream.recv(1) == b"x"

    child = Child(clients)
    threads = start_all([lambda: _greet(listener)])
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(open_numbers()) + 1, limits[1]))
    fillers = _fill()
    try:
        os.write(into, b"x")
        work = time.process_time()
        time.sleep(0.1)
        work = time.process_time() - work
        if work > 0.05:
            one.fail(f"{work} s of 0.1 s are worked while there are no descriptors")
        if not threads[0].is_alive():
            one.fail(f"the server has ended: {threads[0].error!r}")
            threads[0].error = None
    finally:
        for number in (*fillers, out, into):
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    if not threads[0].is_alive():
        child.kill()
    child.wait(killed=True)
    listener.close()
    join_all(threads)
    one.tried(3)


def _fill() -> list[int]:
    """Use up all free descriptor numbers."""
    numbers = []
    try:
        while True:
            numbers.append(os.dup(0))
    except OSError:
        return numbers


def _greet(listener: Listener) -> None:
    for stream in listener:
        with stream:
            stream.send_all(b"x")


def _asynchronous(flood: Flood) -> Scenario:
    name = flood.__name__.replace("_", "-")
    return Scenario(name, "turns of another task", _under(flood), prepare=warm_up)


SCENARIOS = [
    _asynchronous(receiving),
    _asynchronous(receiving_exactly),
    _asynchronous(sending),
    _asynchronous(accepting),
    Scenario("connectors", "clients served", connectors),
    Scenario("descriptors", "clients of servers without descriptors", descriptors),
]
