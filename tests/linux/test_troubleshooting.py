"""The messages in docs/troubleshooting.md are those that users see."""

from __future__ import annotations

import asyncio
import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from interprocess.local_socket import Stream, connect, listen, pair, recv_object
from interprocess.messages import LengthPrefix, MessageStream
from interprocess.os.unix.local_socket import listen as listen_on_unix
from tests.support import PATIENCE, ROOT, finish, python, unique

TEXT = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
HEADINGS = re.findall(r"^### `(\w+): (.*)`$", TEXT.partition("## Windows")[0], re.MULTILINE)


def closed_streams() -> tuple[Stream, Stream]:
    first, second = pair()
    second.close()
    return first, second


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


def nobody_came() -> None:
    connect(unique("nobody"), timeout=0.01, wait_for_server=True)


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
    first, _ = closed_streams()
    with first:
        first.send_all(b"x")


def reset() -> None:
    first, second = pair()
    with first:
        first.send_all(b"unread")
        second.close()
        first.recv(1)


def cut_short() -> None:
    first, second = pair()
    with first:
        with second:
            second.send_all(b"ab")
        first.recv_exactly(5)


def closed() -> None:
    first, second = closed_streams()
    with first:
        second.recv(1)


def two_tasks() -> None:
    from interprocess.local_socket.asyncio import pair

    async def main() -> None:
        first, second = pair()
        async with first, second:
            waiting = asyncio.ensure_future(first.recv(1))
            await asyncio.sleep(0)
            try:
                await first.recv(1)
            finally:
                await second.send_all(b"x")
                await waiting

    asyncio.run(main())


def text() -> None:
    first, second = pair()
    with first, second:
        first.send_all("text")  # type: ignore[arg-type]  # the mistake


def too_long() -> None:
    first, second = pair()
    with first, MessageStream(second, LengthPrefix(max_size=10)) as messages:
        first.send_all(b"\0\0\1\0")
        messages.recv()


def pickled() -> None:
    first, second = pair()
    with first, second:
        pickle.dumps(first)


def no_object() -> None:
    first, second = pair()
    with first, second:
        first.send_all(b"no object")
        recv_object(second, Stream)


def adopted() -> None:
    number = os.open(os.devnull, os.O_RDONLY)
    try:
        Stream(number)
    finally:
        os.close(number)


def other_half() -> None:
    first, second = pair()
    (receiving, one), (other, sending) = first.split(), second.split()
    with receiving, one, other, sending:
        Stream.reunite(receiving, sending)


def without_trio() -> None:
    code = """
import sys
sys.modules["trio"] = None
try:
    import interprocess.local_socket.trio
except ImportError as error:
    print(error)
"""
    with python(code) as process:
        raise ImportError(finish(process))


#: What raises the error under each heading, in the order of the page.
CAUSES: tuple[Callable[[], object], ...] = (
    *(no_such_socket, refused, not_for_this_user, another_users_server, nobody_came),
    *(living, dead, no_socket, living_name, lambda: listen("./missing/example.sock")),
    lambda: listen("x" * 200),
    lambda: listen_on_unix("./example.sock", group="no-such-group"),
    *(too_late, nonblocking, broken, reset, cut_short, closed, two_tasks, text, too_long),
    *(pickled, no_object, adopted, other_half),
    lambda: __import__("interprocess.os.windows.named_pipe"),
    without_trio,
)


def test_every_heading_has_a_cause() -> None:
    assert len(HEADINGS) == len(CAUSES)


@pytest.mark.parametrize("number", range(len(CAUSES)), ids=[message for _, message in HEADINGS])
def test_the_message(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, message = HEADINGS[number]
    if CAUSES[number] in (not_for_this_user, another_users_server) and os.geteuid() != 0:
        pytest.skip("another user is needed, which takes root")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match=r".") as raised:
        CAUSES[number]()
    assert kind in {base.__name__ for base in type(raised.value).__mro__}
    words = re.sub(r"\b\d+\b", "…", message)
    assert words in re.sub(r"\b\d+\b", "…", str(raised.value))
