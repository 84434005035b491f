"""Iterating a listener handles errors of `accept`; `accept` itself raises them."""

from __future__ import annotations

import errno
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from interprocess._interface import accepting
from interprocess.local_socket import Listener, Name, connect, listen
from tests.support import Running

SHORTAGES = [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM]
DEPARTURES = [errno.ECONNABORTED, errno.ECONNRESET, errno.EPIPE, errno.EPROTO]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[OSError]]]:
    """Return what has `accept` raise errors, one after the other, and then accept."""
    accept = Listener.accept

    def fail(*errors: OSError) -> list[OSError]:
        left = list(errors)

        def accept_later(self: Listener, timeout: float | None = None) -> Any:
            if left and not self.closed:
                raise left.pop(0)
            return accept(self, timeout)

        monkeypatch.setattr(Listener, "accept", accept_later)
        return left

    yield fail
    monkeypatch.undo()


@pytest.mark.parametrize("number", SHORTAGES)
def test_a_shortage_is_waited_out(
    name: Name, number: int, failing: Callable[..., list[OSError]]
) -> None:
    with listen(name) as listener, connect(name) as client:
        failing(*[OSError(number, "none left") for _ in range(3)])
        began = time.monotonic()
        with pytest.warns(RuntimeWarning, match="none left") as caught:
            stream = next(listener)
        assert time.monotonic() - began >= 3 * accepting.PAUSE
        assert [warning.filename for warning in caught] == [__file__]
        assert str(name) in str(caught[0].message)
        with stream:
            client.send_all(b"x")
            assert stream.recv(1) == b"x"


@pytest.mark.skipif(sys.platform != "win32", reason="numbers of Windows")
@pytest.mark.parametrize("number", [8, 14, 231, 1450, 1455])
def test_a_shortage_of_windows(
    name: Name, number: int, failing: Callable[..., list[OSError]]
) -> None:
    with listen(name) as listener, connect(name):
        failing(OSError(None, "none left", None, number))
        with pytest.warns(RuntimeWarning, match="none left"):
            next(listener).close()


def test_a_flood_of_shortages_is_told_once(
    name: Name, failing: Callable[..., list[OSError]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "PAUSE", 0.001)
    with listen(name) as listener, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            failing(*[OSError(errno.EMFILE, "none left") for _ in range(20)])
            with connect(name):
                next(listener).close()
        assert len(caught) == 1
        listener._warned_at -= accepting.QUIET_TIME
        failing(OSError(errno.EMFILE, "none left"))
        with connect(name):
            next(listener).close()
        assert len(caught) == 2


@pytest.mark.parametrize("number", DEPARTURES)
def test_clients_that_have_left_are_passed_over(
    name: Name, number: int, failing: Callable[..., list[OSError]]
) -> None:
    with listen(name) as listener, connect(name):
        left = failing(*[OSError(number, "gone") for _ in range(3)])
        next(listener.incoming()).close()
        assert not left


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EBADF, errno.EACCES])
def test_other_errors_end_the_loop(
    name: Name, number: int, failing: Callable[..., list[OSError]]
) -> None:
    with listen(name) as listener:
        failing(OSError(number, "broken"))
        with pytest.raises(OSError, match="broken") as caught:
            next(listener)
        assert caught.value.errno == number


def test_accept_raises(name: Name, failing: Callable[..., list[OSError]]) -> None:
    with listen(name) as listener:
        for number in SHORTAGES + DEPARTURES:
            failing(OSError(number, "raised"))
            with pytest.raises(OSError, match="raised"):
                listener.accept()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_closing_ends_the_loop_during_a_pause(
    name: Name, failing: Callable[..., list[OSError]]
) -> None:
    with listen(name) as listener:
        failing(*[OSError(errno.EMFILE, "none left") for _ in range(10_000)])
        iterating = Running(lambda: list(listener))
        assert iterating.is_waiting()
        listener.close()
        assert iterating.result() == []
