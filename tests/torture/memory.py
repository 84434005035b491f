"""Peers behind shared memory are killed at any byte or scribble into it; threads share an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random
from typing import Any

from interprocess.shared_memory.local_socket import Stream, pair
from tests.torture import threads, victims
from tests.torture.children import Child
from tests.torture.deaths import DATA, LIFE, receive_all_ways, send_all_ways
from tests.torture.rounds import PATIENCE, Round, Scenario, join_all, start_all


def _ends(one: Round) -> tuple[Any, Any]:
    """Return what sends and what receives, of one of the kinds that there are."""
    kind = one.random.choice(["stream", "clone", "halves", "timeout", "polling"])
    first, second = pair(buffer_size=one.random.choice([1 << 12, 1 << 16, None]))
    if kind == "halves":
        closed, receiving = first.split(), second.split()
        closed[0].close()
        receiving[1].close()
        return closed[1], receiving[0]
    for end in (first, second):
        if kind == "clone":
            end.try_clone().close()
        elif kind == "timeout":
            end.set_recv_timeout(PATIENCE)
            end.set_send_timeout(PATIENCE)
        elif kind == "polling":
            end.set_busy_poll(one.random.choice([0, 1e-3]))
    return first, second


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
    ours = Random(random.random())
    thread = start_all([lambda: receive_all_ways(receiving, ours, pieces.append)])
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
    """The receiver is killed: the sender is told at last, and hangs nowhere."""
    sending, receiving = _ends(one)
    random = Random(one.random.random())

    def in_child() -> None:
        sending.close()
        receive_all_ways(receiving, random, lambda data: None)

    child = Child(in_child)
    receiving.close()
    ours = Random(random.random())
    ends: list[int] = []

    def send() -> None:
        while True:
            sent = send_all_ways(sending, ours)
            if sent < len(DATA):
                ends.append(sent)
                return

    thread = start_all([send])
    time.sleep(one.random.uniform(0, LIFE))
    child.kill()
    child.wait(killed=True)
    join_all(thread)
    if not ends:
        one.fail("sending to a process that was killed never fails")
    sending.close()
    one.tried()


def reserve(stream: Any, random: Random) -> None:
    """Send what is written into the ring, or some of it, or nothing."""
    reservation = stream.reserve(random.choice([1, 100, 5000]))
    with reservation as view:
        view[:1] = b"v"
        if random.random() < 0.5:
            reservation.commit(random.randrange(len(view) + 1))


def peek(stream: Any, random: Random) -> None:
    """Receive what is in the ring, or some of it, or nothing."""
    peeked = stream.peek(random.choice([1, 100, 5000]))
    with peeked as view:
        if random.random() < 0.5:
            peeked.consume(random.randrange(len(view) + 1))


def scribblers(one: Round) -> None:
    """The peer writes anything anywhere: calls end, in time, with bytes or with an error."""
    ours, peers = pair(buffer_size=1 << 12)
    random = Random(one.random.random())

    def in_child() -> None:
        ours.close()
        _scribble(peers, random)

    child = Child(in_child)
    peers.close()
    ours.set_recv_timeout(0.001)
    ours.set_send_timeout(0.001)
    end = time.monotonic() + 0.02
    while time.monotonic() < end:
        size = one.random.choice([1, 100, 5000])
        calls: list[Callable[[int], object]] = [
            ours.recv,
            ours.recv_exactly,
            lambda size: ours.recv_into(bytearray(size)),
            lambda size: ours.send(bytes(size)),
            lambda size: ours.send_all(bytearray(size)),
            lambda size: peek(ours, one.random),
            lambda size: reserve(ours, one.random),
        ]
        try:
            one.random.choice(calls)(size)
        except (OSError, EOFError) as error:
            one.tally[type(error).__name__] += 1
        one.tried()
    child.kill()
    child.wait(killed=True)
    ours.close()


def _scribble(stream: Stream, random: Random) -> None:
    words, data = [stream._reader.words, stream._writer.words], stream._reader.data
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        some = random.choice(words)
        place = random.randrange(len(some))
        near = some[place] + random.randint(-2, 5000)
        some[place] = random.choice([near, 0, 1 << 63, (1 << 64) - 1]) & ((1 << 64) - 1)
        data[random.randrange(len(data))] = 255
        if random.random() < 0.1:
            time.sleep(0)


def shared(one: Round) -> victims.Victim:
    """Return a stream, or one half, that threads use and split and clone."""
    first, second = pair(buffer_size=one.random.choice([1 << 12, 1 << 16]))
    for end in (first, second):
        end.set_busy_poll(one.random.choice([0, 2e-5]))
    seldom: list[victims.Operation] = [victims.look, victims.limit, victims.close_again]
    if one.random.random() < 0.5:
        second.send_all(b"for the victim")
    if one.random.random() < 0.3:
        halves = list(first.split())
        one.random.shuffle(halves)
        transfers: list[victims.Operation] = [victims.send, reserve]
        if hasattr(halves[0], "recv"):
            transfers = [victims.receive, peek]
        return victims.Victim(halves[0], transfers * 6 + seldom, halves[1], second)
    victim = victims.Victim(first, [victims.receive, victims.send, peek, reserve] * 3, second)
    victim.operations += [*seldom, victims.ask, victims.split, victims.clone, victims.switch_mode]
    if one.random.random() < 0.5:
        victim.others.append(first.try_clone())
    else:
        victim.close_wakes = False  # A call that waits in the kernel does not notice a new clone.
    return victim


SCENARIOS = [
    Scenario("senders", "killed", senders),
    Scenario("receivers", "killed", receivers),
    Scenario("scribblers", "calls", scribblers),
    Scenario("shared", "ends closed under use", threads.torture(shared)),
]
