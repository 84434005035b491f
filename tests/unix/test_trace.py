"""Traces, and signal handlers that raise at any moment; forks; the ways that calls take."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable

import pytest

import interprocess
from interprocess.trace import trace
from tests.support import IMITATED, PATIENCE, Running, open_handles, unique
from tests.unix.test_interrupts import DESCRIPTORS_TRAVEL, exact, interrupted

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def make_pairs() -> None:
    for one in (*interprocess.pair(), *interprocess.pipe()):
        one.close()


def transfer() -> None:
    first, second = interprocess.pair()
    with first, second:
        first.send_all(b"x")
        second.recv(1)


def connect() -> None:
    name = unique()
    with interprocess.listen(name) as listener, interprocess.connect(name) as client:
        client.send_all(b"x")
        with listener.accept() as stream:
            stream.recv(1)


@exact
@pytest.mark.parametrize("work", [make_pairs, transfer, connect])
def test_an_interrupt_of_a_traced_call_leaves_nothing_open(work: Callable[[], None]) -> None:
    work()
    gc.collect()
    before = open_handles()
    with trace():
        assert interrupted(work, 1000) > 100
    gc.collect()
    assert open_handles() == before


def test_a_handler_raises_while_a_traced_call_waits() -> None:
    first, second = interprocess.pair()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with trace() as calls:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(KeyboardInterrupt):
                second.recv(1)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert calls[-1].function == "recv"
    assert calls[-1].error in ("KeyboardInterrupt", "EINTR")
    assert calls[-1].duration is not None
    first.send_all(b"x")
    assert second.recv(1) == b"x"
    first.close()
    second.close()


def test_a_forked_child_has_a_list_of_its_own() -> None:
    first, second = interprocess.pair()
    with trace() as calls:
        first.send_all(b"1")
        child = os.fork()
        if not child:
            first.send_all(b"2")
            mine = [call for call in calls if call.process == os.getpid()]
            os._exit([call.function for call in mine][-1:] != ["send"])
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert second.recv_exactly(2) == b"12"
    assert {call.process for call in calls} == {os.getpid()}
    first.close()
    second.close()


def test_a_fork_while_another_thread_begins_and_ends_traces() -> None:
    going_on = [True]

    def come_and_go() -> None:
        while going_on:
            with trace():
                pass

    running = Running(come_and_go)
    for _ in range(50):
        child = os.fork()
        if not child:
            signal.alarm(int(PATIENCE))
            with trace() as calls:
                for each in interprocess.pair():
                    each.close()
            os._exit(not calls)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    going_on.clear()
    running.join()


def test_the_way_through_cffi() -> None:
    first, second = interprocess.pair()
    with trace() as calls, second.try_clone() as clone:
        first.send_all(b"x")
        clone.recv(10)
    received = [call for call in calls if call.function == "recv"]
    assert {call.library for call in received} == {"libc"}
    assert received[-1].arguments["flags"] == "MSG_DONTWAIT"
    data = received[-1].arguments["buffer"]
    assert (data.beginning, data.size) == (b"x", 1)
    first.close()
    second.close()


@DESCRIPTORS_TRAVEL
@pytest.mark.skipif(IMITATED, reason="Python's own functions for control messages are Linux's here")
def test_descriptors_in_control_messages() -> None:
    first, second = interprocess.pair()
    stdin = sys.__stdin__
    assert stdin is not None
    with trace() as calls:
        first.send_fds(b"x", [stdin])
        _, numbers = second.recv_fds(10, 4)
    [sent] = [call for call in calls if call.function == "sendmsg"]
    [received] = [call for call in calls if call.function == "recvmsg"]
    assert sent.arguments["message"]["msg_control"][0]["fds"] == [stdin.fileno()]
    assert received.arguments["message"]["msg_control"][0]["fds"] == numbers
    for number in numbers:
        os.close(number)
    first.close()
    second.close()
