"""Threads that share a stream neither deadlock nor hang, and never use a recycled descriptor."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from interprocess.local_socket import Listener, Name, Stream, connect, listen, pair
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, Running

MUCH = 16 * 1024 * 1024
ROUNDS = 50


def test_both_directions_at_once() -> None:
    first, second = pair()
    with first, second:
        data = bytes(range(256)) * 4096
        sending = [Running(lambda end=end: end.send_all(data)) for end in (first, second)]  # type: ignore[misc]
        assert first.recv_exactly(len(data)) == data
        assert second.recv_exactly(len(data)) == data
        for thread in sending:
            thread.result()


def wake_ups() -> dict[str, Callable[[Stream], object]]:
    return {
        "recv": lambda stream: stream.recv(1),
        "recv with a timeout": lambda stream: (stream.set_recv_timeout(PATIENCE), stream.recv(1)),
        "recv_vectored": lambda stream: stream.recv_vectored([bytearray(1)]),
        "recv_exactly": lambda stream: stream.recv_exactly(10),
        "send_all": lambda stream: stream.send_all(bytes(MUCH)),
        "send_all with a timeout": lambda stream: (
            stream.set_send_timeout(PATIENCE),
            stream.send_all(bytes(MUCH)),
        ),
    }


@pytest.mark.parametrize("call", wake_ups().values(), ids=wake_ups())
def test_close_wakes_a_call(call: Callable[[Stream], object]) -> None:
    first, second = pair()
    with second:
        waiting = Running(lambda: call(first))
        assert waiting.is_waiting()
        first.close()
        with pytest.raises(ValueError, match="closed"):
            waiting.result()


def test_close_wakes_a_reader_and_a_writer_at_once() -> None:
    first, second = pair()
    with second:
        reading = Running(lambda: first.recv(1))
        writing = Running(lambda: first.send_all(bytes(MUCH)))
        assert reading.is_waiting()
        assert writing.is_waiting()
        first.close()
        for thread in (reading, writing):
            with pytest.raises(ValueError, match="closed"):
                thread.result()


@pytest.mark.parametrize("timeout", [None, PATIENCE])
def test_close_wakes_accept(name: Name, timeout: float | None) -> None:
    listener = listen(name)
    waiting = [Running(lambda: listener.accept(timeout)) for _ in range(3)]
    assert all(thread.is_waiting() for thread in waiting)
    listener.close()
    for thread in waiting:
        with pytest.raises(ValueError, match="closed"):
            thread.result()


def test_close_wakes_the_receiver_of_a_pipe() -> None:
    sender, recver = pipe()
    with sender:
        waiting = Running(lambda: recver.recv(1))
        assert waiting.is_waiting()
        recver.close()
        with pytest.raises(ValueError, match="closed"):
            waiting.result()


def test_close_wakes_the_sender_of_a_pipe() -> None:
    sender, recver = pipe()
    with recver:
        waiting = Running(lambda: sender.send_all(bytes(MUCH)))
        assert waiting.is_waiting()
        sender.close()
        with pytest.raises(ValueError, match="closed"):
            waiting.result()


def test_closing_a_clone_leaves_the_others_alone() -> None:
    first, second = pair()
    clone = first.try_clone()
    with first, second:
        waiting = Running(lambda: clone.recv(1))
        assert waiting.is_waiting()
        clone.close()
        with pytest.raises(ValueError, match="closed"):
            waiting.result()
        first.send_all(b"still here")
        assert second.recv(100) == b"still here"
        second.send_all(b"here too")
        assert first.recv(100) == b"here too"


def test_closing_one_half_leaves_the_other_alone() -> None:
    first, second = pair()
    recv_half, send_half = first.split()
    with second, send_half:
        waiting = Running(lambda: recv_half.recv(1))
        assert waiting.is_waiting()
        recv_half.close()
        with pytest.raises(ValueError, match="closed"):
            waiting.result()
        send_half.send_all(b"still here")
        assert second.recv(100) == b"still here"


def test_nothing_acts_on_a_recycled_number() -> None:
    """Threads use streams that another closes while new ones, with the same numbers, appear."""
    for _ in range(ROUNDS):
        victim, peer = pair()
        stop = threading.Event()

        def use(victim: Stream = victim, stop: threading.Event = stop) -> None:
            while not stop.is_set():
                try:
                    victim.set_recv_timeout(0.001)
                    victim.recv(1)
                except TimeoutError:
                    continue
                except ValueError:
                    return

        users = [Running(use) for _ in range(3)]
        victim.close()
        bystanders = [pair() for _ in range(3)]
        for user in users:
            user.result()
        stop.set()
        peer.close()
        for first, second in bystanders:
            with first, second:
                first.send_all(b"x")
                assert second.recv(10) == b"x"


def test_detach_while_a_call_is_in_progress_is_refused() -> None:
    first, second = pair()
    with first, second:
        waiting = Running(lambda: first.recv(1))
        assert waiting.is_waiting()
        for give_up in (first.detach, first.split):
            with pytest.raises(ValueError, match="inside a call"):
                give_up()
        second.send_all(b"x")
        assert waiting.result() == b"x"


def test_several_threads_accept(name: Name) -> None:
    with listen(name) as listener:
        accepting = [Running(lambda: serve_one(listener)) for _ in range(8)]
        clients = [connect(name) for _ in accepting]
        for client in clients:
            with client:
                client.send_all(b"x")
                assert client.recv(1) == b"x"
        for thread in accepting:
            thread.result()


def serve_one(listener: Listener) -> None:
    with listener.accept() as stream:
        stream.send_all(stream.recv(1))


def test_two_receivers_of_one_pipe_each_get_some() -> None:
    sender, recver = pipe()
    clone = recver.try_clone()
    with recver, clone:
        receiving = [Running(lambda end=end: end.recv(1)) for end in (recver, clone)]  # type: ignore[misc]
        assert all(thread.is_waiting() for thread in receiving)
        with sender:
            sender.send_all(b"x")
        assert sorted(thread.result() for thread in receiving) == [b"", b"x"]


def test_halves_in_use_do_not_reunite_and_stay_as_they_are() -> None:
    first, second = pair()
    with second:
        recv_half, send_half = first.split()
        with recv_half, send_half:
            second.send_all(b"1")
            assert recv_half.recv(1) == b"1"
            writing = Running(lambda: send_half.send_all(bytes(MUCH)))
            assert writing.is_waiting()
            with pytest.raises(ValueError, match="inside a call"):
                Stream.reunite(recv_half, send_half)
            second.send_all(b"2")
            assert recv_half.recv(1) == b"2"
            assert len(second.recv_exactly(MUCH)) == MUCH
            writing.result()
            send_half.send_all(b"3")
            assert second.recv(1) == b"3"
            reading = Running(lambda: recv_half.recv(1))
            assert reading.is_waiting()
            with pytest.raises(ValueError, match="inside a call"):
                Stream.reunite(recv_half, send_half)
            second.send_all(b"4")
            assert reading.result() == b"4"
            with Stream.reunite(recv_half, send_half) as whole:
                whole.send_all(b"5")
                assert second.recv(1) == b"5"


def test_timeouts_that_another_thread_sets_are_for_calls_from_then_on() -> None:
    first, second = pair()
    with first, second:
        second.send_all(b"1")
        assert first.recv(1) == b"1"
        reading = Running(lambda: first.recv(1))
        assert reading.is_waiting()
        first.set_recv_timeout(0.01)
        second.send_all(b"2")
        assert reading.result() == b"2"
        with pytest.raises(TimeoutError):
            first.recv_into(bytearray(1))
        first.set_recv_timeout(None)
        reading = Running(lambda: first.recv(1))
        assert reading.is_waiting()
        second.send_all(b"3")
        assert reading.result() == b"3"
