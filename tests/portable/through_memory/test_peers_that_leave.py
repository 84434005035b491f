"""A peer that receives the bytes and leaves before the sender can wake it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from interprocess import capabilities, wait
from interprocess.shared_memory import _sleeping
from interprocess.shared_memory._ring import Writer
from interprocess.shared_memory.local_socket import Stream, _sending, _views, pair

pytestmark = pytest.mark.skipif(
    not capabilities.available("shared_memory_rings"), reason="no connection uses memory here"
)

Happens = Callable[[Callable[[], object]], None]


def reserve(stream: Any, data: bytes) -> None:
    with stream.reserve(len(data)) as view:
        view[:] = data


def receive_and_close(stream: Stream, count: int) -> None:
    assert stream.recv(count) == b"abc"[:count]
    stream.close()


SENDS: dict[str, Callable[[Any], object]] = {
    "send": lambda stream: stream.send(b"abc"),
    "send_all": lambda stream: stream.send_all(b"abc"),
    "send_all of a bytearray": lambda stream: stream.send_all(bytearray(b"abc")),
    "send without a limit": lambda stream: send_within(stream, None),
    "send with a timeout": lambda stream: send_within(stream, 1.0),
    "reserve": lambda stream: reserve(stream, b"abc"),
}


def send_within(stream: Any, timeout: float | None) -> None:
    stream.set_send_timeout(timeout)
    stream.send_all(b"abc")


@pytest.fixture
def happens_before_waking(monkeypatch: pytest.MonkeyPatch) -> Happens:
    """Have a function called once, between the publication of data and the wake-up."""

    def before_waking(act: Callable[[], object]) -> None:
        def wake_reader(*arguments: Any, **options: Any) -> None:
            monkeypatch.undo()
            act()
            _sleeping.wake_reader(*arguments, **options)

        for module in (_sending, _views):
            monkeypatch.setattr(module, "wake_reader", wake_reader)

    return before_waking


@pytest.mark.parametrize("send", SENDS)
def test_it_has_received_all(send: str, happens_before_waking: Happens) -> None:
    first, second = pair()
    with first, second:
        happens_before_waking(lambda: receive_and_close(second, 3))
        assert not wait([second], 0)  # For the sender, it sleeps.
        SENDS[send](first)
        assert second.closed
        with pytest.raises(BrokenPipeError):
            SENDS[send](first)


@pytest.mark.parametrize("send", SENDS)
def test_it_has_received_a_part(send: str, happens_before_waking: Happens) -> None:
    first, second = pair()
    with first, second:
        happens_before_waking(lambda: receive_and_close(second, 2))
        assert not wait([second], 0)
        with pytest.raises(BrokenPipeError):
            SENDS[send](first)


def test_it_leaves_before_its_state_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Writer.load_peer_state
    first, second = pair()

    def load_peer_state(writer: Writer) -> int:
        monkeypatch.undo()
        receive_and_close(second, 3)
        return real(writer)

    with first, second:
        monkeypatch.setattr(Writer, "load_peer_state", load_peer_state)
        first.send_all(bytearray(b"abc"))
        with pytest.raises(BrokenPipeError):
            first.send_all(bytearray(b"abc"))
