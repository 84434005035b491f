"""Every system call of every operation fails once, with each error that it may fail with."""

from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import Callable
from typing import Any

from interprocess.errors import ReuniteError
from interprocess.local_socket import Listener, Name, Stream, connect, listen, pair, to_fs_name
from interprocess.os.unix.fifo_file import create_fifo, open_recver, open_sender
from interprocess.unnamed_pipe import Recver, Sender, pipe
from tests.torture.injection import Injection, possible_errors, recording
from tests.torture.rounds import Round, Scenario, remove

#: If these fail, no code can remove a file, and closing cannot know whose it is.
_CANNOT_REMOVE = re.compile(r"\b(unlink|rename\w*) \(|^closing.*stat \(")
#: Open objects, which are closed in the end.
Kept = list[Any]
#: Prepares an operation and returns it.
Operation = Callable[[Round, Kept], Callable[[], object]]


def listening(one: Round, kept: Kept) -> Callable[[], object]:
    name = to_fs_name(one.path()) if one.random.random() < 0.7 else Name.unique("faults")
    return lambda: kept.append(listen(name))


def overwriting(one: Round, kept: Kept) -> Callable[[], object]:
    name = to_fs_name(one.path())
    if one.random.random() < 0.5:
        kept.append(listen(name))
        return lambda: kept.append(listen(name, try_overwrite=True))
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(os.fspath(name.address))
    dead.close()
    kept.append(_File(name.address))
    return lambda: kept.append(listen(name, try_overwrite="if_dead"))


class _File:
    """Removes a file without an owner when closed."""

    def __init__(self, path: bytes) -> None:
        self._path = path

    def close(self) -> None:
        if os.path.lexists(self._path):
            os.unlink(self._path)


def connecting(one: Round, kept: Kept) -> Callable[[], object]:
    kept.append(listen(to_fs_name(one.path())))
    timeout = one.random.choice([None, 0, 1])
    return lambda: kept.append(connect(kept[0].name, timeout=timeout))


def accepting(one: Round, kept: Kept) -> Callable[[], object]:
    kept.append(listen(to_fs_name(one.path())))
    kept.append(connect(kept[0].name))
    timeout = one.random.choice([None, 0, 1])
    return lambda: kept.append(kept[0].accept(timeout))


def creating(one: Round, kept: Kept) -> Callable[[], object]:
    makers: list[Callable[[], tuple[Any, Any]]] = [pair, pipe]
    make = one.random.choice(makers)
    return lambda: kept.extend(make())


def opening(one: Round, kept: Kept) -> Callable[[], object]:
    path = one.path()
    kept.append(_File(os.fsencode(path)))

    def act() -> None:
        create_fifo(path)
        kept.append(open_recver(path, nonblocking=True))
        kept.append(open_sender(path, timeout=one.random.choice([None, 1])))

    return act


