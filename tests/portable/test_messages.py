"""Streams of messages deliver each message whole and once; limits; bytes that are no messages."""

from __future__ import annotations

import copy
import pickle
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess.errors import UnsupportedError
from interprocess.local_socket import pair
from interprocess.messages import (
    Delimiter,
    Framing,
    FramingError,
    LengthPrefix,
    MessageStream,
    MessageTooLongError,
    MultiprocessingFraming,
)
from interprocess.unnamed_pipe import pipe
from tests.portable.framings import FRAMINGS, framings, streams
from tests.portable.streams import REFUSALS, forbid_waiting
from tests.support import Running

#: Those that all of the framings can carry.
MESSAGES = [b"", b"one", b"a", b"", b"aa", b"two" * 50, b"\r"]

#: More than any system buffers for a reader.
MUCH = 1 << 20

contents = st.lists(st.binary(max_size=200), max_size=20)


def arrived(receiver: Any, refusal: type[OSError]) -> list[bytes]:
    """Receive all that is there, without waiting."""
    got = []
    try:
        while True:
            got.append(receiver.recv())
    except refusal:
        return got


def may_carry(framing: Framing, message: bytes) -> bool:
    if not isinstance(framing, Delimiter):
        return True
    delimiter = framing.delimiter
    return (message + delimiter).find(delimiter) == len(message)


@framings
def test_messages_arrive_as_they_were_sent(framing: Framing) -> None:
    sender, receiver = streams(framing)
    with receiver:
        with sender:
            for message in MESSAGES:
                sender.send(message)
            sender.send_many(MESSAGES)
        assert [*receiver] == MESSAGES * 2
        assert receiver.recv() is None
        assert receiver.recv() is None


@framings
def test_any_bytes_like_object_is_a_message(framing: Framing) -> None:
    sender, receiver = streams(framing)
    with sender, receiver:
        words = memoryview(bytearray(b"twelve bytes")).cast("I")
        sender.send(words)
        sender.send_many([bytearray(b"x"), memoryview(b"-y-z-")[::2][:0].tobytes(), words])
        assert [receiver.recv() for _ in range(4)] == [b"twelve bytes", b"x", b"", b"twelve bytes"]
        for nothing in ("text", None, 3):
            with pytest.raises(TypeError):
                sender.send(nothing)


@pytest.mark.parametrize("how", REFUSALS)
@framings
def test_a_message_that_comes_byte_by_byte_is_received_once(framing: Framing, how: str) -> None:
    sender, receiver = streams(framing)
    with sender, receiver:
        forbid_waiting(receiver.stream, how)
        got = []
        for message in MESSAGES:
            data = framing.encode(message)
            for number in range(len(data)):
                assert not receiver.pending
                with pytest.raises(REFUSALS[how]):
                    receiver.recv()
                sender.stream.send_all(data[number : number + 1])
            got.append(receiver.recv())
        assert got == MESSAGES


@framings
def test_a_stream_that_is_cut_anywhere_gives_whole_messages(framing: Framing) -> None:
    data = b"".join(map(framing.encode, MESSAGES))
    for cut in range(len(data) + 1):
        sender, receiver = streams(framing)
        with receiver:
            with sender:
                sender.stream.send_all(data[:cut])
                forbid_waiting(receiver.stream, "timeout")
                early = arrived(receiver, TimeoutError)
                sender.stream.send_all(data[cut:])
            assert [*early, *receiver] == MESSAGES


@given(messages=contents, cuts=st.lists(st.integers(0, 3000)), which=st.sampled_from(FRAMINGS))
def test_pieces_of_any_size(messages: list[bytes], cuts: list[int], which: Framing) -> None:
    messages = [message for message in messages if may_carry(which, message)]
    data = b"".join(map(which.encode, messages))
    sender, receiver = streams(which)
    forbid_waiting(receiver.stream, "timeout")
    got: list[Any] = []
    with receiver:
        with sender:
            places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
            for begin, end in zip(places, places[1:]):
                sender.stream.send_all(data[begin:end])
                got += arrived(receiver, TimeoutError)
        assert [*got, *receiver] == messages


@pytest.mark.parametrize("framing", [LengthPrefix(), Delimiter(b"\0"), MultiprocessingFraming()])
def test_long_messages(framing: Framing) -> None:
    sender, receiver = streams(framing)
    messages = [b"x" * 100_000, b"", b"y" * MUCH, b"z", b"w" * 33_000] * 2
    with sender, receiver:
        for send in (lambda: sender.send_many(messages), lambda: [*map(sender.send, messages)]):
            sending = Running(send)
            for message in messages:
                assert receiver.recv() == message
            sending.result()


@pytest.mark.parametrize("how", REFUSALS)
@given(sizes=st.lists(st.integers(0, 90_000), min_size=1, max_size=40))
def test_a_send_that_is_cut_short_goes_on(how: str, sizes: list[int]) -> None:
    sender, receiver = streams(LengthPrefix())
    left = [bytes([number % 256]) * size for number, size in enumerate(sizes)]
    messages = [*left]
    got: list[Any] = []
    with sender, receiver:
        forbid_waiting(sender.stream, how)
        forbid_waiting(receiver.stream, how)
        while len(got) < len(messages):
            try:
                sender.send_many(left[:2])
                del left[:2]
                if left:
                    sender.send(left[0])
                    del left[0]
                sender.flush()
            except REFUSALS[how] as error:
                del left[: getattr(error, "messages_taken", 0)]
            got += arrived(receiver, REFUSALS[how])
    assert got == messages


