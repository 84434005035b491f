"""Signal handlers use streams of their own, with errors of their own, in the midst of calls."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from interprocess.local_socket import Name, Stream, connect, listen, pair, to_fs_name
from interprocess.unnamed_pipe import pipe
from tests.torture.rounds import Round, Scenario

#: How long a round works under signals, in seconds.
_ROUND = 0.05


class Nested:
    """The handler's actions: some succeed, and some fail, each with its own error."""

    def __init__(self, one: Round) -> None:
        self._random = Random(one.random.random())
        self._one = one
        self._path = one.path()
        self._acts = (
            self._talk,
            self._serve,
            self._refused,
            self._not_yet,
            self._late,
            self._broken,
            self._gone,
        )
        self.calls = 0
        self.wrong: list[str] = []
        #: A signal may be handled after its time.
        self.over = False
        self._entered = False

    def __call__(self, *_: object) -> None:
        if self.over:
            return
        if not self._entered:
            self._entered = True
            try:
                self._random.choice(self._acts)()
            except BaseException as error:
                self.wrong.append(f"in the handler: {error!r}")
            self._entered = False
            self.calls += 1
        signal.setitimer(signal.ITIMER_REAL, self._random.uniform(5e-6, 2e-4))

    def _talk(self) -> None:
        pairs(self._one)

    def _serve(self) -> None:
        with listen(to_fs_name(self._path)) as listener, connect(listener.name) as client:
            with listener.accept() as stream, stream.try_clone() as clone:
                clone.send_all(b"x")
                assert client.recv(1) == b"x"

    def _refused(self) -> None:
        try:
            connect(to_fs_name(self._path)).close()
        except FileNotFoundError:
            return
        raise AssertionError("connected to nothing")

    def _not_yet(self) -> None:
        one, other = pair()
        with one, other:
            one.set_nonblocking(True)
            try:
                one.recv(1)
            except BlockingIOError:
                return
        raise AssertionError("received what was not sent")

    def _late(self) -> None:
        sender, recver = pipe()
        with sender, recver:
            recver.set_timeout(1e-5)
            try:
                recver.recv(1)
            except TimeoutError:
                return
        raise AssertionError("received what was not sent")

    def _broken(self) -> None:
        one, other = pair()
        with one:
            other.close()
            try:
                one.send_all(b"x")
            except BrokenPipeError:
                return
        raise AssertionError("sent to nobody")

    def _gone(self) -> None:
        one, other = pair()
        for end in (one, other, one):
            end.close()
        try:
            one.recv(1)
        except ValueError:
            return
        raise AssertionError("received from what is closed")


@contextlib.contextmanager
def _signals(one: Round) -> Iterator[None]:
    nested = Nested(one)
    before = signal.signal(signal.SIGALRM, nested)
    signal.setitimer(signal.ITIMER_REAL, 1e-4)
    try:
        yield
    finally:
        nested.over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        one.tried(nested.calls)
        for text in nested.wrong:
            one.fail(text)


def _under_signals(act: Callable[[Round], None]) -> Callable[[Round], None]:
    def run(one: Round) -> None:
        with _signals(one):
            end = time.monotonic() + _ROUND
            while time.monotonic() < end:
                act(one)

    return run


def connections(one: Round) -> None:
    with listen(Name.unique()) as listener, connect(listener.name, timeout=10) as client:
        with listener.accept(timeout=10) as stream, stream.try_clone() as clone:
            clone.send_all(b"abc")
            assert client.recv_exactly(3) == b"abc"
            whole = Stream.reunite(*stream.split())
            client.send_all(b"def")
            whole.set_recv_timeout(10)
            assert whole.recv_exactly(3) == b"def"
            whole.close()


def pairs(one: Round) -> None:
    first, second = pair()
    with first, second:
        first.send_all(b"x")
        assert second.recv(1) == b"x"


def pipes(one: Round) -> None:
    sender, recver = pipe()
    with sender, recver, sender.try_clone() as clone:
        sender.set_timeout(10)
        sender.send_all(b"abc")
        clone.send_vectored([b"d", b"ef"])
        assert recver.recv_exactly(6) == b"abcdef"


def files(one: Round) -> None:
    name = to_fs_name(one.path())
    with listen(name):
        try:
            listen(name).close()
        except OSError as error:
            if "living process" not in str(error):
                raise
        with listen(name, try_overwrite=True) as listener, connect(name), listener.accept():
            pass
    try:
        connect(name)
    except FileNotFoundError:
        return
    raise AssertionError("the file is still there")


def errors(one: Round) -> None:
    """The error of each call is its own, whatever the handler's calls failed with."""
    first, second = pair()
    with first, second:
        first.set_recv_timeout(1e-4)
        try:
            raise AssertionError(f"received {first.recv(1)!r}")
        except TimeoutError:
            pass
        first.set_nonblocking(True)
        for call in (lambda: first.recv(1), lambda: first.recv_vectored([bytearray(1)])):
            try:
                raise AssertionError(f"received {call()!r}")
            except BlockingIOError:
                pass
    try:
        connect(Name.unique("nobody"))
    except ConnectionRefusedError:
        return
    raise AssertionError("connected to nothing")


def same(one: Round) -> None:
    """The handler closes what the main thread waits for."""
    owners: list[Any] = [listen(Name.unique()), *pair(), *pipe()]
    choices: list[tuple[Any, Callable[[], object]]] = [
        (owners[0], lambda: owners[0].accept(one.random.choice([None, 10]))),
        (owners[1], lambda: owners[1].recv(1)),
        (owners[1], lambda: owners[1].send_all(bytes(1 << 22))),
        (owners[4], lambda: owners[4].recv(1)),
        (owners[3], lambda: owners[3].send_all(bytes(1 << 22))),
    ]
    victim, call = one.random.choice(choices)
    if one.random.random() < 0.5 and victim is owners[1]:
        owners.append(victim.try_clone())
    before = signal.signal(signal.SIGALRM, lambda *_: victim.close())
    try:
        # Again and again: a signal just before a system call does not interrupt it.
        signal.setitimer(signal.ITIMER_REAL, one.random.uniform(1e-6, 3e-4), 0.01)
        call()
    except ValueError as error:
        if "closed" not in str(error):
            raise
    else:
        raise AssertionError("a call on what the handler closed has ended well")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        one.strangers.add(one.random)
        for owner in (*owners, *owners):
            owner.close()
    one.tried()


SCENARIOS = [
    Scenario("connections", "nested uses", _under_signals(connections)),
    Scenario("pairs", "nested uses", _under_signals(pairs)),
    Scenario("pipes", "nested uses", _under_signals(pipes)),
    Scenario("files", "nested uses", _under_signals(files)),
    Scenario("errors", "nested uses", _under_signals(errors)),
    Scenario("same", "closings of what is in use", same),
]
