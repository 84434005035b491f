"""The programs in docs/gevent.md run, and what stands in its table is so."""

from __future__ import annotations

import re

import pytest

from tests.support import ROOT, finish, python

pytest.importorskip("gevent", reason="gevent is not installed")

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "gevent.md").read_text("utf-8"), re.S)


@pytest.mark.parametrize(
    ("number", "output"), [(0, "{b'HELLO'}"), (1, "b'HELLO'"), (2, "b'hello'")]
)
def test_the_programs(number: int, output: str) -> None:
    assert len(BLOCKS) == 3
    with python(BLOCKS[number]) as process:
        assert finish(process).strip() == output


#: Prints whether other greenlets run while a call waits for half a second.
TICKS = """
from gevent import monkey

monkey.patch_all()

import gevent
import gevent.socket

import interprocess
from interprocess.local_socket import as_socket, connect, listen, pair

start_thread = monkey.get_original("_thread", "start_new_thread")
sleep = monkey.get_original("time", "sleep")
threads = gevent.get_hub().threadpool
ticks = []


def tick():
    while True:
        gevent.sleep(0.01)
        ticks.append(None)


def later(call):
    def run():
        sleep(0.5)
        call()

    start_thread(run, ())


def in_nonblocking_mode():
    one.set_nonblocking(True)
    while True:
        try:
            return one.recv(1)
        except BlockingIOError:
            gevent.socket.wait_read(one.fileno())


def with_a_timeout():
    one.set_recv_timeout(30)
    return one.recv(1)


def to_no_server():
    try:
        connect("nobody-listens-there", timeout=0.5, wait_for_server=True)
    except TimeoutError:
        pass


one, other = pair()
listener = listen()
ticking = gevent.spawn(tick)
gevent.sleep(0)
later(lambda: other.send_all(b"x"))
later(lambda: connect(listener.name).close())
CALL
print("run" if len(ticks) > 3 else "wait")
"""


@pytest.mark.parametrize(
    ("call", "others"),
    [
        ("one.recv(1)", "wait"),
        ("with_a_timeout()", "wait"),
        ("listener.accept(30)", "wait"),
        ("interprocess.wait([one], 30)", "wait"),
        ("one.makefile('rb').read(1)", "wait"),
        ("as_socket(one).recv(1)", "wait"),
        ("to_no_server()", "run"),
        ("threads.apply(one.recv, (1,))", "run"),
        ("threads.apply(listener.accept)", "run"),
        ("in_nonblocking_mode()", "run"),
        ("gevent.socket.socket(fileno=one.detach()).recv(1)", "run"),
    ],
)
def test_whether_other_greenlets_run(call: str, others: str) -> None:
    with python(TICKS.replace("CALL", call)) as process:
        assert finish(process).strip() == others
