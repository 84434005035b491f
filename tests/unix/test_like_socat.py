"""The command line beside socat: each case is run with both, and has to end the same way.

Clients are netcat's, ncat's, socat's and our own. What is not installed is left out.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from interprocess.local_socket import Name, Shutdown, Stream, connect, listen
from tests.portable.command_line import (
    argument,
    connected,
    ended,
    send_until_refused,
    wait_until_listening,
)
from tests.support import PATIENCE, Running, eventually, unique_name
from tests.unix.test_command_line import shell

#: More than fits into any pipe or socket.
MUCH = os.urandom(1000) * 3000

#: Join the clients of $1 with $2. socat waits half a second for the other direction unless told.
JOINERS = {
    "ours": "exec $I proxy $1 $2",
    "socat": "exec socat -t 30 UNIX-LISTEN:$1,fork UNIX-CONNECT:$2",
}

#: Join one client of $1 with standard streams.
LISTENERS = {"ours": "exec $I listen $1", "socat": "exec socat -t 30 UNIX-LISTEN:$1 -"}

#: Join standard streams with $1.
CLIENTS = {
    "ours": "exec $I connect $1",
    "socat": "exec socat -t 30 - UNIX-CONNECT:$1",
    "nc": "exec nc -NU $1",
    "ncat": "exec ncat -U $1",
}


def needs(name: str) -> None:
    """Skip a test of a program that is not installed, or is another one of that name."""
    if name != "ours" and shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    if name == "nc":
        usage = subprocess.run(["nc", "-h"], capture_output=True, check=False).stderr
        if b"-U" not in usage or b"-N" not in usage:
            pytest.skip("nc is not that of OpenBSD")


@pytest.fixture
def path() -> Name:
    """The name of a path."""
    return unique_name("path")


@pytest.fixture
def place() -> Name:
    """A second one."""
    return unique_name("path")


@contextmanager
def joining(joiner: str, path: Name, place: Name) -> Iterator[None]:
    """Join clients of PATH with the listener of PLACE."""
    needs(joiner)
    process = shell(JOINERS[joiner], argument(path), argument(place))
    try:
        wait_until_listening(path)
        yield
    finally:
        process.terminate()
        status, _, _ = ended(process)
    assert status == 143
    assert eventually(lambda: not os.path.exists(path.address))


joiners = pytest.mark.parametrize("joiner", JOINERS)


@contextmanager
def joined(listener: object, path: Name) -> Iterator[tuple[Stream, Stream]]:
    with connected(path) as client, listener.accept(PATIENCE) as server:  # type: ignore[attr-defined]  # a listener
        for stream in (client, server):
            stream.set_recv_timeout(PATIENCE)
            stream.set_send_timeout(PATIENCE)
        yield client, server


def send(stream: Stream, data: bytes) -> None:
    stream.send_all(data)
    stream.shutdown(Shutdown.SEND)


def receive_all(stream: Stream) -> bytes:
    with stream.makefile("rb") as file:
        data: bytes = file.read()
        return data


@joiners
@pytest.mark.parametrize("first", ["client", "server"])
def test_joined_half_close(path: Name, place: Name, first: str, joiner: str) -> None:
    with listen(place) as listener, joining(joiner, path, place):
        with joined(listener, path) as (client, server):
            ending, other = (client, server) if first == "client" else (server, client)
            ending.send_all(b"request")
            ending.shutdown(Shutdown.SEND)
            assert receive_all(other) == b"request"
            sending = Running(lambda: other.send_all(MUCH))
            assert ending.recv_exactly(len(MUCH)) == MUCH
            sending.result()
            other.shutdown(Shutdown.SEND)
            assert ending.recv(1) == b""


@joiners
@pytest.mark.parametrize("client", CLIENTS)
def test_joined_clients_of_all_kinds(
    path: Name, place: Name, client: str, tmp_path: Path, joiner: str
) -> None:
    needs(client)
    file = tmp_path / "input"
    file.write_bytes(MUCH)
    with listen(place) as listener, joining(joiner, path, place):
        process = shell(f"{CLIENTS[client]} <$2", argument(path), str(file))
        receiving = Running(lambda: ended(process))
        with listener.accept(PATIENCE) as server:
            assert receive_all(server) == MUCH
            server.send_all(MUCH[::-1])
        assert receiving.result()[:2] == (0, MUCH[::-1])


@joiners
def test_joined_big_both_ways_with_slow_readers(path: Name, place: Name, joiner: str) -> None:
    def receive_slowly(stream: Stream) -> str:
        digest, number = hashlib.sha256(), 0
        while data := stream.recv(20_000):
            digest.update(data)
            number += 1
            if number % 20 == 0:
                time.sleep(0.01)
        return digest.hexdigest()

    with listen(place) as listener, joining(joiner, path, place):
        with joined(listener, path) as (client, server):
            work = [
                Running(lambda: send(client, MUCH * 3)),
                Running(lambda: send(server, MUCH[::-1] * 3)),
            ]
            back = Running(lambda: receive_slowly(client))
            assert receive_slowly(server) == hashlib.sha256(MUCH * 3).hexdigest()
            assert back.result() == hashlib.sha256(MUCH[::-1] * 3).hexdigest()
            for running in work:
                running.result()


@joiners
def test_joined_many_clients(path: Name, place: Name, joiner: str) -> None:
    with listen(place) as listener, joining(joiner, path, place):
        # The joiner may have made the file and not listen yet.
        clients = [connect(path, PATIENCE, wait_for_server=True) for _ in range(20)]
        servers = [listener.accept(PATIENCE) for _ in clients]
        for number, client in enumerate(clients):
            client.send_all(b"%2d" % number)
        for server in servers:
            server.set_recv_timeout(PATIENCE)
            server.send_all(server.recv_exactly(2))
            server.close()
        for number, client in enumerate(clients):
            client.set_recv_timeout(PATIENCE)
            assert receive_all(client) == b"%2d" % number
            client.close()


@joiners
@pytest.mark.parametrize("killed", ["client", "server"])
def test_joined_peer_is_killed(path: Name, place: Name, killed: str, joiner: str) -> None:
    with contextlib.ExitStack() as everything:
        if killed == "server":
            victim = shell("exec $I listen $1", argument(place))
            wait_until_listening(place)
            everything.enter_context(joining(joiner, path, place))
            survivor = everything.enter_context(connected(path))
        else:
            listener = everything.enter_context(listen(place))
            everything.enter_context(joining(joiner, path, place))
            victim = shell("exec $I connect $1", argument(path))
            survivor = everything.enter_context(listener.accept(PATIENCE))
            survivor.set_send_timeout(PATIENCE)
        sending = Running(lambda: send_until_refused(survivor))
        assert victim.stdout is not None
        victim.stdout.read(10)
        victim.kill()
        sending.result()
        victim.communicate()


@pytest.mark.parametrize("listener", LISTENERS)
def test_output_that_is_closed_early(path: Name, listener: str) -> None:
    """As in `interprocess listen x | head -c 10`."""
    needs(listener)
    text = f"({LISTENERS[listener]}; echo $? >&2) </dev/null | head -c 10"
    process = shell(text.replace("exec ", ""), argument(path))
    with connected(path) as stream:
        send_until_refused(stream)
    status, output, errors = ended(process)
    assert (status, len(output)) == (0, 10)
    assert errors.splitlines()[-1] != "0"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("listener", LISTENERS)
def test_a_full_disk(path: Name, listener: str) -> None:
    needs(listener)
    process = shell(f"{LISTENERS[listener]} </dev/null >/dev/full", argument(path))
    with connected(path) as stream:
        stream.send_all(b"x")
        status, _, errors = ended(process)
    assert status == 1
    assert "No space left" in errors


@pytest.mark.parametrize("listener", LISTENERS)
@pytest.mark.parametrize("client", CLIENTS)
def test_standard_input_is_nothing(path: Name, listener: str, client: str, tmp_path: Path) -> None:
    """Binary data arrive whole where the receiver's own input ends at once."""
    needs(listener)
    needs(client)
    if client == "ncat" and listener == "socat":
        pytest.skip("ncat leaves when its server has sent all, and socat then waits")
    file = tmp_path / "input"
    file.write_bytes(MUCH)
    first = shell(f"{LISTENERS[listener]} </dev/null", argument(path))
    wait_until_listening(path)
    receiving = Running(lambda: ended(first))
    second = shell(f"{CLIENTS[client]} <$2", argument(path), str(file))
    status, output, _ = ended(second)
    received = receiving.result()
    if client == "ncat" and received[1] != MUCH:
        pytest.skip("ncat leaves when its server has sent all")
    assert (status, output) == (0, b"")
    assert received == (0, MUCH, "")


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("listener", LISTENERS)
def test_signals(path: Name, listener: str, number: signal.Signals) -> None:
    needs(listener)
    process = shell(f"exec 2>/dev/null; {LISTENERS[listener]}", argument(path))
    wait_until_listening(path)
    process.send_signal(number)
    assert ended(process)[0] == 128 + number
    assert not os.path.exists(path.address)


COMMANDS = {
    "ours": "exec $I listen --exec '{0}' $1",
    "ours, proxy": "exec $I proxy --once $1 'exec:{0}'",
    "socat": "exec socat -t 30 UNIX-LISTEN:$1 EXEC:'{0}'",
}


@pytest.mark.parametrize("who", COMMANDS)
def test_commands(path: Name, who: str) -> None:
    needs("ours" if "ours" in who else who)
    process = shell(COMMANDS[who].format("sort -r"), argument(path))
    with connected(path) as stream:
        lines = [b"%07d\n" % number for number in range(100_000)]
        sending = Running(lambda: send(stream, b"".join(lines)))
        assert receive_all(stream) == b"".join(reversed(lines))
        sending.result()
    assert ended(process)[:2] == (0, b"")


@pytest.mark.parametrize("who", ["ours", "ours, proxy"])
@pytest.mark.parametrize(("code", "status"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)])
def test_statuses_of_commands(path: Name, who: str, code: str, status: int) -> None:
    """Those that socat does not tell."""
    process = shell(COMMANDS[who].format(f'sh -c "{code}"'), argument(path))
    with connected(path) as stream:
        assert stream.recv(1) == b""
    assert ended(process)[0] == status
