"""The README's examples do what it says, and the demonstration runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.support import PATIENCE, ROOT, finish, python, unique

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)


def test_the_first_example() -> None:
    server_code, client_code = BLOCKS[:2]
    name = unique("readme-example")
    assert '"example"' in server_code
    assert '"example"' in client_code
    until_the_server_listens = f"""
while True:
    try:
        exec({client_code.replace('"example"', repr(name))!r})
        break
    except (FileNotFoundError, ConnectionRefusedError):
        pass
"""
    server = python(server_code.replace('"example"', repr(name)))
    with server, python(until_the_server_listens) as client:
        assert finish(client).strip() == "b'Hello, world!'"


def test_the_pipe_example() -> None:
    with python(BLOCKS[2]) as process:
        assert finish(process).strip() == "b'hi'"


def test_the_demonstration() -> None:
    completed = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "examples" / "demo.py")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        timeout=PATIENCE * 2,
        check=False,
    )
    assert completed.returncode == 0
    assert b"heard '42'" in completed.stdout
