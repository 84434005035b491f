"""Listeners that systemd, or what works like it, passes to the programs that it starts."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import Name, connect
from tests.support import PATIENCE, ROOT, finish, python, socket_directory, unique

#: Starts a program as systemd does: descriptors from 3 on, and the process id they are meant for.
MANAGER = """
import fcntl, os, sys

code, numbers, names, variables = sys.argv[1], *map(eval, sys.argv[2:])
high = [fcntl.fcntl(number, fcntl.F_DUPFD, 100) for number in numbers]
for number, copy in enumerate(high, 3):
    os.dup2(copy, number)
    os.close(copy)
environment = {**os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(numbers))}
if names is not None:
    environment["LISTEN_FDNAMES"] = names
environment.update(variables)
os.execve(sys.executable, [sys.executable, "-c", code], environment)
"""


@contextlib.contextmanager
def started(
    code: str, sockets: Sequence[Any], names: str | None = None, **variables: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run CODE with SOCKETS as the descriptors that were passed to it."""
    numbers = [each if isinstance(each, int) else each.fileno() for each in sockets]
    with python(
        MANAGER,
        *(code, repr(numbers), repr(names), repr(variables)),
        pass_fds=numbers,
        stderr=subprocess.STDOUT,
    ) as process:
        yield process


def answer(code: str, sockets: Sequence[Any], names: str | None = None, **variables: str) -> str:
    """Return what CODE prints."""
    with started(code, sockets, names, **variables) as process:
        return finish(process).strip()


@pytest.fixture
def sockets() -> Iterator[list[socket.socket]]:
    """Three listening sockets, at paths."""
    with contextlib.ExitStack() as stack:
        paths = [Path(socket_directory()) / unique("a") for _ in range(3)]
        yield [stack.enter_context(listening(path)) for path in paths]
        for path in paths:
            path.unlink()


def listening(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(path))
    made.listen()
    return made


TAKE = """
import os
from interprocess.os.unix.socket_activation import listeners_from_systemd
"""

SHOW = (
    TAKE
    + """
found = listeners_from_systemd(NAMES)
for name, listeners in found.items():
    print(name, *[listener.fileno() for listener in listeners])
assert not any(os.get_inheritable(number) for number in range(3, 3 + COUNT))
print(sorted(key for key in os.environ if key.startswith("LISTEN_")))
"""
)

#: For a program that is to be refused.
REFUSED = (
    TAKE
    + """
try:
    listeners_from_systemd()
except (OSError, ValueError) as error:
    print(type(error).__name__, error)
for number in range(3, 3 + int(os.environ["LISTEN_FDS"][:1])):
    try:
        os.fstat(number)
    except OSError:
        print(number, "is closed")
"""
)

VARIABLES = "['LISTEN_FDNAMES', 'LISTEN_FDS', 'LISTEN_PID']"


def test_listeners_by_name(sockets: list[socket.socket]) -> None:
    code = SHOW.replace("NAMES", "").replace("COUNT", "3")
    assert answer(code, sockets, "a:b:a") == f"a 3 5\nb 4\n{VARIABLES}"


def test_those_that_are_wanted(sockets: list[socket.socket]) -> None:
    code = SHOW.replace("NAMES", "names=['a', 'c']").replace("COUNT", "3")
    assert answer(code, sockets, "a:b:a") == f"a 3 5\n{VARIABLES}"


def test_without_names(sockets: list[socket.socket]) -> None:
    code = SHOW.replace("NAMES", "").replace("COUNT", "3")
    assert answer(code, sockets).startswith("unknown 3 4 5\n")


def test_the_variables_go_if_asked_to(sockets: list[socket.socket]) -> None:
    code = SHOW.replace("NAMES", "unset_environment=True").replace("COUNT", "3")
    assert answer(code, sockets, "a:b:c") == "a 3\nb 4\nc 5\n[]"
    failing = """
try:
    listeners_from_systemd(unset_environment=True)
except ValueError:
    print([key for key in os.environ if key.startswith("LISTEN_")])
"""
    assert answer(TAKE + failing, sockets, LISTEN_FDS="x") == "[]"


