"""Calls that wait in poll(2), beside a pipe by which `close` wakes them."""

from __future__ import annotations

import threading

import pytest

from interprocess.local_socket import pair
from interprocess.os.unix._descriptor import waker as _waker
from tests.support import PATIENCE, Running

#: More than any system buffers for a reader.
MUCH = 16 * 1024 * 1024


def test_two_calls_that_begin_to_wait_together_are_both_woken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each makes a pipe; only one can be that of the stream.
    first, second = pair()
    sending: list[Running[None]] = []
    made: list[_waker.Waker] = []
    both_made, in_place = threading.Event(), threading.Event()

    def new_waker() -> _waker.Waker:
        waker = real()
        made.append(waker)
        if len(made) == 1:
            sending.append(Running(lambda: first.send_all(bytes(MUCH))))
            assert both_made.wait(PATIENCE)
            assert sending[0].is_waiting()
            in_place.set()
        else:
            both_made.set()
        return waker

    real = _waker.Waker
    with second, first.try_clone():  # A shared socket is not shut down to wake its calls.
        first.set_recv_timeout(PATIENCE)
        first.set_send_timeout(PATIENCE)
        monkeypatch.setattr(_waker, "Waker", new_waker)
        receiving = Running(lambda: first.recv(1))
        assert in_place.wait(PATIENCE)
        assert receiving.is_waiting()
        assert len(made) == 2
        first.close()
        for call in (receiving, sending[0]):
            with pytest.raises(ValueError, match="closed"):
                call.result()
