"""The README's examples behave as described, and the demonstration runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from interprocess import capabilities
from interprocess.local_socket import connect, listen
from tests.support import PATIENCE, ROOT, finish, python, unique
from tests.windows.wine import lacking_on_wine

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)


SERVERS = [block for block in BLOCKS if re.search(r"\bserve\(", block)]


def as_soon_as_it_listens(client_code: str) -> str:
    """Return a program that runs a client once its server is there."""
    return f"""
while True:
    try:
        exec({client_code!r})
        break
    except (FileNotFoundError, ConnectionRefusedError):
        pass
"""


def test_there_are_two_servers() -> None:
    assert len(SERVERS) == 2


@pytest.mark.parametrize("server_code", SERVERS, ids=["threads", "asyncio"])
def test_the_servers_survive_their_clients(server_code: str) -> None:
    client_code = BLOCKS[1]
    name = unique("readme-example")
    assert '"example"' in server_code
    assert '"example"' in client_code
    client = as_soon_as_it_listens(client_code.replace('"example"', repr(name)))
    with python(server_code.replace('"example"', repr(name))) as server:
        with python(client) as first:
            assert finish(first).strip() == "b'Hello, world!'"
        for _ in range(3):
            connect(name, timeout=PATIENCE).close()
        with connect(name, timeout=PATIENCE) as rude:
            rude.send_all(b"never reads the answer")
        with connect(name, timeout=PATIENCE):  # A silent client does not block the others.
            with python(client) as second:
                assert finish(second).strip() == "b'Hello, world!'"
        assert server.poll() is None


@pytest.mark.skipif(
    not capabilities.available("shared_memory_local_socket"), reason="the module does not exist"
)
def test_the_example_of_shared_memory() -> None:
    [example] = [block for block in BLOCKS if "reserve(" in block]
    with python(example) as process:
        assert finish(process).strip() == "b'hello'"


def test_the_example_of_waiting() -> None:
    suffix = unique("-readme")
    with (
        python(BLOCKS[3].replace("-example", suffix)) as process,
        listen("first" + suffix) as first,
    ):
        with first.accept(timeout=PATIENCE) as one, listen("second" + suffix) as second:
            with second.accept(timeout=PATIENCE):
                one.send_all(b"first")
                assert finish(process).strip() == "b'first'"


@lacking_on_wine("a pipe whose descriptor names no owner belongs to the group S-1-5-21-0-0-0-513")
@pytest.mark.skipif(
    not capabilities.available("current_user_only"), reason="the users of peers are not reported"
)
def test_the_example_of_the_same_user() -> None:
    with python(BLOCKS[4].replace('"example"', repr(unique("readme-example")))) as process:
        finish(process)


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
