"""`--progress` on a terminal."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys

import pytest

from interprocess.local_socket import listen
from tests.portable.command_line import ENVIRONMENT, argument
from tests.support import PATIENCE, unique_name

SHOWN = rb"sent 0 B, received 4\.9 KiB, [\d.]+ (?:Ki)?B/s, 0:00:\d\d"


def test_the_line_is_kept_current_and_replaced_at_the_end() -> None:
    pty = pytest.importorskip("pty", reason="there are no terminals")
    user, programs = pty.openpty()
    name = unique_name("path")
    with listen(name) as listener, open(user, "rb", 0) as terminal:
        words = [sys.executable, "-m", "interprocess", "connect", "--progress", argument(name)]
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=programs,
            env=ENVIRONMENT,
        )
        os.close(programs)
        with process, listener.accept(PATIENCE) as server:
            server.send_all(bytes(5000))
            shown = b""
            while not (line := re.search(rb"\r(" + SHOWN + rb")", shown)):
                shown += terminal.read(1000)
            assert b"\n" not in shown
            server.close()
            assert process.stdin is not None
            process.stdin.close()
            rest = shown[line.end() :] + _to_the_end(terminal)
            assert process.wait(PATIENCE) == 0
        assert re.fullmatch(rb"(?:\r" + SHOWN + rb" *)*\r +\r" + SHOWN + rb"\r\n", rest), rest


def _to_the_end(terminal: io.FileIO) -> bytes:
    """Read until no program has the terminal, which Linux says by an error."""
    found = b""
    while True:
        try:
            data = terminal.read(1000)
        except OSError:
            return found
        if not data:
            return found
        found += data