def test_a_send_says_whether_the_stream_has_taken_the_message() -> None:
    sender, receiver = streams(LengthPrefix())
    with sender, receiver:
        sender.stream.set_send_timeout(0)
        with pytest.raises(TimeoutError) as raised:
            sender.send(bytes(16 * MUCH))
        assert raised.value.messages_taken == 1  # type: ignore[attr-defined]
        with pytest.raises(TimeoutError) as raised:
            sender.send(b"not taken")
        assert raised.value.messages_taken == 0  # type: ignore[attr-defined]
        receiving = Running(lambda: [receiver.recv(), receiver.recv()])
        sender.stream.set_send_timeout(None)
        sender.send(b"next")
        assert receiving.result() == [bytes(16 * MUCH), b"next"]


def test_an_error_of_the_iterable_keeps_what_it_gave() -> None:
    def messages() -> Any:
        yield b"one"
        yield b"two"
        raise LookupError

    sender, receiver = streams(LengthPrefix())
    with sender, receiver:
        with pytest.raises(LookupError) as raised:
            sender.send_many(messages())
        assert raised.value.messages_taken == 2  # type: ignore[attr-defined]
        sender.send(b"three")
        assert [receiver.recv() for _ in range(3)] == [b"one", b"two", b"three"]


def test_many_messages_are_one_system_call(monkeypatch: pytest.MonkeyPatch) -> None:
    sender, receiver = streams(LengthPrefix())
    calls: list[str] = []

    def counted(verb: Any) -> Any:
        def call(*arguments: Any) -> Any:
            calls.append(verb.__name__)
            return verb(*arguments)

        return call

    with sender, receiver:
        monkeypatch.setattr(type(sender.stream), "_send", counted(type(sender.stream)._send))
        monkeypatch.setattr(type(sender.stream), "_receive", counted(type(sender.stream)._receive))
        sender.send_many([b"x" * 60] * 100)
        assert [receiver.recv() for _ in range(100)] == [b"x" * 60] * 100
        assert calls == ["_send", "_receive"]


def test_ends_that_have_one_direction() -> None:
    sender, recver = pipe()
    with (
        MessageStream(sender, LengthPrefix()) as out,
        MessageStream(recver, LengthPrefix()) as into,
    ):
        out.send(b"x")
        out.send_many([b"y"])
        assert [into.recv(), into.recv()] == [b"x", b"y"]
        with pytest.raises(UnsupportedError, match="only sends"):
            out.recv()
        for call in (partial(into.send, b"x"), partial(into.send_many, [b"x"]), into.flush):
            with pytest.raises(UnsupportedError, match="only receives"):
                call()


def test_halves_of_one_stream() -> None:
    first, second = pair()
    recv_half, send_half = first.split()
    framing = LengthPrefix(2)
    with MessageStream(recv_half, framing) as into, MessageStream(send_half, framing) as out:
        with MessageStream(second, framing) as other:
            out.send(b"x")
            assert other.recv() == b"x"
            other.send(b"y")
            assert into.recv() == b"y"


# The objects


def test_framings_are_values() -> None:
    for framing in FRAMINGS:
        for same in (copy.copy(framing), pickle.loads(pickle.dumps(framing)), framing.replace()):
            assert same == framing
            assert hash(same) == hash(framing)
        assert framing.replace(max_size=3) != framing
        with pytest.raises(AttributeError, match="frozen"):
            framing.max_size = 3
    assert repr(LengthPrefix(2)) == "LengthPrefix(width=2, byteorder='big', max_size=16777216)"
    for wrong in (0, 3, 16, "4"):
        with pytest.raises(ValueError, match="width"):
            LengthPrefix(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="byteorder"):
        LengthPrefix(4, "middle")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="delimiter"):
        Delimiter(b"")
    with pytest.raises(TypeError, match="delimiter"):
        Delimiter("\n")  # type: ignore[arg-type]


def test_errors_can_be_pickled() -> None:
    for error in (MessageTooLongError(5, 3, b"xy"), FramingError("odd", b"xy")):
        again = pickle.loads(pickle.dumps(error))
        assert str(again) == str(error)
        assert vars(again) == vars(error)


def test_what_is_no_stream_and_no_framing() -> None:
    first, second = pair()
    with first, second:
        with pytest.raises(TypeError, match="framing"):
            MessageStream(first, "big")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="stream"):
            MessageStream(3, LengthPrefix())


def test_closing() -> None:
    sender, receiver = streams(LengthPrefix())
    with receiver:
        with sender:
            assert not sender.closed
            sender.send_many([b"x", b"y"])
            assert receiver.recv() == b"x"
            assert receiver.pending
            assert repr(sender.framing) in repr(sender)
        assert sender.closed
        assert sender.stream.closed
        sender.close()
        for call in (sender.recv, lambda: sender.send(b"x"), lambda: sender.send_many([b"x"])):
            with pytest.raises(ValueError, match="closed"):
                call()
        receiver.close()
        with pytest.raises(ValueError, match="closed"):
            receiver.recv()


def test_closing_ends_a_receive_of_another_thread() -> None:
    sender, receiver = streams(LengthPrefix())
    with sender, receiver:
        receiving = Running(receiver.recv)
        assert receiving.is_waiting()
        receiver.close()
        with pytest.raises(ValueError, match="closed"):
            receiving.result()
