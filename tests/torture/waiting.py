"""Calls in progress in threads, and what a process does that has inherited their objects."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from random import Random
from typing import Any

from interprocess.local_socket import Listener, Name, Stream, connect, listen, pair
from interprocess.unnamed_pipe import pipe
from tests.torture.children import working_time_in

#: More than any system buffers for a reader.
_MUCH = 1 << 21
#: How many seconds a call with a timeout waits, and ...
_LIMIT = 0.1
#: ... how much of the processor's time it may take.
_WORK = 0.05


class Waiting:
    """A call in progress in a thread, its object, and the way to complete it."""

    def __init__(self, owner: Any, call: Callable[[], object], end: Callable[[], object]) -> None:
        self.owner = owner
        self.call = call
        self.end = end
        self.others: list[Any] = []

    def with_others(self, *others: Any) -> Waiting:
        self.others.extend(others)
        return self

    def close(self) -> None:
        for one in (self.owner, *self.others):
            one.close()


def _expect(call: Callable[[], object], wanted: object) -> Callable[[], object]:
    def check() -> None:
        came = call()
        assert came == wanted, f"{came!r} instead of {wanted!r}"

    return check


def receiving(random: Random) -> Waiting:
    if random.random() < 0.5:
        return receiving_in_time(random)
    one, other = pair()
    return Waiting(
        one, _expect(lambda: one.recv(1), b"x"), lambda: other.send_all(b"x")
    ).with_others(other)


def receiving_in_time(random: Random) -> Waiting:
    one, other = pair()
    one.set_recv_timeout(60)
    return Waiting(
        one, _expect(lambda: one.recv(1), b"x"), lambda: other.send_all(b"x")
    ).with_others(other)


def receiving_cloned(random: Random) -> Waiting:
    waiting = receiving(random)
    return waiting.with_others(waiting.owner.try_clone())


def receiving_half(random: Random) -> Waiting:
    one, other = pair()
    halves = one.split()
    return Waiting(
        halves[0], _expect(lambda: halves[0].recv(1), b"x"), lambda: other.send_all(b"x")
    ).with_others(halves[1], other)


def sending(random: Random) -> Waiting:
    one, other = pair()
    return Waiting(
        one, lambda: one.send_all(bytes(_MUCH)), lambda: other.recv_exactly(_MUCH)
    ).with_others(other)


def accepting(random: Random) -> Waiting:
    listener = listen(Name.unique("torture"))
    timeout = random.choice([None, 60])
    clients: list[Stream] = []
    waiting = Waiting(
        listener,
        lambda: listener.accept(timeout).close(),
        lambda: clients.append(connect(listener.name)),
    )
    waiting.others = clients
    return waiting


def receiving_from_a_pipe(random: Random) -> Waiting:
    sender, recver = pipe()
    return Waiting(
        recver, _expect(lambda: recver.recv(1), b"x"), lambda: sender.send_all(b"x")
    ).with_others(sender)


def sending_to_a_pipe(random: Random) -> Waiting:
    sender, recver = pipe()
    return Waiting(
        sender, lambda: sender.send_all(bytes(_MUCH)), lambda: recver.recv_exactly(_MUCH)
    ).with_others(recver)


KINDS = (
    receiving,
    receiving_cloned,
    receiving_half,
    sending,
    accepting,
    receiving_from_a_pipe,
    sending_to_a_pipe,
)


def use_inherited(owner: Any, random: Random) -> None:
    """Do to OWNER, in a child, what nothing is in the way of there; close it in the end."""
    action = random.choice(["close", "detach", "wait", "clone", "split"])
    if action == "wait":
        wait_in_vain(owner)
    elif action == "clone" and hasattr(owner, "try_clone"):
        owner.try_clone().close()
    elif action == "split" and isinstance(owner, Stream):
        owner = Stream.reunite(*owner.split())
    elif action == "detach" and not isinstance(owner, Listener):
        os.close(owner.detach())
    owner.close()
    owner.close()


def wait_in_vain(owner: Any) -> None:
    """Wait for what does not come: that ends in time, and takes no work."""
    if hasattr(owner, "recv"):
        set_timeout = getattr(owner, "set_recv_timeout", None) or owner.set_timeout
        set_timeout(_LIMIT)
        call: Callable[[], object] = lambda: owner.recv(1)  # noqa: E731  # three of one kind
    elif hasattr(owner, "accept"):
        call = lambda: owner.accept(timeout=_LIMIT)  # noqa: E731
    else:
        owner.set_timeout(_LIMIT)
        call = lambda: owner.send_all(bytes(_MUCH))  # noqa: E731

    def wait() -> None:
        began = time.monotonic()
        try:
            came = call()
        except TimeoutError:
            took = time.monotonic() - began
            assert took < _LIMIT + 5, f"a timeout of {_LIMIT} s took {took} s on {owner!r}"
        else:
            raise AssertionError(f"{came!r} came to {owner!r} though nobody sent anything")

    work = working_time_in(wait)
    assert work < _WORK, f"waiting {_LIMIT} s on {owner!r} took {work} s of work"
