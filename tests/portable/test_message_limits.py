"""Limits on the memory a peer can make a stream of messages use, and bytes that are no messages."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from interprocess.errors import IncompleteReadError
from interprocess.messages import (
    Delimiter,
    Framing,
    FramingError,
    LengthPrefix,
    MessageTooLongError,
    MultiprocessingFraming,
)
from tests.portable.framings import FRAMINGS, framings, streams
from tests.support import Running


@pytest.mark.parametrize(
    ("framing", "data", "length"),
    [
        (LengthPrefix(1, max_size=10), b"\x0b", 11),
        (LengthPrefix(2, max_size=10), b"\x00\x0b", 11),
        (LengthPrefix(4, max_size=10), b"\xff\xff\xff\xff", 2**32 - 1),
        (LengthPrefix(8), b"\x80" + bytes(7), 2**63),
        (LengthPrefix(8, "little"), b"\xff" * 8, 2**64 - 1),
        (MultiprocessingFraming(max_size=10), b"\0\0\0\x0b", 11),
        (MultiprocessingFraming(), b"\x7f\xff\xff\xff", 2**31 - 1),
        (MultiprocessingFraming(), b"\xff" * 4 + b"\x80" + bytes(7), 2**63),
        (Delimiter(max_size=10), b"x" * 11 + b"\n", 11),
        (Delimiter(max_size=10), b"x" * 11, 11),
    ],
    ids=repr,
)
def test_a_message_over_the_limit(framing: Framing, data: bytes, length: int) -> None:
    for before in ([], [b"fine"], [b"fine", b"", b"too"]):
        sender, receiver = streams(framing)
        with sender, receiver:
            sender.stream.send_all(b"".join(map(framing.encode, before)) + data)
            assert [receiver.recv() for _ in before] == before
            for _ in range(2):
                with pytest.raises(MessageTooLongError) as raised:
                    receiver.recv()
            error = raised.value
            assert error.errno == error.args[0] == errno.EMSGSIZE
            assert error.length == length
            assert error.limit == framing.max_size
            assert error.received == data[:16]
            assert f"{length:,}" in str(error)
            assert f"{framing.max_size:,}" in str(error)


def test_the_limit_itself_is_allowed() -> None:
    for framing in FRAMINGS:
        limited = framing.replace(max_size=10)
        sender, receiver = streams(limited)
        with sender, receiver:
            sender.send_many([b"x" * 10, b"y" * 10])
            assert [receiver.recv(), receiver.recv()] == [b"x" * 10, b"y" * 10]
    with pytest.raises(ValueError, match="max_size"):
        LengthPrefix(max_size=-1)
    with pytest.raises(TypeError, match="max_size"):
        Delimiter(max_size="many")  # type: ignore[arg-type]


def test_a_length_takes_no_memory() -> None:
    sender, receiver = streams(LengthPrefix(8, max_size=1 << 62))
    with sender, receiver:
        receiver.stream.set_recv_timeout(0)
        sender.stream.send_all((1 << 61).to_bytes(8, "big") + bytes(1000))
        tracemalloc = pytest.importorskip("tracemalloc")  # PyPy has none.
        tracemalloc.start()
        try:
            with pytest.raises(TimeoutError):
                receiver.recv()
            assert tracemalloc.get_traced_memory()[1] < 500_000
        finally:
            tracemalloc.stop()


def test_a_delimiter_that_never_comes() -> None:
    sender, receiver = streams(Delimiter(max_size=100_000))
    with receiver, sender:
        sending = Running(lambda: sender.stream.send_all(bytes(150_000)))
        with pytest.raises(MessageTooLongError, match="100,000"):
            receiver.recv()
        receiver.close()
        try:
            sending.result()
        except (BrokenPipeError, ConnectionResetError):
            pass  # It depends on how much the system keeps.


def test_a_negative_length() -> None:
    sender, receiver = streams(MultiprocessingFraming())
    with sender, receiver:
        sender.stream.send_all(b"\xff\xff\xff\xfe")
        with pytest.raises(FramingError, match="-2 bytes") as raised:
            receiver.recv()
        assert raised.value.errno == errno.EBADMSG
        assert raised.value.received == b"\xff\xff\xff\xfe"


def test_a_peer_that_speaks_something_else() -> None:
    sender, receiver = streams(LengthPrefix())
    with sender, receiver:
        sender.stream.send_all(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(MessageTooLongError, match=r"GET / HTTP/1\.1"):
            receiver.recv()


@framings
def test_the_end_within_a_message(framing: Framing) -> None:
    data = framing.encode(b"some text")
    for cut in range(1, len(data)):
        sender, receiver = streams(framing)
        with receiver:
            with sender:
                sender.send(b"whole")
                sender.stream.send_all(data[:cut])
            assert receiver.recv() == b"whole"
            for _ in range(2):
                with pytest.raises(IncompleteReadError) as raised:
                    receiver.recv()
            assert raised.value.partial == data[:cut]
            assert raised.value.expected in (None, len(data))


def test_what_a_framing_cannot_carry() -> None:
    sender, receiver = streams(LengthPrefix(1))
    with sender, receiver:
        with pytest.raises(ValueError, match=r"256 bytes.*allows 255"):
            sender.send(bytes(256))
        with pytest.raises(ValueError, match="256") as raised:
            sender.send_many([b"x", bytes(256)])
        assert raised.value.messages_taken == 1  # type: ignore[attr-defined]
        sender.flush()
        assert receiver.recv() == b"x"
    for message in (b"a\r\nb", b"\r\n", b"a\r\n"):
        with pytest.raises(ValueError, match="delimiter"):
            Delimiter(b"\r\n").encode(message)
    with pytest.raises(ValueError, match="delimiter"):
        Delimiter(b"aab").encode(b"xaaba")


class Wrong(Framing):
    """A framing that finds what cannot be."""

    def encode(self, message: Any, /) -> bytes:
        return bytes(message)

    def measure(self, data: bytearray, start: int, seen: int, /) -> tuple[int, int, int] | None:
        return {
            ord("n"): None,
            ord("b"): (start + 3, start + 1, start + 4),
            ord("s"): (start,) * 3,
        }[data[start]]


def test_framings_that_are_wrong_end_nevertheless() -> None:
    sender, receiver = streams(Wrong(max_size=10))
    with sender, receiver:
        sender.send(b"backwards")
        with pytest.raises(FramingError, match="from byte 3 to 1"):
            receiver.recv()
    sender, receiver = streams(Wrong(max_size=10))
    with sender, receiver:
        sender.send(b"stays")
        with pytest.raises(FramingError):
            receiver.recv()
    sender, receiver = streams(Wrong(max_size=10))
    with sender, receiver:
        sender.send(b"n" * 5000)
        with pytest.raises(MessageTooLongError):
            receiver.recv()
