"""`interprocess proxy`: two places are joined as if their peers were connected with each other."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from interprocess.local_socket import Name, Shutdown, Stream, listen
from interprocess.messages import Delimiter, LengthPrefix, MessageStream
from tests.portable.command_line import (
    argument,
    command,
    connected,
    ended,
    python_command,
    send_until_refused,
)
from tests.support import PATIENCE, Running, unique_name

#: More than fits into any pipe or socket.
MUCH = os.urandom(1000) * 3000

HAS_HALF_CLOSE = sys.platform != "win32"

unix_only = pytest.mark.skipif(not HAS_HALF_CLOSE, reason="a pipe has no half-close")


@pytest.fixture
def place() -> Name:
    """A second name."""
    return unique_name("path")


@contextmanager
def joined(name: Name, place: Name, *options: str) -> Iterator[tuple[Stream, Stream]]:
    """Give a client of a proxy at NAME, and the stream of the server at PLACE to which it leads."""
    with listen(place) as listener:
        with command("proxy", *options, argument(name), argument(place)):
            with connected(name) as client, listener.accept(PATIENCE) as server:
                server.set_recv_timeout(PATIENCE)
                server.set_send_timeout(PATIENCE)
                yield client, server


@contextmanager
def tcp_proxy(target: str, *options: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Give the port at which a proxy listens, which the system has chosen."""
    with command("proxy", *options, "tcp:127.0.0.1:0", target) as process:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        found = re.fullmatch(r"interprocess proxy: listening at tcp:127\.0\.0\.1:(\d+)\s*", line)
        assert found is not None, line
        yield int(found[1]), process


def test_both_directions_at_once(name: Name, place: Name) -> None:
    with joined(name, place) as (client, server):
        there = Running(lambda: client.send_all(MUCH))
        back = Running(lambda: server.send_all(MUCH[::-1]))
        received = Running(lambda: client.recv_exactly(len(MUCH)))
        assert server.recv_exactly(len(MUCH)) == MUCH
        assert received.result() == MUCH[::-1]
        there.result()
        back.result()


@pytest.mark.parametrize("sides", [("client", "server"), ("server", "client")])
def test_the_end_is_passed_on_when_one_leaves(
    name: Name, place: Name, sides: tuple[str, str]
) -> None:
    with joined(name, place) as (client, server):
        streams = {"client": client, "server": server}
        leaving, staying = (streams[side] for side in sides)
        sending = Running(lambda: leaving.send_all(MUCH))
        assert staying.recv_exactly(len(MUCH)) == MUCH
        sending.result()
        leaving.close()
        assert staying.recv(1) == b""
        send_until_refused(staying)


@unix_only
@pytest.mark.parametrize("first", ["client", "server"])
def test_half_close_both_ways(name: Name, place: Name, first: str) -> None:
    with joined(name, place) as (client, server):
        ending, other = (client, server) if first == "client" else (server, client)
        ending.send_all(b"the last words")
        ending.shutdown(Shutdown.SEND)
        assert other.recv_exactly(14) == b"the last words"
        assert other.recv(1) == b""
        sending = Running(lambda: other.send_all(MUCH))
        assert ending.recv_exactly(len(MUCH)) == MUCH
        sending.result()
        other.shutdown(Shutdown.SEND)
        assert ending.recv(1) == b""


@unix_only
def test_a_peer_that_refuses_one_direction(name: Name, place: Name) -> None:
    with joined(name, place) as (client, server):
        server.shutdown(Shutdown.RECV)
        send_until_refused(client)
        server.send_all(b"still said")
        assert client.recv_exactly(10) == b"still said"


def test_many_clients_at_once(name: Name, place: Name) -> None:
    clients = []
    with listen(place) as listener, command("proxy", argument(name), argument(place)):
        try:
            for number in range(30):
                clients.append(connected(name))
                clients[-1].send_all(b"%3d" % number)
            servers = [listener.accept(PATIENCE) for _ in clients]
            for server in servers:  # They may have come in another order.
                server.send_all(server.recv_exactly(3))
            for number, client in enumerate(clients):
                assert client.recv_exactly(3) == b"%3d" % number
            for server in servers:
                server.close()
        finally:
            for client in clients:
                client.close()


