"""`wait` with connections through memory: before both sides have agreed, and after wake bytes."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from interprocess import local_socket as plain
from interprocess import wait
from interprocess.local_socket import Name
from interprocess.shared_memory import _ring, _sleeping
from interprocess.shared_memory.local_socket import connect, listen, pair
from tests.support import PATIENCE, Running

#: Longer than a wait that has no timeout of its own should take, and far below the watchdog.
AWAITED = PATIENCE / 2


def test_a_client_that_was_not_accepted_delays_no_others(name: Name) -> None:
    first, second = pair()
    with first, second, listen(name), connect(name) as client:
        assert Running(lambda: wait([client], 0)).result() == []
        assert Running(lambda: wait([client, first], 0.01)).result() == []
        second.send_all(b"x")
        assert Running(lambda: wait([client, first])).result() == [first]


def test_a_silent_client_delays_no_others(name: Name) -> None:
    with listen(name) as listener, plain.connect(name), listener.accept() as stream:
        with connect(name):
            assert Running(lambda: wait([stream, listener], AWAITED)).result() == [listener]
        assert Running(lambda: wait([stream], 0.01)).result() == []


def test_a_client_that_is_accepted_later(name: Name) -> None:
    with listen(name) as listener, connect(name) as client:
        waiting = Running(lambda: wait([client], AWAITED))
        with listener.accept() as stream:
            stream.send_all(b"x")
            assert waiting.result() == [client]
            assert client.recv(1) == b"x"
        assert wait([client], AWAITED) == [client]


def test_an_offer_that_comes_later(name: Name) -> None:
    with listen(name) as listener, plain.connect(name) as client:
        with listener.accept() as stream:
            waiting = Running(lambda: wait([stream], AWAITED))
            client.send_all(b"GET / HTTP/1.1\r\n\r\n")
            assert waiting.result() == [stream]
            with pytest.raises(ConnectionAbortedError):
                stream.recv(1)


def test_another_thread_takes_the_answer(name: Name) -> None:
    with listen(name) as listener, connect(name) as client:
        sending = Running(lambda: client.send_all(b"request"))
        assert sending.is_waiting()
        waiting = Running(lambda: wait([client], AWAITED))
        with listener.accept() as stream:
            sending.result()
            assert stream.recv(10) == b"request"
            time.sleep(0.05)
            stream.send_all(b"answer")
            assert waiting.result() == [client]


def test_another_thread_is_receiving() -> None:
    first, second = pair()
    with first, second:
        first.set_busy_poll(0)
        receiving = Running(lambda: first.recv(1))
        assert receiving.is_waiting()
        assert Running(lambda: wait([first], 0.01)).result() == []
        second.send_all(b"x")
        assert receiving.result() == b"x"


def test_a_wake_byte_that_comes_late_is_not_data() -> None:
    first, second = pair()
    with first, second:
        if not first.through_memory:
            pytest.skip("elsewhere the bytes go over the socket")
        waiting = Running(lambda: wait([first], AWAITED))
        assert waiting.is_waiting()
        second._main.send(b"\0")
        time.sleep(0.05)
        assert not waiting.has_ended()
        second.send_all(b"x")
        assert waiting.result() == [first]


def test_a_wake_byte_for_data_that_was_received_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sender finds that the receiver sleeps, but its data has not been what that waits for."""
    first, second = pair()
    about_to_sleep, has_sent = threading.Event(), threading.Event()
    receiving: list[bool] = []
    waiting: list[Running[list[Any]]] = []

    def receive_first() -> None:
        if not receiving:
            receiving.append(True)
            assert second.recv(1) == b"x"
            waiting.append(Running(lambda: wait([second], AWAITED)))
            assert about_to_sleep.wait(PATIENCE)

    def let_send_first() -> None:
        about_to_sleep.set()
        assert has_sent.wait(PATIENCE)

    with first, second:
        if not first.through_memory:
            pytest.skip("elsewhere the bytes go over the socket")
        with monkeypatch.context() as patches:
            patches.setattr(_ring, "fence", receive_first)
            patches.setattr(_sleeping, "barrier", let_send_first)
            first.send(bytearray(b"x"))
            has_sent.set()
            assert waiting[0].is_waiting()
        first.send_all(b"y")
        assert waiting[0].result() == [second]
