"""Processes fork in the midst of calls; children close what they inherit, and parents go on."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
import traceback
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from random import Random
from typing import Any

from interprocess.local_socket import Listener, Name, Stream, connect, listen, pair
from interprocess.unnamed_pipe import pipe
from tests.portable.asynchronous.worlds import World, warm_up
from tests.torture.children import Child, working_time_in
from tests.torture.rounds import PATIENCE, Round, Scenario, join_all, start_all
from tests.torture.runtimes import worlds
from tests.torture.waiting import (
    KINDS,
    Waiting,
    accepting,
    receiving,
    receiving_cloned,
    receiving_from_a_pipe,
    receiving_in_time,
    use_inherited,
    wait_in_vain,
)


def inheriting(one: Round) -> None:
    """A child of os.fork uses and closes; then the parent's calls end as if nothing had been."""
    calls = [make(one.random) for make in one.random.choices(KINDS, k=4)]
    threads = start_all([waiting.call for waiting in calls])
    time.sleep(0.02)
    seed = one.random.random()

    def in_child() -> None:
        random = Random(seed)
        for waiting in calls:
            use_inherited(waiting.owner, random)
        for waiting in calls:
            waiting.close()

    Child(in_child).wait()
    work = working_time_in(lambda: time.sleep(0.02))
    if work > 0.015:
        one.fail(f"while nothing happens, {work} s of 0.02 s are worked")
    _end_well(one, calls, threads)


def _end_well(one: Round, calls: list[Waiting], threads: list[Any]) -> None:
    try:
        for waiting in calls:
            waiting.end()
        join_all(threads)
        one.tried(len(calls))
    finally:
        for waiting in calls:
            waiting.close()


def parent_closes(one: Round) -> None:
    """The parent closes what its threads wait on; the child goes on with its own."""
    # Those that wait in poll(2) when the process forks. What waits in the kernel is not woken,
    # as docs/architecture.md says: they end with what arrives next.
    kinds = (receiving_in_time, receiving_cloned, receiving_from_a_pipe)
    calls = [make(one.random) for make in one.random.choices(kinds, k=3)]
    threads = start_all([waiting.call for waiting in calls])
    time.sleep(0.02)
    out, into = os.pipe()

    def in_child() -> None:
        os.close(into)
        os.read(out, 1)
        for waiting in calls:
            wait_in_vain(waiting.owner)
            waiting.end()
            waiting.call()

    child = Child(in_child)
    for waiting in calls:
        waiting.owner.close()
    for thread in threads:
        thread.join(PATIENCE)
        if not isinstance(thread.error, ValueError):
            one.fail(f"a call on what was closed ended with {thread.error!r}")
        thread.error = None
    join_all(threads)
    os.close(into)
    os.close(out)
    child.wait()
    for waiting in calls:
        waiting.close()
    one.tried(len(calls))


def storm(one: Round) -> None:
    """Children are forked whatever threads do just then, and everything works in each child."""
    end = time.monotonic() + 0.15

    def work() -> None:
        while time.monotonic() < end:
            _everything()

    threads = start_all([work, work])
    while time.monotonic() < end:
        Child(_everything).wait()
        one.tried()
    join_all(threads)


def _everything() -> None:
    with listen(Name.unique("storm")) as listener, connect(listener.name, timeout=5) as client:
        with listener.accept(timeout=5) as stream, stream.try_clone() as clone:
            clone.send_all(b"ab")
            client.set_recv_timeout(5)
            assert client.recv_exactly(2) == b"ab"
    first, second = pair()
    with second, Stream.reunite(*first.split()) as whole:
        whole.send_all(b"ab")
        assert second.recv_exactly(2) == b"ab"
    sender, recver = pipe()
    with sender, recver:
        sender.send_all(b"ab")
        recver.set_timeout(5)
        assert recver.recv_exactly(2) == b"ab"


def prefork(one: Round) -> None:
    """Workers that share a listener stop one by one; the others and the parent serve on."""
    listener = listen(Name.unique("prefork"))
    patient = one.random.random() < 0.5
    # Until a worker has its handler.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    workers = [Child(lambda: _serve(listener, patient=patient)) for _ in range(3)]
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    try:
        while workers:
            for _ in range(3):
                with connect(listener.name, timeout=PATIENCE) as client:
                    client.set_recv_timeout(PATIENCE)
                    answer = client.recv(10)
                    assert answer == b"served", f"{len(workers)} workers left: {answer!r}"
            worker = workers.pop()
            os.kill(worker.pid, signal.SIGTERM)
            worker.wait()
            one.tried()
        with connect(listener.name) as client, listener.accept(timeout=PATIENCE) as stream:
            stream.send_all(b"x")
            assert client.recv(1) == b"x"
    finally:
        listener.close()
        for worker in workers:
            worker.kill()
            worker.wait(killed=True)


