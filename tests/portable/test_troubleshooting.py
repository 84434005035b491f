"""The messages in docs/troubleshooting.md that are the same on every system."""

from __future__ import annotations

import asyncio
import pickle
import sys
from collections.abc import Callable

import pytest

from interprocess import capabilities
from interprocess.local_socket import Stream, connect, listen, pair, recv_object
from interprocess.messages import LengthPrefix, MessageStream
from tests.support import ROOT, finish, python, unique
from tests.troubleshooting import KINDS, check


def nobody_came() -> None:
    connect(unique("nobody"), timeout=0.01, wait_for_server=True)


def cut_short() -> None:
    first, second = pair()
    with first:
        with second:
            second.send_all(b"ab")
        first.recv_exactly(5)


def closed() -> None:
    first, second = pair()
    with first:
        second.close()
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


def no_memory() -> None:
    from interprocess.shared_memory.local_socket import connect

    with listen() as listener, connect(listener.name) as client, listener.accept() as stream:
        stream.send_all(b"220 mail.example.org ESMTP")
        client.recv(1)


def too_early() -> None:
    from interprocess.shared_memory.local_socket.asyncio import connect, listen

    async def main() -> None:
        async with listen() as listener, await connect(listener.name) as client:
            client.split()

    asyncio.run(main())


def in_a_view() -> None:
    from interprocess.shared_memory.local_socket import pair

    first, second = pair()
    with first, second, first.reserve(10):
        first.send_all(b"x")


def detached() -> None:
    from interprocess.shared_memory.local_socket import pair

    first, second = pair()
    with first, second:
        first.detach()


CAUSES: dict[str, Callable[[], object]] = {
    "no server within": nobody_came,
    "the stream ended after 2 of 5 bytes": cut_short,
    "I/O operation on closed file": closed,
    "another task is already": two_tasks,
    "a bytes-like object is required, not 'str'": text,
    "a message of 256 bytes or more exceeds the limit of 10": too_long,
    "can be pickled only by multiprocessing": pickled,
    "the peer sent an unexpected object": no_object,
    "are not halves of one stream": other_half,
    "trio is not installed": without_trio,
    "the peer speaks no shared_memory.local_socket": no_memory,
    "the stream has to receive or send first": too_early,
    "this thread uses this direction already": in_a_view,
    "a connection through memory cannot be detached": detached,
}


OVER_MEMORY = (no_memory, too_early, in_a_view, detached)


@pytest.mark.parametrize("message", CAUSES)
def test_the_message(message: str) -> None:
    passes = sys.platform == "win32" or capabilities.available("send_fds")
    if CAUSES[message] is no_object and not passes:
        pytest.skip("this system hands over no descriptors")
    if CAUSES[message] in OVER_MEMORY and not capabilities.available("shared_memory_rings"):
        pytest.skip("no connection uses memory here")
    check(message, CAUSES[message])


def test_every_heading_has_a_cause() -> None:
    files = [f"tests/{part}/test_troubleshooting.py" for part in ("portable", "linux", "windows")]
    sources = "".join((ROOT / file).read_text("utf-8") for file in files)
    for message in KINDS:
        assert f'    "{message}": ' in sources, message