def adopting(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend((*pair(), *pipe(), listen(Name.unique("faults"))))
    index = one.random.choice([0, 2, 3, 4])
    number = os.dup(kept[index].fileno())
    kind = {0: Stream, 2: Sender, 3: Recver, 4: Listener}[index]

    def act() -> None:
        try:
            kept.append(kind(number))
        except BaseException:
            os.close(number)  # It has stayed ours.
            raise

    return act


def _ends(one: Round, kept: Kept) -> tuple[Any, Any]:
    """Return a sender and a receiver of one kind."""
    kind = one.random.randrange(4)
    if kind == 0:
        kept.extend(pipe())
    elif kind == 1:
        first, second = pair()
        kept.extend((first.split()[1], second.split()[0]))
    else:
        kept.extend(pair())
        if kind == 2:
            kept.append(kept[0].try_clone())
            kept.append(kept[1].try_clone())
    return kept[0], kept[1]


def transferring(one: Round, kept: Kept) -> Callable[[], object]:
    sending, receiving = _ends(one, kept)
    buffer = bytearray(1)
    sends = [sending.send, sending.send_all, lambda data: sending.send_vectored([data])]
    receives: list[Callable[[], object]] = [
        lambda: receiving.recv(1),
        lambda: receiving.recv_exactly(1),
        lambda: receiving.recv_into(buffer),
        lambda: receiving.recv_vectored([buffer]),
    ]
    send, receive = one.random.choice(sends), one.random.choice(receives)

    def act() -> None:
        send(b"x")
        assert receive() in (1, b"x")

    return act


def waiting(one: Round, kept: Kept) -> Callable[[], object]:
    _, receiving = _ends(one, kept)
    set_timeout = getattr(receiving, "set_recv_timeout", None) or receiving.set_timeout

    def act() -> None:
        set_timeout(0.002)
        try:
            receiving.recv(1)
        except TimeoutError:
            return

    return act


def giving_up(one: Round, kept: Kept) -> Callable[[], object]:
    _used(kept)
    what = one.random.randrange(4)
    if what < 2:

        def act() -> None:
            halves = kept[0].split()
            kept.extend(halves)
            if what:
                kept.append(Stream.reunite(*halves))

        return act
    return lambda: os.close(kept[what].detach())


def changing(one: Round, kept: Kept) -> Callable[[], object]:
    kept.extend((*pair(), *pipe(), listen(Name.unique("faults"))))
    return one.random.choice(
        [
            lambda: kept.append(kept[0].try_clone()),
            lambda: kept.append(kept[2].try_clone()),
            lambda: kept[0].set_nonblocking(True),
            lambda: kept[2].set_nonblocking(True),
            lambda: kept[0].shutdown(),
            lambda: kept[0].peer_creds(),
            lambda: kept[0].take_error(),
            lambda: kept[0].set_busy_poll(1e-5),
        ]
    )


def closing(one: Round, kept: Kept) -> Callable[[], object]:
    _used(kept)
    kept.append(listen(to_fs_name(one.path())))
    index = one.random.randrange(len(kept))
    return lambda: kept[index].close()


def _used(kept: Kept) -> None:
    """Keep streams and pipes in which waiting has left its traces."""
    kept.extend((*pair(), *pipe()))
    kept.append(kept[0].try_clone())
    for end in (kept[0], kept[3]):
        (getattr(end, "set_recv_timeout", None) or end.set_timeout)(1e-6)
        try:
            end.recv(1)
        except TimeoutError:
            pass


_OPERATIONS = (
    listening,
    overwriting,
    connecting,
    accepting,
    creating,
    opening,
    adopting,
    transferring,
    waiting,
    giving_up,
    changing,
    closing,
)


def _once(operation: Operation) -> Callable[[Round], None]:
    """Return a round: one operation in which one call fails, or two do."""

    def run(one: Round) -> None:
        state = one.random.getstate()
        kept: Kept = []
        act = operation(one, kept)
        with recording() as calls:
            act()
        _close(one, kept, "without a fault")
        if not calls:
            return
        failing = {}
        for _ in range(one.random.choice([1, 1, 1, 2])):
            place = one.random.randrange(len(calls))
            failing[place] = one.random.choice(possible_errors(calls[place]))
        # The very same operation again.
        after = one.random.getstate()
        one.random.setstate(state)
        kept = []
        act = operation(one, kept)
        one.random.setstate(after)
        _act(one, operation.__name__, act, kept, failing)
        one.tried()

    return run


def _act(
    one: Round, name: str, act: Callable[[], object], kept: Kept, failing: dict[int, int]
) -> None:
    outcome = "it ended well"
    with Injection(failing) as injection:
        try:
            act()
        except (OSError, EOFError, ReuniteError) as error:
            outcome = repr(error)
        except ValueError as error:  # An object that was refused for adoption, for example.
            outcome = repr(error)
            if "cannot be adopted" not in outcome:
                one.fail(f"{injection.failed}: {outcome}")
        except BaseException as error:
            one.fail(f"{injection.failed}: {error!r}")
            raise
    what = f"{name}, with {injection.failed}: {outcome}"
    # Where a finalizer closes, an error of that can only be printed.
    one.may_print = "close (" in what
    one.strangers.add(one.random)
    _check_usable(one, kept, what)
    _close(one, kept, what)


def _check_usable(one: Round, kept: Kept, what: str) -> None:
    """Check that everything is either usable or closed."""
    owners = [owner for owner in kept if not isinstance(owner, _File) and not owner.closed]
    listeners = [owner for owner in owners if isinstance(owner, Listener)]
    try:
        for owner in owners:
            os.fstat(owner.fileno())
        for listener in listeners:
            with connect(listener.name, timeout=0):
                # One of them may have taken the other's place.
                if not any(map(_has_client, listeners)):
                    one.fail(f"{what}: then no client reaches {listener!r}")
    except OSError as error:
        one.fail(f"{what}: then {owners} are of no use: {error!r}")


def _has_client(listener: Listener) -> bool:
    try:
        listener.accept(timeout=0).close()
    except TimeoutError:
        return False
    return True


def _close(one: Round, kept: Kept, what: str) -> None:
    """Close everything twice, and check that nothing is left."""
    for owner in (*kept, *kept):
        try:
            owner.close()
        except OSError as error:
            one.fail(f"{what}: then closing {owner!r} failed: {error!r}")
    for name in os.listdir(one.directory):
        if name.endswith(".ip") and what.count("(call ") > 1:
            # Whatever could not be removed either, the next listener at the path clears.
            path = os.path.join(one.directory, name[1:-3])
            listen(to_fs_name(path), try_overwrite="if_dead").close()
            if not os.path.lexists(os.path.join(one.directory, name)):
                continue
        remove(os.path.join(one.directory, name))
        if not _CANNOT_REMOVE.search(what):
            one.fail(f"{what}: then the file {name} is left")


def always(one: Round) -> None:
    """A call that the system never grants, whatever poll(2) says, ends at its deadline."""
    kept: Kept = []
    if one.random.random() < 0.3:
        kept.append(listen(Name.unique("faults")))
        kept.append(connect(kept[0].name))
        call: Callable[[], object] = lambda: kept[0].accept(timeout=0.01)  # noqa: E731
    else:
        sending, receiving = _ends(one, kept)
        sending.send_all(b"x")
        (getattr(receiving, "set_recv_timeout", None) or receiving.set_timeout)(0.01)
        call = lambda: receiving.recv(1)  # noqa: E731
    with _Always():
        try:
            one.fail(f"it always fails with EAGAIN, but: {call()!r}")
        except TimeoutError:
            pass
    _close(one, kept, "a deadline")
    one.tried()


class _Always(Injection):
    """Makes all transfers fail with EAGAIN."""

    def error_of_next(self, name: str) -> int:
        transfers = name in ("recv", "recv_into", "recvmsg", "read", "readv", "accept", "accept4")
        return errno.EAGAIN if transfers else 0


SCENARIOS = [
    *(
        Scenario(operation.__name__.replace("_", "-"), "calls that failed", _once(operation))
        for operation in _OPERATIONS
    ),
    Scenario("always", "calls that always failed", always),
]
