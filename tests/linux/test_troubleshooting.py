"""The messages in docs/troubleshooting.md that are those of Linux."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from interprocess.local_socket import Stream, connect, listen, pair
from interprocess.os.unix.local_socket import listen as listen_on_unix
from tests.support import PATIENCE, python, unique
from tests.troubleshooting import check


def no_such_socket() -> None:
    connect("./nothing.sock")


def refused() -> None:
    connect(unique("nobody"))


def not_for_this_user() -> None:
    with listen("./example.sock"):
        os.chmod("./example.sock", 0)
        as_another_user("connect(sys.argv[1])", os.path.abspath("example.sock"))


def another_users_server() -> None:
    name = unique("strangers")
    code = "listener = listen(sys.argv[1]); print('ready', flush=True); sys.stdin.read()"
    with python(AS_NOBODY + code, name) as server:
        assert server.stdout is not None
        assert server.stdout.readline().strip() == b"ready"
        as_another_user("connect(sys.argv[1])", name, user=65533)


def as_another_user(code: str, argument: str, user: int = 65534) -> None:
    """Run code as another user, and raise what it raises."""
    os.chmod(".", 0o755)
    raising = f"try:\n    {code}\nexcept OSError as error:\n    print(error)\n"
    with python(AS_NOBODY.replace("65534", str(user)) + raising, argument) as process:
        output, _ = process.communicate(timeout=PATIENCE)
    raise PermissionError(output.decode())


AS_NOBODY = """
import os, sys
from interprocess.local_socket import connect, listen
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
"""


def living() -> None:
    with listen("./example.sock"):
        listen("./example.sock")


def dead() -> None:
    with listen("./example.sock", reclaim_name=False):
        pass
    listen("./example.sock")


def no_socket() -> None:
    Path("file").touch()
    listen("./file")


def living_name() -> None:
    name = unique("name")
    with listen(name):
        listen(name)


def too_late() -> None:
    first, second = pair()
    with first, second:
        first.set_recv_timeout(0.01)
        first.recv(1)


def nonblocking() -> None:
    first, second = pair()
    with first, second:
        first.set_nonblocking(True)
        first.recv(1)


def broken() -> None:
    first, second = pair()
    with first:
        second.close()
        first.send_all(b"x")


def reset() -> None:
    first, second = pair()
    with first:
        first.send_all(b"unread")
        second.close()
        first.recv(1)


def adopted() -> None:
    number = os.open(os.devnull, os.O_RDONLY)
    try:
        Stream(number)
    finally:
        os.close(number)


#: What raises the error that has each message.
CAUSES: dict[str, Callable[[], object]] = {
    "connect: No such file or directory": no_such_socket,
    "connect: Connection refused": refused,
    "connect: Permission denied": not_for_this_user,
    "belongs to user 1000, neither to user 1001 nor to root": another_users_server,
    "Address already in use: a living process holds this socket": living,
    "Address already in use: no process listens on this socket any more": dead,
    "Address already in use: it exists and is not a socket": no_socket,
    "Address already in use: a living process holds this name": living_name,
    "No such file or directory": lambda: listen("./missing/example.sock"),
    "longer than the 107 bytes that fit into a Unix domain socket's address": lambda: listen(
        "x" * 200
    ),
    "group: the system does not know": lambda: listen_on_unix(
        "./example.sock", group="no-such-group"
    ),
    "timed out waiting to receive": too_late,
    "recv: Resource temporarily unavailable": nonblocking,
    "Broken pipe": broken,
    "Connection reset by peer": reset,
    "cannot be adopted: it is not a connected Unix domain stream socket": adopted,
    "interprocess.os.windows does not exist on linux": lambda: __import__(
        "interprocess.os.windows.named_pipe"
    ),
}


@pytest.mark.parametrize("message", CAUSES)
def test_the_message(message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if CAUSES[message] in (not_for_this_user, another_users_server) and os.geteuid() != 0:
        pytest.skip("another user is needed, which takes root")
    monkeypatch.chdir(tmp_path)
    check(message, CAUSES[message])
