"""Streams, listeners and pipe ends travel through `multiprocessing` as Python's sockets do."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import pickle
import sys
from collections.abc import Iterator
from multiprocessing import resource_sharer
from typing import Any

import pytest

from interprocess.local_socket import Name, Stream, connect, listen, pair
from interprocess.unnamed_pipe import Recver, pipe
from tests.support import (
    PATIENCE,
    Running,
    eventually,
    finish,
    left_in_socket_directory,
    open_handles,
    python,
)

pytestmark = pytest.mark.leaves_handles  # The resource sharer, the servers, the trackers.

START_METHODS = multiprocessing.get_all_start_methods()


@pytest.fixture(params=START_METHODS)
def context(request: pytest.FixtureRequest) -> Iterator[Any]:
    yield multiprocessing.get_context(request.param)
    if sys.platform != "win32":
        resource_sharer.stop(PATIENCE)  # type: ignore[attr-defined, unused-ignore]  # see its __all__


def answer_what_comes(incoming: Any) -> None:
    """Answer on every stream that comes, until there is `None`."""
    for stream in iter(incoming, None):
        with stream:
            stream.send_all(b"%d:" % os.getpid() + stream.recv_exactly(4)[::-1])


def answer_what_a_queue_has(queue: Any) -> None:
    answer_what_comes(lambda: queue.get(timeout=PATIENCE))


def answer_what_a_connection_has(connection: Any) -> None:
    with connection:
        answer_what_comes(connection.recv)


def check_is_answered_by(process: Any, stream: Stream) -> None:
    stream.send_all(b"abcd")
    assert stream.recv_exactly(len(b"%d:dcba" % process.pid)) == b"%d:dcba" % process.pid
    assert stream.recv(1) == b""  # Both the sender's and the receiver's are closed.


@pytest.mark.parametrize("kind", ["Queue", "SimpleQueue", "JoinableQueue"])
def test_streams_travel_through_queues(context: Any, kind: str) -> None:
    queue = getattr(context, kind)()
    target = answer_what_a_simple_queue_has if kind == "SimpleQueue" else answer_what_a_queue_has
    process = context.Process(daemon=True, target=target, args=(queue,))
    process.start()
    for _ in range(3):
        ours, theirs = pair()
        with ours:
            with theirs:
                queue.put(theirs)
                ours.send_all(b"abcd")
                assert ours.recv_exactly(len(b"%d:dcba" % process.pid)).endswith(b":dcba")
            assert ours.recv(1) == b""
    queue.put(None)
    process.join(PATIENCE)
    assert process.exitcode == 0
    process.close()


def answer_what_a_simple_queue_has(queue: Any) -> None:
    answer_what_comes(queue.get)


def test_streams_travel_through_connections_and_the_senders_may_be_closed_at_once(
    context: Any,
) -> None:
    here, there = context.Pipe()
    process = context.Process(daemon=True, target=answer_what_a_connection_has, args=(there,))
    process.start()
    there.close()
    with here:
        for _ in range(3):
            ours, theirs = pair()
            with ours:
                here.send(theirs)
                theirs.close()
                check_is_answered_by(process, ours)
        here.send(None)
    process.join(PATIENCE)
    assert process.exitcode == 0
    process.close()


def test_the_senders_object_stays_open_and_works(context: Any) -> None:
    here, there = context.Pipe()
    process = context.Process(daemon=True, target=answer_what_a_connection_has, args=(there,))
    process.start()
    there.close()
    ours, theirs = pair()
    with here, ours, theirs:
        waiting = Running(lambda: theirs.recv(1))
        assert waiting.is_waiting()
        ours.send_all(b"1")
        assert waiting.result() == b"1"
        here.send(theirs)
        ours.send_all(b"abcd")
        assert ours.recv_exactly(len(b"%d:" % process.pid) + 4).endswith(b":dcba")
        here.send(None)
        process.join(PATIENCE)  # It has closed its own.
        assert not theirs.closed
        theirs.send_all(b"from here")
        assert ours.recv_exactly(9) == b"from here"
        # The connection is another process's too: closing must not end it by itself.
        here_again, there_again = pair()
        with here_again, there_again:
            waiting = Running(lambda: theirs.recv(1))
            assert waiting.is_waiting()
            theirs.close()
            with pytest.raises(ValueError, match="closed"):
                waiting.result()
    process.close()


def swap(stream: Stream) -> tuple[int, Stream]:
    """Be a task of a pool: answer on a stream, and return it."""
    stream.send_all(stream.recv_exactly(4)[::-1])
    return os.getpid(), stream


def test_streams_are_arguments_and_results_of_a_pool(context: Any) -> None:
    ours, theirs = pair()
    with ours, context.Pool(1) as pool:
        with theirs:
            result = pool.apply_async(swap, (theirs,))
            ours.send_all(b"abcd")
            pid, again = result.get(PATIENCE)
        assert ours.recv_exactly(4) == b"dcba"
        assert pid != os.getpid()
        with again:
            again.send_all(b"it works here too")
            assert ours.recv_exactly(17) == b"it works here too"


def test_streams_are_arguments_and_results_of_executors(context: Any) -> None:
    ours, theirs = pair()
    with ours, concurrent.futures.ProcessPoolExecutor(1, context) as executor:
        with theirs:
            ours.send_all(b"abcd")
            _, again = executor.submit(swap, theirs).result(PATIENCE)
        assert ours.recv_exactly(4) == b"dcba"
        with again:
            again.send_all(b"here")
            assert ours.recv_exactly(4) == b"here"


def test_streams_travel_through_a_manager(context: Any) -> None:
    with context.Manager() as manager:
        queue = manager.Queue()
        process = context.Process(daemon=True, target=answer_what_a_queue_has, args=(queue,))
        process.start()
        ours, theirs = pair()
        queue.put(theirs)
        theirs.close()
        ours.send_all(b"abcd")
        assert ours.recv_exactly(len(b"%d:" % process.pid) + 4) == b"%d:dcba" % process.pid
        queue.put(None)
        process.join(PATIENCE)
        assert process.exitcode == 0
        process.close()
        assert ours.recv(1) == b""  # The manager has had another request, and forgets the last.
        ours.close()


def relay(connection: Any) -> None:
    with connection:
        things: dict[str, Any] = connection.recv()
        recver, (sender, recv_half, send_half) = things["recver"], things["others"]
        with recver, sender, recv_half, send_half:
            sender.send_all(recver.recv_exactly(4))
            send_half.send_all(recv_half.recv_exactly(4))


def test_pipe_ends_and_halves_travel(context: Any) -> None:
    here, there = context.Pipe()
    process = context.Process(daemon=True, target=relay, args=(there,))
    process.start()  # Before there is anything that a fork would hand over.
    into, to_receive = pipe()
    to_send, out = pipe()
    ours, theirs = pair()
    recv_half, send_half = theirs.split()
    with here, there, into, out, ours:
        with to_receive, to_send, recv_half, send_half:
            here.send({"recver": to_receive, "others": [to_send, recv_half, send_half]})
        into.send_all(b"abcd")
        assert out.recv_exactly(4) == b"abcd"
        ours.send_all(b"efgh")
        assert ours.recv_exactly(4) == b"efgh"
        assert out.recv(1) == ours.recv(1) == b""
    process.join(PATIENCE)
    assert process.exitcode == 0
    process.close()


def modes(stream: Stream, recver: Recver) -> list[type[Exception]]:
    """Be a task of a pool: return what receives raise that have nothing to receive."""
    stream.set_recv_timeout(0.01)
    recver.set_timeout(0.01)
    raised: list[type[Exception]] = []
    for end in (stream, recver):
        try:
            end.recv(1)
        except OSError as error:
            raised.append(type(error))
        end.close()
    return raised


def test_nonblocking_mode_goes_along(context: Any) -> None:
    ours, theirs = pair()
    sender, recver = pipe()
    with ours, theirs, sender, recver, context.Pool(1) as pool:
        assert pool.apply(modes, (theirs, recver)) == [TimeoutError, TimeoutError]
        theirs.set_nonblocking(True)
        assert pool.apply(modes, (theirs, recver)) == [BlockingIOError, TimeoutError]
        theirs.set_nonblocking(False)
        recver.set_nonblocking(True)
        assert pool.apply(modes, (theirs, recver)) == [TimeoutError, BlockingIOError]


def serve_one(connection: Any) -> None:
    with connection, connection.recv() as listener, listener.accept(PATIENCE) as stream:
        stream.send_all(f"{listener.name} {os.getpid()}".encode())


def test_listeners_travel_and_keep_their_names(context: Any, name: Name) -> None:
    here, there = context.Pipe()
    process = context.Process(daemon=True, target=serve_one, args=(there,))
    process.start()
    there.close()
    with here:
        listener = listen(name)
        here.send(listener)
        listener.close()
        with connect(name, timeout=PATIENCE) as client:
            assert client.recv(1000).decode() == f"{name} {process.pid}"
    process.join(PATIENCE)
    assert process.exitcode == 0
    process.close()
    with pytest.raises(OSError):
        connect(name, timeout=1)
    assert not left_in_socket_directory()  # The last one that had it has removed its file.


def test_a_listener_in_a_queue_keeps_its_file_though_the_senders_is_closed(
    context: Any, name: Name
) -> None:
    here, there = context.Pipe()
    with here, there:
        listener = listen(name)
        here.send(listener)
        listener.close()
        with there.recv() as again:
            with connect(name, timeout=PATIENCE) as client, again.accept(PATIENCE) as stream:
                client.send_all(b"x")
                assert stream.recv(1) == b"x"
    with pytest.raises(OSError):
        connect(name, timeout=1)


def test_other_picklers_are_refused_with_the_reason() -> None:
    first, second = pair()
    sender, recver = pipe()
    with first, second, sender, recver, listen(Name.unique()) as listener:
        for thing in (first, sender, recver, listener):
            with pytest.raises(TypeError, match="only by multiprocessing"):
                pickle.dumps([thing])
            with pytest.raises(TypeError, match="only by multiprocessing"):
                pickle._dumps([thing])  # type: ignore[attr-defined]  # the one in Python


def test_plain_pickling_is_refused_while_nothing_imports_multiprocessing() -> None:
    code = """if True:
        import pickle, sys
        from interprocess.local_socket import pair
        assert "multiprocessing" not in sys.modules
        first, second = pair()
        with first, second:
            try:
                pickle.dumps(first)
            except TypeError as error:
                print(error)
            import multiprocessing
            here, there = multiprocessing.Pipe()
            here.send(first)  # Imported after us.
            with there.recv() as again:
                again.send_all(b"x")
                print(second.recv(1))
    """
    with python(code) as process:
        refused, received = finish(process).splitlines()
    assert "only by multiprocessing" in refused
    assert received == "b'x'"


class PicklesWithin:
    """Something that pickles its contents by itself."""

    def __init__(self, content: Any) -> None:
        self.content = content

    def __reduce__(self) -> Any:
        return PicklesWithin._of, (pickle.dumps(self.content),)

    @staticmethod
    def _of(pickled: bytes) -> PicklesWithin:
        return PicklesWithin(pickle.loads(pickled))


class MyStream(Stream):
    """A class that a user derives."""


def test_subclasses_and_things_in_other_pickles_travel(context: Any) -> None:
    here, there = context.Pipe()
    ours, theirs = pair()
    with here, there, ours:
        mine = MyStream(theirs.detach())
        mine.label = "mine"  # type: ignore[attr-defined]  # users do that
        with mine:
            here.send(PicklesWithin(mine))
        with there.recv().content as again:
            assert type(again) is MyStream
            again.send_all(b"x")
            assert ours.recv(1) == b"x"


def test_closed_things_are_refused(context: Any) -> None:
    first, second = pair()
    listener = listen(Name.unique())
    first.close()
    second.close()
    listener.close()
    here, there = context.Pipe()
    with here, there:
        for thing in (first, listener):
            with pytest.raises(ValueError, match="closed"):
                here.send(thing)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no resource sharer for pipes")
def test_what_nobody_fetches_is_closed_by_the_resource_sharer() -> None:
    context = multiprocessing.get_context()
    here, there = context.Pipe()
    with here, there:
        first, second = pair()
        with first:
            before = open_handles()
            with second:
                here.send(second)
            # It is in the sharer, which has a thread and a listener besides.
            assert open_handles() >= before
            first.set_recv_timeout(0)
            with pytest.raises(TimeoutError):
                first.recv(1)
            first.set_recv_timeout(PATIENCE)
            resource_sharer.stop(PATIENCE)  # type: ignore[attr-defined, unused-ignore]  # see its __all__
            assert first.recv(1) == b""
            with pytest.raises((ConnectionError, FileNotFoundError, EOFError)):
                there.recv()
            assert open_handles() < before


def test_nothing_is_left_open_here_by_what_was_fetched(context: Any) -> None:
    here, there = context.Pipe()
    with here, there:
        first, second = pair()
        with first, second:
            here.send(first)
            there.recv().close()
            before = open_handles()
            for _ in range(20):
                here.send(second)
                there.recv().close()
            assert eventually(lambda: open_handles() <= before)
