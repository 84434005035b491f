"""If a signal handler raises during a transfer, the reported progress is exact."""

from __future__ import annotations

import gc
import random
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from io import RawIOBase
from typing import Any

import pytest

from interprocess import wait
from interprocess.local_socket import Shutdown, Stream, pair
from tests.portable.streams import KINDS, Ends, receive_all, send_and_close, set_timeout
from tests.support import PATIENCE, Running

#: PyPy and CPython 3.9 run signal handlers between any two instructions, ...
exact = pytest.mark.skipif(
    sys.implementation.name != "cpython" or sys.version_info < (3, 10),
    reason="here a signal handler may run between any two instructions",
)
#: ... and CPython 3.10 after the call of any function.
most_exact = pytest.mark.skipif(
    sys.implementation.name != "cpython" or sys.version_info < (3, 11),
    reason="a signal handler may run between a function's return and its caller here",
)

LINES = [b"%07d\n" % number for number in range(100_000)]


class Interrupt(BaseException):
    """Raised by the signal handler."""


class Alarm:
    """A signal handler that raises once each time that it is set."""

    def __init__(self) -> None:
        self.armed = False
        self.raised = 0

    def __call__(self, *_: object) -> None:
        if self.armed:
            self.armed = False
            self.raised += 1
            raise Interrupt

    def set(self, seconds: float) -> None:
        self.armed = True
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def until_done(self, work: Callable[[], object]) -> None:
        """Repeat WORK, which resumes where it was interrupted, until it returns."""
        done = False
        while not done:
            try:
                self.set(random.randrange(1, 300) * 1e-6)
                work()
                done = True
            except Interrupt:
                pass
        self.armed = False


@pytest.fixture
def alarm() -> Iterator[Alarm]:
    alarm = Alarm()
    before = signal.signal(signal.SIGALRM, alarm)
    gc.disable()  # It calls functions of others, in which an exception is a warning and no more.
    yield alarm
    signal.setitimer(signal.ITIMER_REAL, 0)
    gc.enable()
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(params=sorted(KINDS))
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    with KINDS[request.param]() as ends:
        yield ends


@pytest.mark.parametrize("timeout", [pytest.param(None, marks=exact), PATIENCE])
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_send_cut_short_says_how_much_went_out(
    ends: Ends, alarm: Alarm, kind: Callable[[bytes], Any], timeout: float | None
) -> None:
    sender, receiver = ends
    set_timeout(sender, timeout)
    data = random.randbytes(10_000_000)
    for verb in (sender.send_all, sender.write):
        alarm.set(0.05)
        with pytest.raises(Interrupt) as raised:
            verb(kind(data))
        sent = raised.value.characters_written  # type: ignore[attr-defined]  # documented
        assert 0 < sent < len(data)
        assert receiver.recv_exactly(sent) == data[:sent]
        set_timeout(receiver, 0)
        with pytest.raises(TimeoutError):
            receiver.recv(1)
        set_timeout(receiver, None)


@pytest.mark.parametrize("timeout", [None, PATIENCE])
def test_an_exact_receive_cut_short_gives_what_arrived(
    ends: Ends, alarm: Alarm, timeout: float | None
) -> None:
    sender, receiver = ends
    set_timeout(receiver, timeout)
    for size in (10, 100_000, 1 << 30):
        sender.send_all(b"abc")
        alarm.set(0.05)
        with pytest.raises(Interrupt) as raised:
            receiver.recv_exactly(size)
        assert raised.value.partial == b"abc"  # type: ignore[attr-defined]  # documented


@most_exact
@pytest.mark.parametrize("kind", ["stream", "clone"])
def test_exact_receives_and_their_partial_results_are_all_that_was_sent(
    alarm: Alarm, kind: str
) -> None:
    with KINDS[kind]() as (sender, receiver):
        data = b"".join(LINES)
        sending = Running(lambda: sender.send_all(data))
        received: list[bytes] = []
        arrived = 0

        def receive() -> None:
            nonlocal arrived, received
            while arrived < len(data):
                arrived = sum(map(len, received))
                size = (min(1000, len(data) - arrived),)
                try:
                    # An operator, so that no handler runs between getting a result and storing it.
                    received += map(receiver.recv_exactly, size)
                except Interrupt as error:
                    received.append(getattr(error, "partial", b""))
                    raise

        alarm.until_done(receive)
        sending.result()
        assert b"".join(received) == data
        assert alarm.raised > 10


@most_exact
@pytest.mark.parametrize("read", ["recv_exactly", "readall", "unbuffered"])
@pytest.mark.parametrize("busy_poll", [0, 5e-5])
def test_what_comes_in_pieces_is_in_the_partial_results(
    alarm: Alarm, read: str, busy_poll: float
) -> None:
    sender, receiver = pair()
    receiver.set_busy_poll(busy_poll)
    data = b"".join(LINES)
    received: list[bytes] = []
    with sender, receiver, receiver.makefile("rb", buffering=0) as file:
        sending = Running(partial(send_in_pieces, sender, data))
        readall: Any = Stream.readall
        read_file: Any = RawIOBase.read

        def receive() -> None:
            nonlocal received
            while sum(map(len, received)) < len(data):
                size = (min(1000, len(data) - sum(map(len, received))),)
                try:
                    # As in the test above.
                    if read == "recv_exactly":
                        received += map(receiver.recv_exactly, size)
                    elif read == "readall":
                        received += map(readall, (receiver,))
                    else:
                        received += map(read_file, (file,))
                    if not received[-1]:
                        return
                except Interrupt as error:
                    received.append(getattr(error, "partial", b""))
                    raise

        alarm.until_done(receive)
        sending.result()
    assert b"".join(received) == data
    assert alarm.raised > 0


