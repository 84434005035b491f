"""A plain program with `socket`, which does what `interrupts` has ours do: the measure for it.

It is careful about the files that it has to remove.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

from tests.torture.rounds import Round

#: Objects that a try may keep, to be closed afterwards as a user would.
Kept = list[Any]
#: Prepares a try, and returns the function to interrupt.
Attempt = Callable[[Round, Kept], Callable[[], object]]


class Removed:
    """Removes a file when closed."""

    def __init__(self, path: str) -> None:
        self._path = path

    def close(self) -> None:
        if os.path.exists(self._path):
            os.unlink(self._path)


def listening(one: Round, kept: Kept) -> Callable[[], object]:
    path = one.path()
    kept.append(Removed(path))

    def act() -> None:
        listener = socket.socket(socket.AF_UNIX)
        kept.append(listener)
        listener.bind(path)
        listener.listen()

    return act


def _plain_listener(one: Round, kept: Kept) -> str:
    path = one.path()
    listener = socket.socket(socket.AF_UNIX)
    kept.extend((listener, Removed(path)))
    listener.bind(path)
    listener.listen()
    return path


def connecting(one: Round, kept: Kept) -> Callable[[], object]:
    path = _plain_listener(one, kept)

    def act() -> None:
        client = socket.socket(socket.AF_UNIX)
        kept.append(client)
        client.connect(path)

    return act


def accepting(one: Round, kept: Kept) -> Callable[[], object]:
    path = _plain_listener(one, kept)
    client = socket.socket(socket.AF_UNIX)
    kept.append(client)
    client.connect(path)
    return lambda: kept.append(kept[0].accept()[0])


def pairing(one: Round, kept: Kept) -> Callable[[], object]:
    return lambda: kept.extend(socket.socketpair())


def piping(one: Round, kept: Kept) -> Callable[[], object]:
    def act() -> None:
        kept.extend(map(_Number, os.pipe()))

    return act


class _Number:
    """A descriptor without an owner, in a plain program."""

    def __init__(self, number: int) -> None:
        self._number = number

    def close(self) -> None:
        number, self._number = self._number, -1
        if number >= 0:
            os.close(number)


def cloning(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend(socket.socketpair())
    return lambda: kept.append(kept[0].dup())


def transferring(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend(socket.socketpair())

    def act() -> None:
        kept[0].sendall(b"there")
        kept[1].recv(5)

    return act


def detaching(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend(socket.socketpair())

    def act() -> None:
        list(map(os.close, map(socket.socket.detach, kept[:1])))

    return act


def closing(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend(socket.socketpair())
    kept.extend(map(_Number, os.pipe()))
    _plain_listener(one, kept)

    def act() -> None:
        for end in kept:
            end.close()

    return act
