"""`interprocess listen` and `connect` deliver all, in both directions, or say that they did not."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from interprocess.local_socket import Name, Shutdown, Stream, UnsupportedError, listen
from tests.portable.command_line import (
    argument,
    close_input,
    command,
    connected,
    ended,
    wait_until_listening,
)
from tests.support import PATIENCE, Running, unique_name

#: More than fits into any pipe or socket.
MUCH = os.urandom(1000) * 3000

NOT_ALL_SENT = "the peer has left, or receives no more: not all of the input was delivered\n"

HAS_HALF_CLOSE = sys.platform != "win32"


@pytest.fixture
def path() -> Name:
    """The name of a path."""
    return unique_name("path")


SIZES = [0, 1, 65536, len(MUCH)]


@pytest.mark.parametrize("from_client", SIZES)
@pytest.mark.parametrize("from_server", SIZES)
def test_everything_arrives(path: Name, from_server: int, from_client: int) -> None:
    if not HAS_HALF_CLOSE and not from_server + from_client:
        pytest.skip("without a half-close, each waits for the other to leave")
    with command("listen", argument(path)) as server:
        wait_until_listening(path)
        with command("connect", argument(path)) as client:
            serving = Running(lambda: ended(server, MUCH[:from_server]))
            to_client = ended(client, MUCH[:from_client])
            assert to_client == (0, MUCH[:from_server], "")
            assert serving.result() == (0, MUCH[:from_client], "")


@pytest.mark.parametrize("late", ["listen", "connect"])
def test_one_input_ends_before_the_other_begins(path: Name, late: str) -> None:
    quiet = [] if HAS_HALF_CLOSE else ["--wait", "5"]
    with command("listen", *quiet, argument(path)) as server:
        wait_until_listening(path)
        with command("connect", *quiet, argument(path)) as client:
            first, second = (client, server) if late == "listen" else (server, client)
            close_input(first)
            receiving = Running(lambda: ended(first))
            time.sleep(0.5)  # No time limit ends it.
            assert ended(second, MUCH) == (0, b"", "")
            assert receiving.result() == (0, MUCH, "")


def test_half_close_both_ways(name: Name) -> None:
    with listen(name) as listener, command("connect", argument(name)) as client:
        with listener.accept(PATIENCE) as stream:
            try:
                stream.shutdown(Shutdown.SEND)
            except UnsupportedError as error:
                pytest.skip(str(error))
            assert client.stdin is not None
            client.stdin.write(b"sent after the end of what came")
            client.stdin.flush()
            assert stream.recv(100) == b"sent after the end of what came"
            close_input(client)
            assert stream.recv(1) == b""
            assert ended(client) == (0, b"", "")
        with command("connect", argument(name)) as other, listener.accept(PATIENCE) as stream:
            close_input(other)
            assert stream.recv(1) == b""
            receiving = Running(lambda: ended(other))
            stream.send_all(MUCH)
            stream.shutdown(Shutdown.SEND)
            assert receiving.result() == (0, MUCH, "")


def test_the_peer_leaves_while_the_input_is_open(name: Name) -> None:
    with listen(name) as listener, command("connect", argument(name)) as client:
        with listener.accept(PATIENCE) as stream:
            stream.send_all(b"good-bye")
        # It ends though its standard input stays open.
        assert client.stdout is not None
        assert client.stdout.read() == b"good-bye"
        assert client.wait(PATIENCE) == 0


@pytest.mark.parametrize("size", [len(MUCH), 20_000])
def test_a_peer_that_does_not_receive_all(name: Name, size: int) -> None:
    if not HAS_HALF_CLOSE and size < len(MUCH):
        pytest.skip("Windows does not always say that something was left unread in a pipe")
    with listen(name) as listener, command("connect", argument(name)) as client:
        with listener.accept(PATIENCE) as stream:
            sending = Running(lambda: ended(client, MUCH[:size]))
            assert stream.recv_exactly(10) == MUCH[:10]
        assert sending.result() == (1, b"", f"interprocess connect: {NOT_ALL_SENT}")
    with command("listen", argument(name)) as server:
        with connected(name) as stream:
            sending = Running(lambda: ended(server, MUCH[:size]))
            assert stream.recv_exactly(10) == MUCH[:10]
        assert sending.result() == (1, b"", f"interprocess listen: {NOT_ALL_SENT}")


@pytest.mark.parametrize("input_ends", [True, False])
def test_the_reader_of_the_output_leaves(name: Name, input_ends: bool) -> None:
    with command("listen", argument(name)) as server:
        with connected(name) as stream:
            if input_ends:
                close_input(server)
            assert server.stdout is not None
            server.stdout.close()
            try:
                stream.send_all(MUCH)
                pytest.fail("nobody can have received that")
            except BrokenPipeError:
                pass
        assert server.wait(PATIENCE) == 1
        assert server.stderr is not None
        (line,) = server.stderr.read().decode().splitlines()
        assert line.startswith("interprocess listen: standard output: ")
        server.stdout = None


def wait_for_reset(stream: Stream) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert stream.recv(1) == b""
        time.sleep(0.001)


def test_a_peer_that_has_sent_all_knows_when_it_was_not_written(name: Name) -> None:
    if not HAS_HALF_CLOSE:
        pytest.skip("Windows does not say so: what was sent has been received")
    with command("listen", argument(name)) as server:
        with connected(name) as stream:
            close_input(server)
            assert server.stdout is not None
            server.stdout.close()
            server.stdout = None
            stream.send_all(bytes(100_000))
            # Its input has ended, and then it leaves, which may be before the first look.
            with pytest.raises(ConnectionResetError):
                wait_for_reset(stream)
        assert ended(server)[0] == 1


def test_the_input_is_still_sent_when_the_output_fails(name: Name) -> None:
    if not HAS_HALF_CLOSE:
        pytest.skip("a pipe cannot refuse one direction")
    with command("listen", argument(name)) as server:
        with connected(name) as stream:
            assert server.stdout is not None
            server.stdout.close()
            server.stdout = None
            stream.send_all(b"refused")
            sending = Running(lambda: ended(server, MUCH))
            assert stream.recv_exactly(len(MUCH)) == MUCH
            assert stream.recv(1) == b""
        assert sending.result()[0] == 1


def test_only_one_client_is_served(name: Name) -> None:
    with command("listen", argument(name)) as server:
        with connected(name) as stream:
            assert server.stdin is not None
            server.stdin.write(b"x")
            server.stdin.flush()
            assert stream.recv(1) == b"x"
            with pytest.raises(OSError):
                connected_now(name)


def connected_now(name: Name) -> None:
    from interprocess.local_socket import connect

    connect(name, timeout=0).close()


def test_keep_open_survives_clients(name: Name) -> None:
    with command("listen", "--keep-open", argument(name)) as server:
        connected(name).close()
        with connected(name) as stream:
            stream.send_all(b"one ")
        for _ in range(3):
            connected(name).close()
        with connected(name) as stream:
            assert server.stdin is not None
            server.stdin.write(b"unread")
            server.stdin.flush()
            while not stream.recv(1):
                pass
        with connected(name) as stream:  # The one before was reset.
            stream.send_all(b"two")
        assert server.stdout is not None
        assert server.stdout.read(7) == b"one two"
        assert server.poll() is None


def test_the_next_client_gets_what_the_last_did_not_take(name: Name) -> None:
    with command("listen", "--keep-open", argument(name)) as server:
        sending = Running(lambda: server.stdin and server.stdin.write(MUCH))
        received = b""
        with connected(name) as stream:
            received += stream.recv_exactly(100_000)
        # Data in transit to the first client is lost with it, and the loss is reported.
        with connected(name) as stream:
            rest = stream.recv_exactly(len(MUCH) // 2)
        assert received == MUCH[:100_000]
        assert rest in MUCH[100_000:] + MUCH
        server.terminate()
        try:
            sending.result()
        except OSError:
            pass


@pytest.mark.skipif(HAS_HALF_CLOSE, reason="where there is a half-close, there is no such option")
def test_wait_ends_a_silent_connection(name: Name) -> None:
    with listen(name) as listener, command("connect", "--wait", "0", argument(name)) as client:
        with listener.accept(PATIENCE) as stream:
            close_input(client)
            assert stream.recv(1) == b""
            assert ended(client) == (0, b"", "")


def test_standard_input_and_output_are_devices(path: Name) -> None:
    null = subprocess.DEVNULL
    with command("listen", argument(path), stdin=null) as server:
        wait_until_listening(path)
        with command("connect", argument(path), stdout=null) as client:
            serving = Running(lambda: ended(server))
            assert ended(client, MUCH)[0] == 0
            assert serving.result() == (0, MUCH, "")


@pytest.mark.skipif(not HAS_HALF_CLOSE, reason="a pipe's client waits until all was read")
def test_output_that_is_read_when_the_client_has_ended(path: Name) -> None:
    with command("listen", argument(path)) as server:
        close_input(server)
        wait_until_listening(path)
        with command("connect", argument(path)) as client:
            assert ended(client, MUCH) == (0, b"", "")
        assert server.stdout is not None
        assert server.stdout.read() == MUCH
        assert server.wait(PATIENCE) == 0
