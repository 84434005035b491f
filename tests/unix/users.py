"""Processes of another user, for tests that root runs."""

from __future__ import annotations

import os
import subprocess
from contextlib import AbstractContextManager

import pytest

from interprocess.local_socket import Name
from tests.support import python, socket_directory

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
