"""Sending and receiving over the model of the pipe file system: what is said is what was done."""

from __future__ import annotations

import errno
from contextlib import closing
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.npfs import pipe as model
from tests.npfs.sending import (
    OTHERS,
    QUOTA,
    Make,
    Reader,
    new_sender,
    read_all,
    send_beside,
    sent_of,
)
from tests.npfs.windows import SERVER

STEP = st.one_of(
    st.tuples(st.just("read"), st.integers(1, 25)),
    st.tuples(st.just("wait"), st.integers(1, 25)),
    st.tuples(st.just("nothing"), st.just(0)),
)
STEPS = st.lists(STEP, max_size=25)
#: How many steps the others take before each of our calls of the system.
MOMENTS = st.lists(st.integers(0, 2), max_size=40)
#: What is sent, and how a send waits: not at all, for a while, or without end.
MODES = ["nonblocking", "timeout", "blocking"]
SENDS = st.lists(st.tuples(st.integers(1, 25), st.sampled_from(MODES)), max_size=6)


@pytest.mark.parametrize("quota", [1, 4, QUOTA])
@given(
    sends=SENDS,
    steps=STEPS,
    moments=MOMENTS,
    adopted=st.booleans(),
    outbound=st.sampled_from([None, 0, 3, 13]),
    counted_from=st.sampled_from(["InboundQuota", "OutboundQuota"]),
)
def test_what_is_said_to_be_sent_is_what_arrives(
    backend: dict[str, ModuleType],
    make: Make,
    quota: int,
    sends: list[tuple[int, str]],
    steps: list[tuple[str, int]],
    moments: list[int],
    adopted: bool,
    outbound: int | None,
    counted_from: str,
) -> None:
    """The reader goes on between any two of our calls."""
    windows = make(quota, outbound=outbound)
    windows.counted_from = counted_from
    reader = Reader(windows, steps)
    with new_sender(backend, adopted=adopted) as sender:
        sent, most = send_beside(sender, reader, sends, moments)
        assert reader.all_received() == sent == most
        assert not sender._handle.is_cut_short


@pytest.mark.parametrize(
    ("first", "second", "reads"),
    [
        (2, 25, [("CancelIoEx", 1)] * 8 + [("CancelIoEx", QUOTA + 1)]),
        (QUOTA, QUOTA, [("WriteFile", 1), ("CancelIoEx", QUOTA + 1)]),
    ],
)
def test_a_reader_of_single_bytes_beside_a_send_that_is_taken_back(
    backend: dict[str, ModuleType],
    make: Make,
    first: int,
    second: int,
    reads: list[tuple[str, int]],
) -> None:
    """A byte that went into a full pipe does not show that the pipe was empty."""
    windows = make(QUOTA)
    received: list[bytes] = []
    left = list(reads)

    def read_before(function: str) -> None:
        if left and left[0][0] == function:
            received.append(windows.read(left.pop(0)[1]))

    with new_sender(backend) as sender:
        sender.set_nonblocking(True)
        assert sender.send(b"x" * first) == first
        windows.before = read_before
        sent = sent_of(sender, b"y" * second)
        received.append(read_all(windows))
        assert b"".join(received) == b"x" * first + b"y" * sent


@given(
    sends=SENDS,
    steps=st.lists(st.one_of(STEP, st.tuples(st.just("write"), st.integers(1, 12))), max_size=25),
    moments=MOMENTS,
    quota=st.sampled_from([1, 4, QUOTA, 40]),
)
def test_beside_another_process_that_sends_what_is_said_is_the_least(
    backend: dict[str, ModuleType],
    make: Make,
    sends: list[tuple[int, str]],
    steps: list[tuple[str, int]],
    moments: list[int],
    quota: int,
) -> None:
    """And after a gap, nothing is sent."""
    windows = make(quota)
    windows.client_handles = 2
    reader = Reader(windows, steps)
    with new_sender(backend, adopted=True) as sender:
        least, most = send_beside(sender, reader, sends, moments)
        received = reader.all_received().replace(OTHERS, b"")
        assert received.startswith(least)
        assert most.startswith(received)


@given(sends=st.lists(st.integers(1, 25), max_size=6), steps=STEPS)
def test_without_a_buffer_what_is_said_is_the_least(
    backend: dict[str, ModuleType],
    make: Make,
    sends: list[int],
    steps: list[tuple[str, int]],
) -> None:
    windows = make(0)
    reader = Reader(windows, steps)
    whole = bytearray()
    least = 0
    with new_sender(backend) as sender:
        sender.set_timeout(0.25)
        for number, size in enumerate(sends):
            data = bytes([number]) * size
            whole += data
            try:
                sent = sent_of(sender, data)
            except BrokenPipeError:
                break  # After a gap nothing is sent.
            least += sent
            if sent < size and not sender._handle.is_cut_short:
                # Exactly that much was sent, and the peer continues with the next part.
                del whole[least:]
        received = reader.all_received()
    assert len(received) >= least
    assert whole.startswith(received)


@given(
    sizes=st.lists(st.integers(0, 40), max_size=6),
    quota=st.one_of(st.none(), st.integers(0, 30)),
    gives_up=st.integers(0, 8),
)
def test_messages_are_whole_or_refused(
    backend: dict[str, ModuleType],
    make: Make,
    sizes: list[int],
    quota: int | None,
    gives_up: int,
) -> None:
    """Senders of what the pipe's buffer does not take give up between any two of our calls."""
    messages, calls = backend["named_pipe._messages"], backend["_calls.pipes"]
    windows = make(QUOTA, is_message=True)
    server = backend["_pipe.end"].PipeHandle(SERVER)
    requests: list[model.Request] = []
    looks = iter(range(1000))
    peek = calls.peek_named_pipe

    def look(handle: int) -> Any:
        if next(looks) == gives_up:
            for request in requests:
                windows.pipe.cancel(request)
        return peek(handle)

    sent = [bytes([number + 1]) * size for number, size in enumerate(sizes)]
    received: list[bytes] = []
    with pytest.MonkeyPatch.context() as patched, closing(server):
        patched.setattr(calls, "peek_named_pipe", look)
        patched.setattr(messages, "FIRST_SIZE", 7)
        for message in sent:
            requests.append(model.Request())
            windows.pipe.write(False, message, requests[-1])
        while windows.pipe.inbound.state is model.State.WRITES:
            try:
                received.append(messages.receive_message(server, 0.0, quota))
            except TimeoutError:
                break  # All that was left had been given up.
            except messages.MessageTooLongError as error:
                received.append(error.partial)
            except OSError as error:
                if error.errno != errno.EBADMSG:
                    raise
    expected = iter(sent if quota is None else [message[:quota] for message in sent])
    # In order, each whole or not at all, and none of the pieces of two.
    assert all(message in expected for message in received)
