"""Streams shared by a fork: closing in one process ends nothing in the other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import pytest

from interprocess import share_with_child, wait
from interprocess.local_socket import Listener, Name, RecvHalf, Stream, connect, listen, pair
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, Running


def in_child(work: Callable[[], object]) -> int:
    """Run WORK in a forked child, and return its exit status: 0 if it returned."""
    process = os.fork()
    if process == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def fork_while_waiting(call: Callable[[], object], work: Callable[[], object]) -> Running[object]:
    """Run WORK in a forked child while a thread of ours is inside CALL."""
    waiting = Running(call)
    assert waiting.is_waiting()
    assert in_child(work) == 0
    return waiting


def close_in_the_midst_of_a_receive(stream: Stream) -> None:
    receiving = Running(lambda: stream.recv(1))
    while not stream._descriptor.in_use:
        pass
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        receiving.result()


def test_a_child_that_closes_in_the_midst_of_a_call_leaves_the_connection() -> None:
    first, second = pair()
    with first, second:
        assert in_child(lambda: close_in_the_midst_of_a_receive(first)) == 0
        first.send_all(b"x")
        assert second.recv(1) == b"x"


def test_a_parent_that_closes_in_the_midst_of_a_call_leaves_the_connection() -> None:
    first, second = pair()
    out, into = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(into)
        os.read(out, 1)
        first.send_all(b"from the child")
        os._exit(0)
    os.close(out)
    close_in_the_midst_of_a_receive(first)
    os.close(into)
    assert second.recv(100) == b"from the child"
    second.close()
    os.waitpid(process, 0)


@pytest.mark.leaves_handles  # The server of forkserver, and the tracker of resources.
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_every_kind_of_child_may_close_in_the_midst_of_a_call(method: str) -> None:
    first, second = pair()
    with first, second:
        context: Any = multiprocessing.get_context(method)
        process = context.Process(target=close_in_the_midst_of_a_receive, args=(first,))
        process.start()
        process.join(PATIENCE)
        assert process.exitcode == 0
        process.close()
        first.send_all(b"x")
        assert second.recv(1) == b"x"


def test_a_child_does_not_wait_for_the_calls_of_its_parents_threads() -> None:
    first, second = pair()

    def give_up() -> None:
        recv_half, send_half = first.split()
        whole = Stream.reunite(recv_half, send_half)
        os.close(whole.detach())

    with first, second:
        waiting = fork_while_waiting(lambda: first.recv(1), give_up)
        second.send_all(b"x")
        assert waiting.result() == b"x"


def test_timeouts_of_a_child_hold_whatever_the_parent_has_woken() -> None:
    first, second = pair()
    with second, first.try_clone() as clone:
        waiting = Running(lambda: first.recv(1))  # It has a waker, which the child has too.
        assert waiting.is_waiting()
        out, into = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(into)
            os.read(out, 1)
            first.set_recv_timeout(0.3)
            begun = time.monotonic()
            try:
                first.recv(1)
            except TimeoutError:
                slept = time.process_time() < 0.2 + (time.monotonic() - begun) / 2
                os._exit(0 if slept and time.monotonic() - begun < 5 else 1)
            os._exit(2)
        os.close(out)
        first.close()
        with pytest.raises(ValueError, match="closed"):
            waiting.result()
        os.close(into)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
        assert not clone.closed


def become_shared_by(way: str, waited_for: Any) -> None:
    if way == "fork":
        assert in_child(lambda: None) == 0
    elif way == "clone":
        waited_for.try_clone().close()
    else:
        share_with_child(waited_for)


@pytest.mark.parametrize("way", ["fork", "clone", "share_with_child"])
@pytest.mark.parametrize("call", ["recv", "send_all", "wait"])
def test_closing_wakes_a_call_that_waited_before_others_had_the_stream(way: str, call: str) -> None:
    first, second = pair()
    first.set_recv_timeout(PATIENCE)
    first.set_send_timeout(PATIENCE)
    calls: dict[str, Callable[[], object]] = {
        "recv": lambda: first.recv(1),
        "send_all": lambda: first.send_all(bytes(16 * 1024 * 1024)),
        "wait": lambda: wait([first], PATIENCE),
    }
    with second:
        waiting = Running(calls[call])
        assert waiting.is_waiting()
        become_shared_by(way, first)
        assert waiting.is_waiting()
        first.close()
        with pytest.raises(ValueError, match="closed"):
            waiting.result()


def test_closing_wakes_an_accept_that_waited_before_the_process_forked(name: Name) -> None:
    listener = listen(name)
    waiting = fork_while_waiting(lambda: listener.accept(timeout=PATIENCE), lambda: None)
    listener.close()
    with pytest.raises(ValueError, match="closed"):
        waiting.result()


def test_waits_with_timeouts_need_no_pipe_for_each_stream() -> None:
    with ExitStack() as stack:
        pairs = [stack.enter_context(closing_pair()) for _ in range(20)]
        for first, _ in pairs:
            first.set_recv_timeout(PATIENCE)
        before = len(os.listdir("/dev/fd"))
        waiting = [Running(partial(pairs[0][0].recv, 1))]
        assert waiting[0].is_waiting()  # Several that begin at once may make several pipes.
        waiting += [Running(partial(first.recv, 1)) for first, _ in pairs[1:]]
        assert all(each.is_waiting() for each in waiting)
        assert len(os.listdir("/dev/fd")) <= before + 2
        for _, second in pairs:
            second.send_all(b"x")
        assert [each.result() for each in waiting] == [b"x"] * 20


@contextmanager
def closing_pair() -> Iterator[tuple[Stream, Stream]]:
    first, second = pair()
    with first, second:
        yield first, second


def test_a_child_that_is_woken_wakes_nobody_in_the_parent() -> None:
    sender, recver = pipe()
    recver.set_timeout(PATIENCE)
    with sender, recver:

        def close() -> None:
            receiving = Running(lambda: recver.recv(1))
            while not recver._descriptor.in_use:
                pass
            recver.close()
            with pytest.raises(ValueError, match="closed"):
                receiving.result()

        waiting = fork_while_waiting(lambda: recver.recv(1), close)
        assert waiting.is_waiting()
        sender.send_all(b"x")
        assert waiting.result() == b"x"


def serve(listener: Listener) -> None:
    signal.signal(signal.SIGTERM, lambda *_: listener.close())
    for stream in listener:
        with stream:
            stream.send_all(b"served")


def test_one_worker_of_several_stops_alone(name: Name) -> None:
    with listen(name) as listener:
        workers = []
        for _ in range(3):
            process = os.fork()
            if process == 0:
                status = 1
                try:
                    serve(listener)
                    status = 0
                finally:
                    os._exit(status)
            workers.append(process)
        for process in workers:
            for _ in range(3):
                with connect(name, timeout=PATIENCE) as client:
                    client.set_recv_timeout(PATIENCE)
                    assert client.recv(100) == b"served"
            # It may not have come to its handler yet.
            deadline = time.monotonic() + PATIENCE
            while os.waitpid(process, os.WNOHANG) == (0, 0):
                os.kill(process, signal.SIGTERM)
                time.sleep(0.01)
                assert time.monotonic() < deadline


@pytest.mark.parametrize("half", [0, 1])
def test_a_child_closes_a_half(half: int) -> None:
    first, second = pair()
    halves = first.split()
    with second:
        assert in_child(halves[half].close) == 0
        halves[1].send_all(b"x")
        assert second.recv(1) == b"x"
        second.send_all(b"y")
        assert isinstance(halves[0], RecvHalf)
        assert halves[0].recv(1) == b"y"
        for one in halves:
            one.close()


def test_no_lock_is_inherited() -> None:
    # Threads make and close streams all the time; a child that did the same would hang in no time.
    stop = threading.Event()

    def use() -> None:
        first, second = pair()
        with first, second, first.try_clone() as clone:
            clone.set_recv_timeout(0.001)
            with pytest.raises(TimeoutError):
                clone.recv(1)
            for half in clone.split():
                half.close()

    def use_again_and_again() -> None:
        while not stop.is_set():
            use()

    threads = [threading.Thread(target=use_again_and_again) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(30):
            assert in_child(use) == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