def send_in_pieces(sender: Stream, data: bytes) -> None:
    for start in range(0, len(data), 333):
        sender.send_all(data[start : start + 333])
    sender.shutdown(Shutdown.SEND)


@most_exact
@pytest.mark.parametrize("mode", ["rb", "rwb", "r"])
@pytest.mark.parametrize("read", ["readline", "read", "readinto", "readlines"])
def test_a_file_loses_nothing_to_interrupts(alarm: Alarm, mode: str, read: str) -> None:
    if read == "readinto" and "b" not in mode:
        pytest.skip("text files have no readinto")
    sender, receiver = pair()
    data = b"".join(LINES)
    with sender, receiver, receiver.makefile(mode) as file:
        sending = Running(partial(send_and_close, sender, data))
        calls: dict[str, Callable[[], Any]] = {
            "readline": file.readline,
            "read": partial(file.read, 100),
            "readinto": partial(read_into, file, 100),
            "readlines": partial(file.readlines, 500),
        }
        got: list[Any] = []
        end: Any = [] if read == "readlines" else b"" if "b" in mode else ""
        alarm.until_done(lambda: got.extend(iter(calls[read], end)))
        sending.result()
    if read == "readlines":
        got = [line for lines in got for line in lines]
    whole = type(got[0])().join(got)
    assert (whole.encode() if isinstance(whole, str) else whole) == data
    assert alarm.raised > 0


def read_into(file: Any, size: int) -> bytearray:
    buffer = bytearray(size)
    [count] = map(file.readinto, (buffer,))
    return buffer[:count]


@most_exact
@pytest.mark.parametrize("mode", ["wb", "rwb", "w"])
def test_a_file_writes_nothing_twice_after_interrupts(alarm: Alarm, mode: str) -> None:
    sender, receiver = pair()
    with sender, receiver:
        receiving = Running(lambda: receive_all(receiver))
        written: list[bytes] = []
        with sender.makefile(mode, newline=None if "b" in mode else "\n") as file:
            for size in [1, 10, 1000, 2000, 20_000] * 60:
                start = random.randrange(len(LINES) - size)
                written.append(b"".join(LINES[start : start + size]))
                rest: Any = written[-1] if "b" in mode else written[-1].decode()
                alarm.until_done(Writing(file, rest).go_on)
        sender.close()
        assert receiving.result() == b"".join(written)
        assert alarm.raised > 0


class Writing:
    """Something that is written to a file, by one call after another."""

    def __init__(self, file: Any, rest: Any) -> None:
        self._file = file
        self._rest = rest

    def go_on(self) -> None:
        try:
            [count] = map(self._file.write, (self._rest,))
            self._rest = self._rest[count:]
        except Interrupt as error:
            self._rest = self._rest[getattr(error, "characters_written", 0) :]
            raise


#: The size of what is sent at once over TLS: no divisor of a line's, so that losses show.
TLS_PIECE = 100


@most_exact
def test_tls_sends_each_byte_once(alarm: Alarm) -> None:
    tls = pytest.importorskip("tests.portable.tls")
    sender, receiver = tls.secured_pair()
    data = b"".join(LINES[:40_000])
    with sender, receiver:
        receiving = Running(lambda: receive_all(receiver))
        position = 0

        def send() -> None:
            nonlocal position
            while position < len(data):
                try:
                    # No calls, so that no handler runs between getting a result and recording it.
                    [_] = map(sender.send_all, (data[position : position + TLS_PIECE],))
                    position += TLS_PIECE
                except Interrupt as error:
                    position += getattr(error, "characters_written", 0)
                    raise

        alarm.until_done(send)
        sender.close()
        assert receiving.result() == data
        assert alarm.raised > 10


@most_exact
@pytest.mark.parametrize("piece", [1, TLS_PIECE])
def test_tls_receives_each_byte_once(alarm: Alarm, piece: int) -> None:
    tls = pytest.importorskip("tests.portable.tls")
    sender, receiver = tls.secured_pair()
    data = b"".join(LINES)[: 4_000 * piece]

    def send() -> None:
        for position in range(0, len(data), piece):
            sender.send_all(data[position : position + piece])

    with sender, receiver:
        sending = Running(send)
        received: list[bytes] = []
        arrived = 0

        def receive() -> None:
            nonlocal arrived, received
            while arrived < len(data):
                arrived = sum(map(len, received))
                size = (min(50, len(data) - arrived),)
                try:
                    received += map(receiver.recv_exactly, size)
                except Interrupt as error:
                    received.append(getattr(error, "partial", b""))
                    raise

        alarm.until_done(receive)
        sending.result()
        assert b"".join(received) == data
        assert alarm.raised > 10


@most_exact
def test_waiting_for_tls_loses_nothing(alarm: Alarm) -> None:
    tls = pytest.importorskip("tests.portable.tls")
    sender, receiver = tls.secured_pair()
    data = b"".join(LINES)[:100_000]

    def send() -> None:
        for position in range(0, len(data), TLS_PIECE):
            sender.send_all(data[position : position + TLS_PIECE])

    with sender, receiver:
        sending = Running(send)
        received: list[bytes] = []
        arrived = 0

        def receive() -> None:
            nonlocal arrived, received
            while arrived < len(data):
                arrived = sum(map(len, received))
                size = (min(70, len(data) - arrived),)
                if arrived < len(data):
                    assert wait([receiver], PATIENCE) == [receiver]
                try:
                    received += map(receiver.recv_exactly, size)
                except Interrupt as error:
                    received.append(getattr(error, "partial", b""))
                    raise

        alarm.until_done(receive)
        sending.result()
        assert b"".join(received) == data
        assert alarm.raised > 10
