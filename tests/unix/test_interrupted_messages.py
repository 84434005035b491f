"""Signal handlers that raise during calls of a stream of messages: all arrive whole and once."""

from __future__ import annotations

import random

import pytest

from interprocess.local_socket import pair
from interprocess.messages import Delimiter, Framing, LengthPrefix, MessageStream
from tests.support import Running
from tests.unix.test_interrupted_transfers import Alarm, alarm, most_exact

__all__ = ["alarm"]

#: Some lie in one piece with others, some are longer than what the system keeps.
MESSAGES = [b"%d " % number * random.randrange(1, 60) for number in range(20_000)]
MESSAGES[::500] = [b"long" * 100_000] * len(MESSAGES[::500])

framings = pytest.mark.parametrize("framing", [LengthPrefix(), Delimiter(b"\n")])


def streams(framing: Framing) -> tuple[MessageStream, MessageStream]:
    first, second = pair()
    return MessageStream(first, framing), MessageStream(second, framing)


@most_exact
@framings
def test_an_interrupted_receive_loses_nothing(alarm: Alarm, framing: Framing) -> None:
    sender, receiver = streams(framing)

    def send() -> None:
        with sender:
            sender.send_many(MESSAGES)

    got: list[bytes | None] = []

    def receive() -> None:
        nonlocal got
        while not got or got[-1] is not None:
            # An operator, so that no handler runs between getting a result and storing it.
            got += [receiver.recv()]

    with receiver:
        sending = Running(send)
        alarm.until_done(receive)
        sending.result()
    assert got == [*MESSAGES, None]
    assert alarm.raised > 10


@most_exact
@framings
def test_an_interrupted_send_says_what_the_stream_has_taken(alarm: Alarm, framing: Framing) -> None:
    sender, receiver = streams(framing)
    left = MESSAGES

    def send() -> None:
        nonlocal left
        while left:
            try:
                sender.send_many(left[:200])
                left = left[200:]
            except BaseException as error:
                left = left[getattr(error, "messages_taken", 0) :]
                raise

    receiving = Running(lambda: [*receiver])
    with receiver:
        with sender:
            alarm.until_done(send)
            sender.flush()
        assert receiving.result() == MESSAGES
    assert alarm.raised > 10


@most_exact
def test_a_single_send_says_whether_the_stream_has_taken_it(alarm: Alarm) -> None:
    sender, receiver = streams(LengthPrefix())
    left = MESSAGES[:5000]

    def send() -> None:
        nonlocal left
        while left:
            try:
                sender.send(left[0])
                left = left[1:]
            except BaseException as error:
                left = left[getattr(error, "messages_taken", 0) :]
                raise

    receiving = Running(lambda: [*receiver])
    with receiver:
        with sender:
            alarm.until_done(send)
            sender.flush()
        assert receiving.result() == MESSAGES[:5000]
    assert alarm.raised > 10