@pytest.mark.parametrize(
    "variables", [{"LISTEN_PID": "1"}, {"LISTEN_FDS": "0"}, {"LISTEN_PID": "1", "LISTEN_FDS": "0"}]
)
def test_what_is_not_for_this_process(
    sockets: list[socket.socket], variables: dict[str, str]
) -> None:
    code = TAKE + "print(listeners_from_systemd(), [os.get_inheritable(n) for n in (3, 4, 5)])"
    assert answer(code, sockets, **variables) == "{} [True, True, True]"


def test_nothing_was_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    from interprocess.os.unix.socket_activation import listeners_from_systemd

    for variable in ("LISTEN_PID", "LISTEN_FDS"):
        monkeypatch.delenv(variable, raising=False)
    assert listeners_from_systemd() == {}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"LISTEN_FDS": "-1"}, "the environment's LISTEN_FDS is '-1'"),
        ({"LISTEN_FDS": "1e3"}, "the environment's LISTEN_FDS is '1e3'"),
        ({"LISTEN_FDS": "9" * 5000}, "the environment's LISTEN_FDS is '99"),
        ({"LISTEN_PID": "me"}, "the environment's LISTEN_PID is 'me'"),
        ({"LISTEN_FDNAMES": "a:b"}, "LISTEN_FDS=3 does not match the 2 name(s)"),
    ],
)
def test_variables_that_make_no_sense(
    sockets: list[socket.socket], variables: dict[str, str], message: str
) -> None:
    code = REFUSED.replace('int(os.environ["LISTEN_FDS"][:1])', "3")
    said = answer(code, sockets, **variables)
    assert said.startswith("ValueError ")
    assert message in said
    assert "closed" not in said


def test_a_descriptor_that_is_not_open(sockets: list[socket.socket]) -> None:
    code = TAKE + "os.close(5)\n" + REFUSED
    said = answer(code, sockets).splitlines()
    refused = "OSError [Errno 9] the environment's LISTEN_FDS includes descriptor 5"
    assert said[0].startswith(refused)
    assert said[1:] == ["5 is closed"]


#: Descriptors that are no listening stream sockets, and the error messages about them.
@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("tcp", "but of address family AF_INET"),
        ("datagram", "but of socket type SOCK_DGRAM"),
        ("connected", "but not a listening one"),
        ("pipe", "but no socket at all"),
    ],
)
def test_what_is_no_listening_stream_socket(
    sockets: list[socket.socket], kind: str, message: str
) -> None:
    with contextlib.ExitStack() as stack:
        made: Any
        if kind == "tcp":
            made = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        elif kind == "datagram":
            made = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        elif kind == "connected":
            made, _ = map(stack.enter_context, socket.socketpair())
        else:
            made, other_end = os.pipe()
            stack.callback(os.close, made)
            stack.callback(os.close, other_end)
        passed = [sockets[0], made]
        said = answer(REFUSED, passed, "a:b")
        assert said.startswith("ValueError descriptor 4 cannot be adopted")
        assert said.endswith(f"{message} (systemd calls it 'b')")
        # The others are there all the same.
        code = TAKE + "print(*listeners_from_systemd(names='a'.split()))"
        assert answer(code, passed, "a:b") == "a"


def test_each_is_taken_once(sockets: list[socket.socket]) -> None:
    code = TAKE + "first = listeners_from_systemd(names=('b',))\n" + REFUSED
    code += "\nprint(*listeners_from_systemd(names=['a', 'c']), len(first))"
    said = answer(code, sockets, "a:b:c").splitlines()
    assert said == ["ValueError descriptor 4, which systemd calls 'b', was taken already", "a c 1"]


def test_arguments_that_are_none() -> None:
    from interprocess.os.unix.socket_activation import listeners_from_systemd

    options: dict[str, Any]
    for options in ({"names": "web"}, {"unset_environment": 1}, {"current_user_only": "no"}):
        with pytest.raises(TypeError, match=next(iter(options))):
            listeners_from_systemd(**options)


