"""Peers are killed at any byte: what arrived is a prefix of what was sent, and the end is seen."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from random import Random
from typing import Any

from interprocess.errors import IncompleteReadError
from interprocess.local_socket import Listener, Stream, connect, listen, pair, to_fs_name
from interprocess.os.unix.fifo_file import create_fifo, open_recver, open_sender
from interprocess.unnamed_pipe import pipe
from tests.torture.children import Child
from tests.torture.rounds import PATIENCE, Round, Scenario, join_all, start_all

#: What is sent: any byte that is lost or comes twice shows.
DATA = Random(0).randbytes(1 << 20)
#: How long the peer lives at most, in seconds.
LIFE = 0.004


def _ends(one: Round) -> tuple[Any, Any]:
    """Return a sender and a receiver of one kind."""
    kind = one.random.choice(["stream", "clone", "halves", "pipe", "FIFO", "timeout"])
    if kind == "pipe":
        return pipe()
    if kind == "FIFO":
        path = one.path()
        create_fifo(path)
        recver = open_recver(path, nonblocking=True)
        sender = open_sender(path)
        os.unlink(path)
        recver.set_nonblocking(False)
        return sender, recver
    first, second = pair()
    if kind == "halves":
        closed, receiving = first, second.split()
        receiving[1].close()
        sending = closed.split()
        sending[0].close()
        return sending[1], receiving[0]
    if kind == "clone":
        for end in (first, second):
            end.try_clone().close()
    elif kind == "timeout":
        second.set_recv_timeout(PATIENCE)
        first.set_send_timeout(PATIENCE)
    return first, second


def send_all_ways(end: Any, random: Random) -> int:
    """Send until that fails; return the number of bytes certainly sent."""
    sent = 0
    try:
        while sent < len(DATA):
            rest = memoryview(DATA)[sent : sent + random.choice([1, 100, 5000, 300_000])]
            how = random.randrange(3)
            if how == 0:
                sent += end.send(rest)
            elif how == 1:
                sent += end.send_vectored([rest[:10], rest[10:]])
            else:
                end.send_all(rest)
                sent += len(rest)
    except (BrokenPipeError, ConnectionResetError) as error:
        return sent + getattr(error, "characters_written", 0)
    return sent


def receive_all_ways(end: Any, random: Random, take: Callable[[bytes], object]) -> None:
    """Receive until the end, and pass every piece to TAKE."""
    while True:
        size = random.choice([1, 100, 5000, 300_000])
        how = random.randrange(4)
        if how == 0:
            data = end.recv(size)
        elif how == 1:
            buffer = bytearray(size)
            data = bytes(buffer[: end.recv_into(buffer)])
        elif how == 2:
            buffers = [bytearray(size), bytearray(10)]
            count = end.recv_vectored(buffers)
            data = b"".join(buffers)[:count]
        else:
            try:
                data = end.recv_exactly(size)
            except IncompleteReadError as error:
                take(error.partial)
                return
        if not data:
            return
        take(data)


def senders(one: Round) -> None:
    """The sender is killed: a prefix arrives, then the end."""
    sending, receiving = _ends(one)
    random = Random(one.random.random())

    def in_child() -> None:
        receiving.close()
        send_all_ways(sending, random)
        time.sleep(PATIENCE)

    child = Child(in_child)
    sending.close()
    pieces: list[bytes] = []
    thread = start_all(
        [lambda: receive_all_ways(receiving, Random(random.random()), pieces.append)]
    )
    time.sleep(one.random.uniform(0, LIFE))
    child.kill()
    child.wait(killed=True)
    join_all(thread)
    arrived = b"".join(pieces)
    if arrived != DATA[: len(arrived)]:
        one.fail(f"the {len(arrived)} bytes that arrived are not the first that were sent")
    if receiving.recv(1) != b"":
        one.fail("something comes after the end")
    receiving.close()
    one.tried()


def receivers(one: Round) -> None:
    """The receiver is killed: the sender is told, and counts no more than it sent."""
    sending, receiving = _ends(one)
    random = Random(one.random.random())

    def in_child() -> None:
        sending.close()
        receive_all_ways(receiving, random, lambda data: None)

    child = Child(in_child)
    receiving.close()
    thread = start_all([lambda: _send_all(one, sending, Random(random.random()))])
    time.sleep(one.random.uniform(0, LIFE))
    child.kill()
    child.wait(killed=True)
    join_all(thread)
    try:
        sending.send_all(b"x")
    except BrokenPipeError:
        pass
    except ConnectionResetError:
        pass
    else:
        one.fail("sending to a process that was killed succeeds")
    sending.close()
    one.tried()


def _send_all(one: Round, sending: Any, random: Random) -> None:
    while True:
        sent = send_all_ways(sending, random)
        if sent > len(DATA):
            one.fail(f"{sent} bytes of {len(DATA)} are said to have gone out")
        if sent < len(DATA):
            return


def servers(one: Round) -> None:
    """A server is killed: its clients see the end, and a successor takes its name."""
    name = to_fs_name(one.path())
    out, into = os.pipe()

    def in_child() -> None:
        with listen(name) as listener:
            os.write(into, b"x")
            for stream in listener:
                stream.send_all(b"hello")
                stream.detach()

    child = Child(in_child)
    os.read(out, 1)
    os.close(out)
    os.close(into)
    clients: list[Stream] = []
    thread = start_all([lambda: _connect(name, clients)])
    time.sleep(one.random.uniform(0, LIFE))
    child.kill()
    child.wait(killed=True)
    join_all(thread)
    for client in clients:
        _expect_end(one, client)
    one.tried(len(clients))
    with listen(name, try_overwrite="if_dead") as successor, connect(name):
        successor.accept(timeout=PATIENCE).close()


def _connect(name: Any, clients: list[Stream]) -> None:
    """Connect until there is no listener any more."""
    while len(clients) < 200:
        try:
            clients.append(connect(name, timeout=0.5))
        except (ConnectionRefusedError, ConnectionResetError, TimeoutError):
            return


def _expect_end(one: Round, client: Stream) -> None:
    client.set_recv_timeout(PATIENCE)
    with client:
        try:
            came = b"".join(iter(lambda: client.recv(10), b""))
        except ConnectionResetError:
            return
        if came not in (b"", b"hello"):
            one.fail(f"{came!r} came from the server that was killed")


def listeners(one: Round) -> None:
    """A process is killed while it begins to listen: the next one can, and clears what is left."""
    name = to_fs_name(one.path())
    dead = one.random.random() < 0.5
    if dead:
        listener = listen(name, reclaim_name=False)
        listener.close()

    def in_child() -> None:
        while True:
            with listen(name, try_overwrite=True):
                pass

    child = Child(in_child)
    time.sleep(one.random.uniform(0, LIFE))
    child.kill()
    child.wait(killed=True)
    with listen(name, try_overwrite="if_dead") as successor:
        _check_reached(successor)
        left = [file for file in os.listdir(one.directory) if file != os.path.basename(str(name))]
        if left:
            one.fail(f"the process that was killed left {left}, and the next does not clear it")
            for file in left:
                os.unlink(os.path.join(one.directory, file))
    one.tried()


def _check_reached(listener: Listener) -> None:
    with connect(listener.name, timeout=PATIENCE) as client:
        with listener.accept(timeout=PATIENCE) as stream:
            stream.send_all(b"x")
            assert client.recv(1) == b"x"


SCENARIOS = [
    Scenario("senders", "senders killed", senders),
    Scenario("receivers", "receivers killed", receivers),
    Scenario("servers", "clients of servers that were killed", servers),
    Scenario("listeners", "processes killed while they begin to listen", listeners),
]
