"""Features that only Linux has: abstract names, pid namespaces, pipe sizes, few system calls."""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import subprocess
import sys

import pytest

from interprocess.local_socket import Listener, connect, listen, to_ns_name
from interprocess.os.linux.unnamed_pipe import get_pipe_size, set_pipe_size
from interprocess.os.unix.local_socket import AbstractNsUdSocket, ListenerOptions
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, ROOT, unique

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}


def test_namespaced_names_are_abstract() -> None:
    name = to_ns_name("some/name")
    assert name.address == b"\0some/name"
    assert name.is_abstract()
    assert not name.is_path()
    assert name == AbstractNsUdSocket.map("some/name")


def test_abstract_names_have_107_bytes() -> None:
    longest = unique().ljust(107, "x")
    with listen(to_ns_name(longest)), connect(to_ns_name(longest)):
        pass
    with pytest.raises(ValueError, match="107 bytes"):
        to_ns_name(longest + "x")


def test_a_listener_with_nuls_in_its_abstract_name_is_adopted() -> None:
    # C programs often pass the whole of `sun_path`, including its unused part.
    foreign = socket.socket(socket.AF_UNIX)
    address = b"\0" + unique().encode().ljust(107, b"\0")
    foreign.bind(address)
    foreign.listen()
    with Listener(foreign.detach()) as listener:
        assert listener.name.address == address
        with connect(listener.name) as client, listener.accept() as stream:
            client.send_all(b"x")
            assert stream.recv(1) == b"x"


@pytest.mark.parametrize("overwrite", [False, True, "if_dead"])
def test_abstract_names_cannot_be_overwritten_and_nothing_spins(overwrite: bool) -> None:
    name = to_ns_name(unique())
    with listen(name), pytest.raises(OSError, match="cannot be overwritten"):
        listen(name, try_overwrite=overwrite, max_spin_time=60)
    listen(name, try_overwrite=overwrite).close()


def test_abstract_names_have_no_mode() -> None:
    with pytest.raises(ValueError, match="no permissions"):
        ListenerOptions(to_ns_name(unique()), mode=0o600)


def test_pipe_size() -> None:
    sender, recver = pipe()
    with sender, recver:
        assert set_pipe_size(sender, 5000) == get_pipe_size(recver) == 8192
        for wrong in (0, -1):
            with pytest.raises(ValueError, match="size"):
                set_pipe_size(sender, wrong)
        with pytest.raises(TypeError):
            set_pipe_size(sender, True)
        sender.send_all(bytes(8000))
        with pytest.raises(OSError, match=os.strerror(errno.EBUSY)):
            set_pipe_size(sender, 4096)


def new_pid_namespace() -> list[str]:
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare(1) to make a pid namespace with")
    command = [unshare, "--pid", "--fork"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        command[1:1] = ["--user", "--map-root-user"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("the system does not let us make a pid namespace")
    return command


def test_a_peer_in_another_pid_namespace_loses_its_pid_only() -> None:
    """The server is in a child namespace of ours: it cannot see us, and we can see it."""
    name = unique()
    code = """
import sys
from interprocess.local_socket import listen
with listen(sys.argv[1]) as listener:
    print("listening", flush=True)
    with listener.accept() as stream:
        creds = stream.peer_creds()
        print(creds.pid, creds.euid is not None, creds.egid is not None, flush=True)
"""
    command = [*new_pid_namespace(), sys.executable, "-c", code, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=ENVIRONMENT) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"listening\n"
        with connect(name):
            assert server.stdout.readline() == b"None True True\n"
        assert server.wait(PATIENCE) == 0


SYSTEM_CALLS = """
import os
from interprocess.local_socket import connect, listen, pair
first, second = pair()
buffer, data = bytearray(64), bytes(64)
listener = listen({name!r}, current_user_only={only})
def mark(what):
    os.write(1, what)
first.send(data); second.recv_into(buffer)
mark(b"begin")
for _ in range(3):
    first.send(data)
    second.recv_into(buffer)
client = connect({name!r}, current_user_only={only})
stream = listener.accept()
mark(b"end")
os._exit(0)
"""


@pytest.mark.parametrize("only", [False, None])
def test_one_system_call_each(only: bool | None) -> None:
    """And one more for each end of a connection to see whose the other is."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("no strace(1) to count system calls with")
    completed = subprocess.run(
        [strace, "-f", sys.executable, "-c", SYSTEM_CALLS.format(name=unique(), only=only)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=PATIENCE,
        check=False,
    )
    begin, end = (completed.stderr.index(f'write(1, "{mark}"') for mark in ("begin", "end"))
    calls = re.findall(r"^(?:\[pid +\d+\] )?(\w+)\(", completed.stderr[begin:end], re.MULTILINE)
    # Some processors have calls of their own for what others do with an address that is null.
    calls = [{"send": "sendto", "recv": "recvfrom"}.get(call, call) for call in calls]
    if only is None:
        # A peer that is root is trusted without asking whose this process is.
        asked = ["getsockopt"] if os.geteuid() == 0 else ["getsockopt", "geteuid"]
    else:
        asked = []
    connecting = ["socket", "connect", *asked, "accept4", *asked]
    assert calls == ["write", *["sendto", "recvfrom"] * 3, *connecting]


@pytest.mark.parametrize("name", [b"\0", b"a\0", b"padded".ljust(107, b"\0"), b"a\0b"])
def test_abstract_names_with_nuls(name: bytes) -> None:
    """Node fills its abstract names up with NULs, which are part of them."""
    prefixed = unique().encode() + name if len(name) < 50 else name
    with (
        listen(to_ns_name(prefixed, AbstractNsUdSocket)) as listener,
        socket.socket(socket.AF_UNIX) as foreign,
    ):
        assert listener.name.address == b"\0" + prefixed
        foreign.connect(b"\0" + prefixed)
        listener.accept(timeout=5).close()
        connect(listener.name).close()
    with pytest.raises(ValueError, match="NUL"):
        to_ns_name("a\0b", AbstractNsUdSocket)