SYNC = """
from interprocess.os.unix.socket_activation import listeners_from_systemd

[listener] = listeners_from_systemd(unset_environment=True)["echo"]
with listener, listener.accept(30) as stream:
    stream.send_all(stream.recv(100).upper())
"""

ASYNC = """
import RUNTIME
from interprocess.os.unix.socket_activation.RUNTIME import listeners_from_systemd

async def main():
    [listener] = listeners_from_systemd(unset_environment=True)["echo"]
    async with listener, await listener.accept() as stream:
        await stream.send_all((await stream.recv(100)).upper())

RUNTIME.run(mainOPTIONS)
"""

ANYIO = ASYNC.replace("send_all", "send").replace("recv", "receive").replace("RUNTIME", "anyio")

SERVERS = {
    "sync": SYNC,
    "asyncio": ASYNC.replace("RUNTIME", "asyncio").replace("OPTIONS", "()"),
    "trio": ASYNC.replace("RUNTIME", "trio").replace("OPTIONS", ""),
    "anyio": ANYIO.replace("OPTIONS", ""),
    "anyio on trio": ANYIO.replace("OPTIONS", ", backend='trio'"),
}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    """A server that answers one client, by each of the interfaces."""
    for runtime in ("trio", "anyio"):
        if runtime in request.param:
            pytest.importorskip(runtime, reason=f"{runtime} is not installed")
    return SERVERS[request.param]


def ask(name: Any) -> bytes:
    with connect(name, timeout=PATIENCE, wait_for_server=True) as client:
        client.set_recv_timeout(PATIENCE)
        client.send_all(b"hello")
        return client.recv(100)


def test_serving(server: str, sockets: list[socket.socket]) -> None:
    with started(server, sockets[:1], "echo") as process:
        assert ask(sockets[0].getsockname()) == b"HELLO"
        finish(process)
    assert os.path.exists(sockets[0].getsockname())  # The manager's.


# systemd's own

activate = pytest.mark.skipif(
    shutil.which("systemd-socket-activate") is None, reason="systemd is not installed"
)


@contextlib.contextmanager
def socket_activate(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run systemd-socket-activate, which becomes the server when a client comes."""
    # It gives its child no environment but this.
    environment = [f"--setenv=PYTHONPATH={os.pathsep.join([str(ROOT), *sys.path])}"]
    process = subprocess.Popen(
        ["systemd-socket-activate", *environment, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@activate
def test_systemd_starts_us(server: str) -> None:
    path = Path(socket_directory()) / unique("systemd")
    with socket_activate(
        *(f"--listen={path}", "--fdname=echo", sys.executable, "-c", server)
    ) as process:
        assert ask(path) == b"HELLO"
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    path.unlink()


@activate
@pytest.mark.skipif(not capabilities.available("abstract_ns_ud_socket"), reason="abstract names")
def test_systemd_starts_us_at_an_abstract_name() -> None:
    name = Name.unique()
    with socket_activate(
        *(f"--listen=@{name.as_text()}", "--fdname=echo", sys.executable, "-c", SYNC)
    ) as process:
        assert ask(name) == b"HELLO"
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors


#: Passes a listener of ours to another program, as systemd would.
PASS = """
import os, sys
from interprocess.local_socket import listen

listener = listen(sys.argv[1], reclaim_name=False)
os.dup2(listener.detach(), 3)
os.set_inheritable(3, True)  # It may have been 3 already.
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="echo")
os.execvp(sys.argv[2], sys.argv[2:])
"""


@activate
def test_systemd_takes_a_listener_of_ours_and_passes_it_on() -> None:
    ours, theirs = (Path(socket_directory()) / unique("systemd") for _ in range(2))
    environment = f"--setenv=PYTHONPATH={os.pathsep.join([str(ROOT), *sys.path])}"
    code = SYNC.replace("[listener] =", "listener, *_ =").replace('["echo"]', '["unknown"]')
    command = ["systemd-socket-activate", f"--listen={theirs}", environment]
    with python(PASS, str(ours), *command, sys.executable, "-c", code) as process:
        assert ask(ours) == b"HELLO"
        finish(process)
    for path in (ours, theirs):
        path.unlink()
