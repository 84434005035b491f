"""Thousands of connections of every kind: descriptors, threads and memory stay as they are."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable

from interprocess.local_socket import Listener, Name, Stream, connect, listen, pair, to_fs_name
from interprocess.os.unix.fifo_file import create_fifo, open_recver, open_sender
from interprocess.unnamed_pipe import pipe
from tests.portable.asynchronous.worlds import warm_up
from tests.torture.rounds import PATIENCE, Round, Scenario, join_all, start_all
from tests.torture.runtimes import worlds

#: How many connections are made in a round.
_CONNECTIONS = 50
#: Memory is compared from this round on: until then the allocator fills its pools.
_WARM = 5
#: By how many bytes the process may grow for all the connections of a soak. PyPy compiles.
_GROWTH = (4 if sys.implementation.name == "cpython" else 64) << 20


def resident_bytes() -> int:
    """Return how much memory the process has, in bytes."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except FileNotFoundError:
        return 0  # This system does not say so: `ru_maxrss` would be the most there ever was.


def _soaking(connect_once: Callable[[Round], object]) -> Callable[[Round], None]:
    def run(one: Round) -> None:
        for _ in range(_CONNECTIONS):
            connect_once(one)
        one.tried(_CONNECTIONS)
        _check_memory(one)

    return run


def _check_memory(one: Round) -> None:
    one.tally["rounds"] += 1
    if one.tally["rounds"] == _WARM:
        one.tally["bytes"] = resident_bytes()
    elif one.tally["rounds"] > _WARM:
        grown = resident_bytes() - one.tally["bytes"]
        if grown > _GROWTH:
            one.fail(f"{grown} bytes more than after {_WARM} rounds")
            one.tally["bytes"] += grown


def connections(one: Round) -> None:
    name = Name.unique("soak") if one.random.random() < 0.5 else to_fs_name(one.path())
    with listen(name) as listener, connect(name) as client, listener.accept() as stream:
        _exchange(client, stream)


def timed_out(one: Round) -> None:
    first, second = pair()
    with first, second, first.try_clone() as clone:
        for end in (second, clone):
            end.set_recv_timeout(1e-5)
            try:
                end.recv(1)
            except TimeoutError:
                continue
            raise AssertionError("received what nobody sent")


def halves(one: Round) -> None:
    first, second = pair()
    receiving, sending = first.split()
    with second:
        _exchange(Stream.reunite(receiving, sending), second)


def files(one: Round) -> None:
    first, second = pair()
    with first, second:
        with first.makefile("wb") as writing, second.makefile("r") as reading:
            writing.write(b"line\n")
            writing.flush()
            assert reading.readline() == "line\n"


def pipes(one: Round) -> None:
    sender, recver = pipe()
    with sender, recver, sender.try_clone() as clone:
        clone.send_all(b"x")
        assert recver.recv(1) == b"x"
        os.close(recver.detach())


def fifos(one: Round) -> None:
    path = one.path()
    create_fifo(path)
    with open_recver(path, nonblocking=True) as recver, open_sender(path, timeout=1) as sender:
        sender.send_all(b"x")
        assert recver.recv(1) == b"x"
    os.unlink(path)


def dropped(one: Round) -> None:
    """What is dropped open is closed."""
    listener = listen(Name.unique("soak"))
    client = connect(listener.name)
    stream = listener.accept()
    _exchange(client, stream)


def _exchange(client: Stream, stream: Stream) -> None:
    with client:
        client.send_all(b"x")
        stream.send_all(stream.recv(1))
        assert client.recv(1) == b"x"


def clients(one: Round) -> None:
    """A thread for each client, and listeners that are closed while threads accept."""
    listener = listen(Name.unique("soak"))
    accepting = start_all([lambda: _serve(listener) for _ in range(2)])
    join_all(start_all([lambda: _ask(listener.name) for _ in range(8)]))
    listener.close()
    join_all(accepting)
    one.tried(8)
    _check_memory(one)


def _serve(listener: Listener) -> None:
    for stream in listener:
        with stream:
            stream.send_all(stream.recv(1))


def _ask(name: Name) -> None:
    with connect(name, timeout=PATIENCE) as client:
        client.set_recv_timeout(PATIENCE)
        client.send_all(b"x")
        assert client.recv(1) == b"x"


def asynchronous(one: Round) -> None:
    """The same on each runtime."""
    for world in worlds():

        async def main() -> None:
            async with world.local.listen(Name.unique("soak")) as listener:  # noqa: B023
                for _ in range(_CONNECTIONS):
                    accepting = world.start(listener.accept)  # noqa: B023
                    async with await world.local.connect(listener.name) as client:  # noqa: B023
                        async with await accepting.result() as stream:
                            await client.send_all(b"x")
                            await stream.send_all(await stream.recv(1))
                            assert await client.recv(1) == b"x"

        world.run(main)
        one.tried(_CONNECTIONS)
    _check_memory(one)


SCENARIOS = [
    Scenario("connections", "connections", _soaking(connections)),
    Scenario("timed-out", "clones and timeouts", _soaking(timed_out)),
    Scenario("halves", "streams split and reunited", _soaking(halves)),
    Scenario("files", "files over streams", _soaking(files)),
    Scenario("pipes", "pipes", _soaking(pipes)),
    Scenario("fifos", "FIFOs", _soaking(fifos)),
    Scenario("dropped", "connections dropped open", _soaking(dropped)),
    Scenario("clients", "clients with a thread each", clients),
    Scenario("asynchronous", "asynchronous connections", asynchronous, prepare=warm_up),
]