def test_an_error_ends_one_connection(name: Name, place: Name) -> None:
    with command("proxy", argument(name), argument(place)) as process:
        with connected(name) as client:
            assert client.recv(1) == b""
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        assert line.startswith("interprocess proxy: connection 1: ")
        assert str(place) in line.replace("\\\\", "\\")
        with listen(place) as listener, connected(name) as client:
            with listener.accept(PATIENCE) as server:
                server.send_all(b"served")
            assert client.recv_exactly(6) == b"served"
        assert process.poll() is None


def test_wait_for_server(name: Name, place: Name) -> None:
    with command("proxy", "--wait-for-server", argument(name), argument(place)):
        with connected(name) as client:
            client.send_all(b"early")
            with listen(place) as listener, listener.accept(PATIENCE) as server:
                assert server.recv_exactly(5) == b"early"


def test_wait_for_server_has_a_timeout(name: Name, place: Name) -> None:
    options = ["--once", "--wait-for-server", "--timeout", "0.3"]
    with command("proxy", *options, argument(name), argument(place)) as process:
        with connected(name) as client:
            assert client.recv(1) == b""
        status, _, errors = ended(process)
    assert status == 1
    assert "no connection within 0.3 seconds" in errors


def test_once(name: Name, place: Name) -> None:
    with listen(place) as listener:
        with command("proxy", "--once", argument(name), argument(place)) as process:
            with connected(name), listener.accept(PATIENCE):
                pass
            assert ended(process) == (0, b"", "")


def test_what_could_not_be_delivered_is_told(name: Name, place: Name) -> None:
    with listen(place) as listener:
        with command("proxy", "--once", argument(name), argument(place)) as process:
            with connected(name) as client:
                sending = Running(lambda: client.send_all(MUCH))
                with listener.accept(PATIENCE) as server:
                    assert server.recv_exactly(10) == MUCH[:10]
                    assert sending.is_waiting()  # The proxy has more than it can deliver.
                with pytest.raises((BrokenPipeError, ConnectionResetError)):
                    sending.result()
            status, _, errors = ended(process)
    assert status == 1
    assert errors == (
        "interprocess proxy: the target has left, or receives no more: "
        "not all that the client sent was delivered\n"
    )


@pytest.mark.parametrize("status", [0, 3])
def test_a_command(name: Name, status: int) -> None:
    code = f"import sys; print(input()[::-1]); sys.exit({status})"
    with command("proxy", "--once", argument(name), f"exec:{python_command(code)}") as process:
        with connected(name) as client:
            client.send_all(b"abc\n")
            with client.makefile("rb") as file:
                assert file.read().strip() == b"cba"
        assert ended(process)[0] == status


def test_a_command_that_is_not_there(name: Name) -> None:
    with command("proxy", argument(name), "exec:no-such-command-anywhere -x") as process:
        status, output, errors = ended(process)
    assert (status, output) == (127, b"")
    assert errors == "interprocess proxy: no-such-command-anywhere: command not found\n"


def test_from_tcp(place: Name) -> None:
    with listen(place) as listener, tcp_proxy(argument(place)) as (port, _):
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
            with listener.accept(PATIENCE) as server:
                sending = Running(lambda: client.sendall(MUCH))
                assert server.recv_exactly(len(MUCH)) == MUCH
                sending.result()
                sending = Running(lambda: server.send_all(MUCH[::-1]))
                with client.makefile("rb") as file:
                    assert file.read(len(MUCH)) == MUCH[::-1]
                sending.result()
            assert client.recv(1) == b""


@unix_only
def test_half_close_over_tcp(place: Name) -> None:
    with listen(place) as listener, tcp_proxy(argument(place)) as (port, _):
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
            with listener.accept(PATIENCE) as server:
                client.sendall(MUCH[:100_000])
                client.shutdown(socket.SHUT_WR)
                with server.makefile("rb") as file:
                    assert file.read() == MUCH[:100_000]
                server.send_all(b"answer")
                server.shutdown(Shutdown.SEND)
                assert client.recv(6) == b"answer"
                assert client.recv(1) == b""


def test_to_tcp(name: Name) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        port = listener.getsockname()[1]
        with command("proxy", argument(name), f"tcp:localhost:{port}"):
            with connected(name) as client:
                server, _ = listener.accept()
                with server:
                    server.settimeout(PATIENCE)
                    client.send_all(b"to TCP")
                    assert server.recv(6) == b"to TCP"
                    server.sendall(b"from TCP")
                    assert client.recv_exactly(8) == b"from TCP"
                assert client.recv(1) == b""