def _serve(listener: Listener, *, patient: bool) -> None:
    # Again and again until it is noticed: a signal just before a system call does not interrupt it.
    def stop(*_: object) -> None:
        listener.close()

    signal.signal(signal.SIGTERM, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    work = time.process_time()
    try:
        while True:
            try:
                stream = listener.accept(None if patient else 0.05)
            except TimeoutError:
                continue
            with stream:
                stream.send_all(b"served")
    except ValueError as error:
        if "closed" not in str(error):
            raise
    assert time.process_time() - work < 2, "a worker works though there is nothing to do"


def handed_over(one: Round) -> None:
    """Children of all kinds of multiprocessing use what they are given, and close it."""
    method = ("fork", "spawn", "forkserver")[one.tally["tried"] % 3]
    calls = [make(one.random) for make in (receiving, receiving_cloned, accepting)]
    given = [waiting.owner for waiting in calls]
    threads = start_all([waiting.call for waiting in calls])
    time.sleep(0.02)
    out, into = pipe()
    sender, recver = pipe()
    context: Any = multiprocessing.get_context(method)
    process = context.Process(target=_given, args=(given, into, sender, one.random.random()))
    process.start()
    sender.close()
    with out, into, recver:
        out.send_all(b"x")
        recver.set_timeout(PATIENCE)
        said = recver.recv(2000)
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
        if said != b"well":
            one.fail(f"{method}: status {process.exitcode}, said {said.decode()}")
        process.close()
    _end_well(one, calls, threads)
    one.tally["tried"] += 1 - len(calls)


def _given(owners: list[Any], recver: Any, sender: Any, seed: float) -> None:
    try:
        assert recver.recv(1) == b"x"
        random = Random(seed)
        for owner in owners:
            use_inherited(owner, random)
        sender.send_all(b"well")
    except BaseException:
        sender.send_all(traceback.format_exc().encode()[-1500:])
        raise


def daemon(one: Round) -> None:
    """A server goes into the background, and clients still find it at its path."""
    path = one.path()
    leave = one.random.choice(["sys.exit()", "os._exit(0)"])
    code = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[2])!r})
from interprocess.local_socket import listen
listener = listen(sys.argv[1])
if os.fork():
    {leave}
with listener.accept(timeout={PATIENCE}) as stream:
    stream.send_all(b"served")
"""
    command = [sys.executable, "-W", "ignore", "-c", code, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.wait() == 0
        with connect(path, timeout=PATIENCE) as client:
            assert client.recv(10) == b"served"
            assert client.recv(10) == b""
        # The server has it too, and may still be at work at its path.
        assert parent.stdout is not None
        assert parent.stdout.read() == b""
    one.tried()
    if os.path.exists(path):
        os.unlink(path)


def asynchronous(one: Round) -> None:
    """A child closes its copy of what an event loop waits for, and the loop is still told."""
    world = one.random.choice(worlds())
    world.run(lambda: _receive_after_fork(world))
    one.tried()


async def _receive_after_fork(world: World) -> None:
    first, second = world.local.pair()
    async with first, second:
        receiving = world.start(first.recv, 1)
        await world.settle()
        Child(first.close).wait()
        await second.send_all(b"x")
        assert await receiving.result() == b"x"


def start_servers() -> None:
    """Start the processes that `multiprocessing` keeps from then on."""
    forkserver.ensure_running()
    resource_tracker.ensure_running()


SCENARIOS = [
    Scenario("inheriting", "calls during which a child used their object", inheriting),
    Scenario("parent-closes", "objects that the parent closed and the child used", parent_closes),
    Scenario("storm", "forks in the midst of everything", storm),
    Scenario("prefork", "workers stopped", prefork),
    Scenario("daemon", "servers that went into the background", daemon),
    Scenario("asynchronous", "closings of what a loop waits for", asynchronous, prepare=warm_up),
    Scenario("handed-over", "children of multiprocessing", handed_over, prepare=start_servers),
]
