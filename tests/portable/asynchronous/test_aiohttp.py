"""aiohttp's server and client over a local socket: the example in docs/examples runs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support import PATIENCE, ROOT

pytest.importorskip("aiohttp", reason="aiohttp is not installed")


def test_the_example() -> None:
    completed = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "examples" / "aiohttp_over_local_socket.py")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        timeout=PATIENCE * 2,
        check=False,
    )
    assert completed.returncode == 0
    output = completed.stdout.decode()
    assert "200 Hello, world!" in output
    assert "{'bytes': 1000000}" in output
    assert "OVER A WEB SOCKET" in output
    assert "20 greetings at once" in output