def test_the_last_words_reach_a_tcp_client_that_still_sends(place: Name) -> None:
    """Closing a TCP connection with something unread takes from the peer what it was sent."""
    code = "import os; os.read(0, 10); os.write(1, b'too much'); os.close(0)"
    with tcp_proxy(f"exec:{python_command(code)}", "--once") as (port, process):
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 10_000)
            client.sendall(MUCH)
            assert process.wait(PATIENCE) == 0
            assert client.recv(8) == b"too much"
            assert client.recv(1) == b""


@pytest.mark.parametrize(
    "target",
    [
        *("tcp:0.0.0.0:80", "tcp:192.0.2.1:80", "tcp:example.org:80", "tcp:[::]:80"),
        *("tcp:[::ffff:127.0.0.1]:80", "tcp:127.0.0.1:65536", "tcp:127.0.0.1:", "tcp:-1", "tcp:"),
        *("exec:", "fifo:"),
    ],
)
@pytest.mark.parametrize("side", ["LISTEN", "TARGET"])
def test_places_that_are_refused(target: str, side: str) -> None:
    words = [target, "x"] if side == "LISTEN" else ["x", target]
    with command("proxy", *words, stdin=subprocess.DEVNULL) as process:
        status, output, errors = ended(process)
    assert (status, output) == (2, b"")
    assert f"argument {side}: " in errors


@pytest.mark.parametrize("place", ["exec:command", "fifo:file", "from-fifo:file"])
def test_what_clients_cannot_connect_to(place: str) -> None:
    with command("proxy", place, "x", stdin=subprocess.DEVNULL) as process:
        status, _, errors = ended(process)
    assert status == 2
    assert f"{place!r} can only be TARGET" in errors


def test_a_port_on_which_nothing_listens(name: Name) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        target = f"tcp:127.0.0.1:{port}"
        with command("proxy", "--once", argument(name), target) as process:
            with connected(name) as client:
                assert client.recv(1) == b""
            status, _, errors = ended(process)
    assert status == 1
    assert target in errors


def test_port_0_is_to_listen_on() -> None:
    with command("proxy", "x", "tcp:0", stdin=subprocess.DEVNULL) as process:
        status, _, errors = ended(process)
    assert status == 2
    assert "argument TARGET: 'tcp:0': port 0 is to listen on" in errors


def test_a_proxy_to_itself_is_refused(name: Name) -> None:
    with command("proxy", argument(name), argument(name)) as process:
        status, _, errors = ended(process)
    assert status == 1
    assert "the same" in errors


def test_messages_are_put_into_another_framing(name: Name, place: Name) -> None:
    with joined(name, place, "--messages", "length:lines") as (client, server):
        for_client = MessageStream(client, LengthPrefix())
        for_server = MessageStream(server, Delimiter())
        messages = [b"one", b"", b"x" * 100_000, b"four"]
        sending = Running(lambda: for_client.send_many(messages))
        assert [for_server.recv() for _ in messages] == messages
        sending.result()
        sending = Running(lambda: for_server.send_many(messages))
        assert [for_client.recv() for _ in messages] == messages
        sending.result()


def test_only_whole_messages_are_passed_on(name: Name, place: Name) -> None:
    with joined(name, place, "--messages", "lines") as (client, server):
        client.send_all(b"whole\npart")
        assert server.recv(100) == b"whole\n"
        client.send_all(b" of one\nnever whole")
        assert server.recv(100) == b"part of one\n"
        client.close()
        assert server.recv(100) == b""


def test_what_is_no_message_is_refused(name: Name, place: Name) -> None:
    options = ["--once", "--messages", "length:lines"]
    with listen(place) as listener:
        with command("proxy", *options, argument(name), argument(place)) as process:
            with connected(name) as client, listener.accept(PATIENCE) as server:
                MessageStream(client, LengthPrefix()).send_many([b"good", b"two\nlines"])
                assert server.recv(100) == b"good\n"
                assert server.recv(100) == b""
            status, _, errors = ended(process)
    assert status == 1
    assert "invalid data from the client: the message contains the delimiter" in errors
