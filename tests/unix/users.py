"""Processes of another user, for tests that root runs."""

from __future__ import annotations

import os
import subprocess
from contextlib import AbstractContextManager
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import Name
from tests.support import python, repetitions, socket_directory

NOBODY = 65534
ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")

#: What is needed later is imported first: the other user may not be allowed to read it.
_BECOME_NOBODY = f"""
import os, socket, sys
import interprocess._interface.waiting_for_server
from interprocess.local_socket import Name, connect, listen, to_fs_name, to_name, to_ns_name
from interprocess.os.unix.local_socket import ListenerOptions
name = to_fs_name(sys.argv[1]) if "/" in sys.argv[1] else to_ns_name(sys.argv[1])
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
"""


def as_nobody(
    code: str, name: Name, *arguments: str
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """Run CODE in a process of the user nobody; it finds `name`, `connect` and `listen`."""
    return python(_BECOME_NOBODY + code, str(name).removeprefix("@"), *arguments)


def open_to_others(name: Name) -> None:
    """Let the other user make and find the file of NAME, if it is one."""
    if name.is_path():
        os.chmod(socket_directory(), 0o1777)


TELLS_USER = pytest.mark.skipif(
    not capabilities.available("current_user_only"), reason="the users of peers are not reported"
)

#: Connects as often as it is told to, and says what became of it: "refused" if there was the end
#: of the stream or an error before anything came, or else what came.
CLIENT = """
for _ in range(int(sys.argv[2])):
    stream = connect(name, timeout=20, current_user_only=False)
    stream.set_recv_timeout(20)
    try:
        received = stream.recv(100) or b"refused"
    except ConnectionError:
        received = b"refused"
    print(received.decode(), flush=True)
    stream.close()
"""


#: How often something else is done during a flood.
TURNS = max(5, repetitions(20))


def flood(name: Name) -> Any:
    """Return a process of another user that connects as fast as it can."""
    code = """
print("flooding", flush=True)
while True:
    stranger = socket.socket(socket.AF_UNIX)
    try:
        stranger.connect(name.address)
    except OSError:
        pass
    stranger.close()
"""
    return as_nobody(code, name)
