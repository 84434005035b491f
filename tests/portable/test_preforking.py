"""The example of a server whose parent hands clients to its workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from interprocess import capabilities
from interprocess.local_socket import connect
from tests.support import PATIENCE, ROOT, unique

pytestmark = pytest.mark.skipif(
    sys.platform != "win32" and not capabilities.available("send_fds"),
    reason="no descriptors travel here",
)


def served_by(name: str) -> int:
    """Return the process that serves a client."""
    with connect(name, timeout=PATIENCE) as client:
        client.set_recv_timeout(PATIENCE)
        with client.makefile("r", encoding="ascii") as file:
            return int(file.readline().rpartition(" ")[2])


def test_clients_are_served_by_the_workers() -> None:
    name = unique("preforking")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    program = ROOT / "docs" / "examples" / "preforking.py"
    with subprocess.Popen(
        [sys.executable, str(program), name], stdout=subprocess.PIPE, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == b"listening"
            servers = [served_by(name) for _ in range(6)]
            assert len(set(servers)) == 2
            assert process.pid not in servers
            os.kill(servers[0], signal.SIGTERM)
            # Until the other one has got the client that the dead one would have got.
            alive = servers[1]
            assert [served_after_retries(name) for _ in range(4)][-1] == alive
        finally:
            process.kill()


def served_after_retries(name: str) -> int:
    """Return the process that serves a client, if one does: it may be killed meanwhile."""
    try:
        return served_by(name)
    except (ConnectionError, ValueError):
        return 0
