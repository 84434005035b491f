"""An exception at each point of a transfer at which a signal handler may raise, over the model.

The points after the functions of kernel32.dll are among them, before the error is read.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from tests.interrupts import NEEDS_POINTS, Interrupt, interrupted_once
from tests.npfs import pipe as model
from tests.npfs import windows as imitations
from tests.npfs.sending import QUOTA, Make, new_sender, read_all
from tests.npfs.windows import CLIENT, Windows

pytestmark = NEEDS_POINTS

DATA = b"0123456789abcdefghijklmnopqrs"


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    """It calls finalizers, in which an exception is a warning and no more."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def nothing_in_doubt(backend: dict[str, ModuleType]) -> Iterator[None]:
    """Check that every operation has ended."""
    yield
    assert not backend["_handle.operation"]._in_doubt


def events_of(windows: Windows) -> set[int]:
    """Return the events that are open, from now on."""
    events: set[int] = set()
    create, close = windows.CreateEventW, windows.CloseHandle

    def create_event(*arguments: object) -> int:
        event = create(*arguments)
        events.add(event)
        return event

    def close_handle(handle: int) -> int:
        events.discard(handle)
        return close(handle)

    windows.CreateEventW, windows.CloseHandle = create_event, close_handle  # type: ignore[method-assign]  # counted
    return events


def read_again_and_again(windows: Windows, size: int, received: list[bytes]) -> None:
    """Make the other end read at most SIZE bytes each time that a thread waits."""

    def read() -> None:
        received.append(windows.read(size))
        windows.script.append(read)

    windows.script.append(read)


def send_and_close(windows: Windows, sizes: list[int]) -> None:
    """Make the other end send DATA in such parts, one each time that a thread waits, and close."""

    def send(part: bytes, *, is_last: bool) -> None:
        windows.pipe.write(True, part, model.Request())
        if is_last:
            windows.pipe.close(True)

    left = DATA
    for size in (*sizes, len(DATA)):
        windows.script.append(partial(send, left[:size], is_last=size == len(DATA)))
        left = left[size:]


@pytest.mark.usefixtures("nothing_in_doubt")
@pytest.mark.parametrize("timeout", [None, 10.0], ids=["patient", "timeout"])
@pytest.mark.parametrize("size", [4, QUOTA, len(DATA)])
@pytest.mark.parametrize("in_the_way", [0, 7, QUOTA])
@pytest.mark.parametrize("reads", [3, QUOTA + 5, 1000])
def test_an_interrupted_send_says_how_much_went_out_or_ends_sending(
    backend: dict[str, ModuleType],
    make: Make,
    timeout: float | None,
    size: int,
    in_the_way: int,
    reads: int,
) -> None:
    before = b"x" * in_the_way
    ends_sending = False
    for call in interrupted_once(lambda: sender.send_all(DATA[:size]), imitations.__file__):
        windows = make(QUOTA)
        events = events_of(windows)
        received: list[bytes] = []
        with new_sender(backend) as sender:
            sender.set_timeout(timeout)
            sender.send_all(before)
            read_again_and_again(windows, reads, received)
            try:
                call()
                sent = size
            except Interrupt as interrupt:
                sent = getattr(interrupt, "characters_written", 0)
            assert len(events) == len(backend["_handle.operation"]._idle)
            is_cut_short = sender._handle.is_cut_short
            with pytest.raises(BrokenPipeError) if is_cut_short else nullcontext():
                sender.send_all(b"end")
        assert windows.pipe.closed
        received.append(read_all(windows))
        if is_cut_short:
            ends_sending = True
            assert b"".join(received).startswith(before + DATA[:sent])
        else:
            assert b"".join(received) == before + DATA[:sent] + b"end"
    # With a timeout, no write is one that can be read in part while it waits.
    assert ends_sending == (timeout is None and in_the_way + size > QUOTA)


@pytest.mark.usefixtures("nothing_in_doubt")
def test_an_interrupted_message_ends_no_sending(backend: dict[str, ModuleType], make: Make) -> None:
    """The peer sees that it is not whole, and where the next one begins."""

    def interrupt() -> None:
        raise Interrupt

    windows = make(QUOTA, True)
    handle = backend["_pipe.end"].PipeHandle(CLIENT)
    handle.write_message(b"x" * 7, None)
    windows.script = [interrupt]
    with pytest.raises(Interrupt):
        handle.write_message(b"message", None)
    assert windows.read(1000) == b"x" * 7
    handle.write(b"next", None)
    assert windows.read(1000) == b"next"
    handle.close()


RECEIVES: dict[str, Callable[[Any], Any]] = {
    "recv_exactly": lambda receiver: receiver.recv_exactly(len(DATA)),
    "readall": lambda receiver: receiver.readall(),
}


@pytest.mark.usefixtures("nothing_in_doubt")
@pytest.mark.parametrize("timeout", [None, 10.0], ids=["patient", "timeout"])
@pytest.mark.parametrize("receive", RECEIVES)
@pytest.mark.parametrize("sizes", [[], [0], [5], [0, 5, 0], [QUOTA, QUOTA]], ids=str)
def test_what_arrives_is_in_the_result_or_in_the_exception(
    backend: dict[str, ModuleType],
    make: Make,
    timeout: float | None,
    receive: str,
    sizes: list[int],
) -> None:
    for call in interrupted_once(lambda: RECEIVES[receive](receiver), imitations.__file__):
        windows = make(1000)
        events = events_of(windows)
        send_and_close(windows, sizes)
        handle = backend["_pipe.end"].PipeHandle(CLIENT)
        with backend["_pipe.unnamed"].Recver._owning(handle) as receiver:
            receiver.set_timeout(timeout)
            try:
                got = call()
            except Interrupt as interrupt:
                got = getattr(interrupt, "partial", b"")
            assert len(events) == len(backend["_handle.operation"]._idle)
            assert got + receiver.readall() == DATA
        assert False in windows.pipe.closed
