"""Objects of every kind that owns a descriptor, with every action that threads may run at once."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from interprocess.local_socket import Name, Stream, connect, listen, pair, to_fs_name
from interprocess.os.unix.fifo_file import create_fifo, open_recver, open_sender
from interprocess.unnamed_pipe import Recver, Sender, pipe
from tests.torture.rounds import Round

#: The errors of calls on an object that another thread closes or is using.
_REFUSALS = re.compile("closed|inside a call|not halves")
_LIMITS = (None, 0, 0.001)

Operation = Callable[[Any, Random], object]


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Suppress only the errors that the interface documents for using an object that another thread
    closes.
    """
    try:
        yield
    except ValueError as error:
        if not _REFUSALS.search(str(error)):
            raise
    except (TimeoutError, BlockingIOError, BrokenPipeError, ConnectionResetError, EOFError):
        pass


def close_again(owner: Any, random: Random) -> None:
    """Close an object that permits it more than once."""
    for _ in range(random.randrange(1, 4)):
        owner.close()


def detach(owner: Any, random: Random) -> None:
    os.close(owner.detach())


def look(owner: Any, random: Random) -> None:
    repr(owner)
    owner.fileno()


def receive(end: Any, random: Random) -> None:
    buffer = bytearray(3)
    ways: list[Callable[[], object]] = [
        lambda: end.recv(3),
        lambda: end.recv_into(buffer),
        lambda: end.recv_exactly(2),
        lambda: end.recv_vectored([buffer]),
    ]
    random.choice(ways)()


def send(end: Any, random: Random) -> None:
    ways: list[Callable[[], object]] = [
        lambda: end.send(b"v"),
        lambda: end.send_all(b"victim"),
        lambda: end.send_all(bytearray(10_000)),
        lambda: end.send_vectored([b"v", b"w"]),
    ]
    random.choice(ways)()


def _use(end: Any, random: Random) -> None:
    for _ in range(2):
        with refusals():
            random.choice([receive if hasattr(end, "recv") else send, close_again])(end, random)


def clone(end: Any, random: Random) -> None:
    with end.try_clone() as copy:
        limit_to(copy, 0.001)
        _use(copy, random)
    copy.close()


def limit(end: Any, random: Random) -> None:
    limit_to(end, random.choice(_LIMITS))


def limit_to(end: Any, seconds: float | None) -> None:
    """Set the timeout of every call on END."""
    for name in ("set_timeout", "set_recv_timeout", "set_send_timeout"):
        if hasattr(end, name):
            getattr(end, name)(seconds)


def switch_mode(owner: Any, random: Random) -> None:
    owner.set_nonblocking(random.random() < 0.5)


def ask(stream: Stream, random: Random) -> None:
    stream.take_error()
    stream.peer_creds()


def split(stream: Any, random: Random) -> None:
    """Split, use the halves, and close them, one stream again or not."""
    halves = stream.split()
    stream.close()
    try:
        for half in halves:
            half.set_timeout(0.001)
            if random.random() < 0.5:
                _use(half, random)
        if random.random() < 0.5:
            whole = type(stream).reunite(*halves)
            _use(whole, random)
            close_again(whole, random)
    except ValueError as error:
        if not _REFUSALS.search(str(error)):
            raise
    finally:
        for half in (*halves, *halves):
            half.close()


class Victim:
    """Something that threads use while one closes it."""

    def __init__(self, owner: Any, operations: list[Operation], *others: Any) -> None:
        self.owner = owner
        self.operations = operations
        #: What belongs to it, such as the peer.
        self.others = [*others]
        #: Whether closing it has to end all its calls.
        self.close_wakes = True

    @property
    def is_closed(self) -> bool:
        return bool(self.owner.closed)

    def use(self, random: Random) -> None:
        """Do any one thing."""
        # Once it is closed, closing it again is what may go wrong.
        again = self.is_closed and random.random() < 0.4
        with refusals():
            (close_again if again else random.choice(self.operations))(self.owner, random)

    def wake(self) -> None:
        """Have every call on it end, whatever it waits for."""
        for other in self.others:
            other.close()


#: The most frequent actions, so that the others interrupt them.
_TRANSFERS: list[Operation] = [receive, send] * 6


def _stream(random: Random, more: Sequence[Operation] = ()) -> Victim:
    one, other = pair()
    seldom: list[Operation] = [look, limit, ask, split, detach, close_again, *more]
    if random.random() < 0.5:
        other.send_all(b"for the victim")
    return Victim(one, _TRANSFERS + seldom, other)


def stream(one: Round) -> Victim:
    """Return a stream of which there is no clone."""
    return _stream(one.random)


def cloned_stream(one: Round) -> Victim:
    """Return a stream that has been cloned, and is cloned now and then."""
    victim = _stream(one.random, more=[clone, switch_mode])
    victim.others.append(victim.owner.try_clone())
    return victim


def stream_being_cloned(one: Round) -> Victim:
    """Return a stream that is cloned, which a call that waits in the kernel does not notice."""
    victim = _stream(one.random, more=[clone])
    victim.close_wakes = False
    return victim


def half(one: Round) -> Victim:
    """Return one half of a stream."""
    whole, other = pair()
    halves = list(whole.split())
    one.random.shuffle(halves)
    transfer = receive if hasattr(halves[0], "recv") else send
    return Victim(halves[0], [transfer] * 12 + [look, limit, detach, close_again], *halves, other)


def _end(ends: tuple[Sender, Recver], random: Random) -> Victim:
    sender, recver = ends
    seldom: list[Operation] = [look, limit, clone, switch_mode, detach, close_again]
    if random.random() < 0.5:
        return Victim(sender, [send] * 12 + seldom, recver)
    return Victim(recver, [receive] * 12 + seldom, sender)


def pipe_end(one: Round) -> Victim:
    """Return one end of an unnamed pipe."""
    return _end(pipe(), one.random)


def fifo_end(one: Round) -> Victim:
    """Return one end of a FIFO file."""
    path = one.path()
    create_fifo(path)
    recver = open_recver(path, nonblocking=True)
    sender = open_sender(path, nonblocking=True)
    os.unlink(path)
    recver.set_nonblocking(False)
    sender.set_nonblocking(False)
    return _end((sender, recver), one.random)


def accept(listener: Any, random: Random) -> None:
    listener.accept(random.choice(_LIMITS)).close()


class _Clients:
    """A thread that connects as long as the listener takes clients."""

    def __init__(self, name: Name) -> None:
        self._name = name
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.0005):
            try:
                connect(self._name, timeout=0.01).close()
            except OSError:
                continue  # There is no listener any more, or none accepts now.

    def close(self) -> None:
        self._stop.set()
        self._thread.join(10)


def listener(one: Round) -> Victim:
    """Return a listener with clients."""
    name = Name.unique("torture") if one.random.random() < 0.5 else to_fs_name(one.path())
    owner = listen(name)
    operations: list[Operation] = [accept] * 8 + [look, close_again]
    if name.is_namespaced():  # The caller of detach() is responsible for the file.
        operations.append(detach)
    return Victim(owner, operations, _Clients(name))
