"""An exception at each point at which CPython runs signal handlers, one after another.

Those points are where a function begins, after the call of a C function, and where a loop jumps
back. `tests.interrupts` raises at the first two. At the third, `except` and `finally` have to be in
force, which is looked up in the compiled code.
"""

from __future__ import annotations

import dis
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from interprocess._interface import buffered_file, byte_stream, text_file, whole
from interprocess.local_socket import pair
from interprocess.messages import LengthPrefix, MessageStream
from tests.interrupts import NEEDS_POINTS, Interrupt, interrupted_once
from tests.portable.streams import KINDS, set_timeout
from tests.support import PATIENCE

pytestmark = NEEDS_POINTS

#: 1,000 lines, of more than what a buffered file reads at once.
LINES = [b"%09d\n" % number for number in range(1000)]
DATA = b"".join(LINES)


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    """It calls finalizers, in which an exception is a warning and no more."""
    gc.disable()
    yield
    gc.enable()


def read_into(read: Callable[[Any], int | None], size: int) -> bytes:
    buffer = bytearray(size)
    return bytes(buffer[: read(buffer) or 0])


READS: dict[str, Callable[[Any], Any]] = {
    "readline": lambda file: file.readline(),
    "readline(7)": lambda file: file.readline(7),
    "read(7)": lambda file: file.read(7),
    "read(9000)": lambda file: file.read(9000),
    "read": lambda file: file.read(),
    "read1": lambda file: file.read1(7),
    "readinto": lambda file: read_into(file.readinto, 9000),
    "readinto1": lambda file: read_into(file.readinto1, 7),
    "readlines(70)": lambda file: file.readlines(70),
    "readlines": lambda file: file.readlines(),
    "next": lambda file: next(file, file.read(0)),
}


@pytest.mark.parametrize("mode", ["rb", "rwb", "r", "rw"])
@pytest.mark.parametrize("read", READS)
def test_a_file_reads_everything_once(mode: str, read: str) -> None:
    binary = "b" in mode
    if not binary and read in ("read1", "readinto", "readinto1"):
        pytest.skip("text files have none")
    for call in interrupted_once(lambda: READS[read](file)):
        sender, receiver = pair()
        with sender, receiver, receiver.makefile(mode, newline=None if binary else "") as file:
            sender.send_all(DATA)
            sender.close()
            got: list[Any] = []
            # The hardest case is data that is almost read when the buffer is filled again.
            ahead = file.read(8185)
            try:
                got.append(call())
            except Interrupt:
                pass
            got.append(file.read())
            if isinstance(got[0], list):
                got[0] = type(ahead)().join(got[0])
            whole = ahead + type(ahead)().join(got)
            assert (whole if binary else whole.encode()) == DATA


@pytest.fixture(params=["stream", "pipe", "tls"])
def ends(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """Functions that create two connected ends, by the kind of stream."""
    if request.param != "tls":
        return KINDS[request.param]
    tls = pytest.importorskip("tests.portable.tls")

    @contextmanager
    def secured() -> Iterator[Any]:
        first, second = tls.secured_pair()
        with first, second:
            yield first, second

    return secured


RECEIVES: dict[str, Callable[[Any], bytes]] = {
    "recv_exactly(7)": lambda end: end.recv_exactly(7),
    "recv_exactly(9000)": lambda end: end.recv_exactly(9000),
    "readall": lambda end: end.readall(),
}


@pytest.mark.parametrize("timeout", [None, PATIENCE], ids=["patient", "timeout"])
@pytest.mark.parametrize("receive", RECEIVES)
def test_what_arrived_is_in_the_result_or_in_the_exception(
    ends: Callable[[], Any], timeout: float | None, receive: str
) -> None:
    for call in interrupted_once(lambda: RECEIVES[receive](receiver)):
        with ends() as (sender, receiver):
            sender.send_all(DATA)
            sender.close()
            set_timeout(receiver, timeout)
            try:
                got = call()
            except Interrupt as interrupt:
                got = getattr(interrupt, "partial", b"")
            assert got + receiver.readall() == DATA


@pytest.mark.parametrize("timeout", [None, PATIENCE], ids=["patient", "timeout"])
@pytest.mark.parametrize("verb", ["send_all", "write"])
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_the_exception_says_how_much_went_out(
    ends: Callable[[], Any], timeout: float | None, verb: str, kind: Callable[[bytes], Any]
) -> None:
    for call in interrupted_once(lambda: getattr(sender, verb)(kind(DATA))):
        with ends() as (sender, receiver):
            set_timeout(sender, timeout)
            try:
                call()
                sent = len(DATA)
            except Interrupt as interrupt:
                sent = getattr(interrupt, "characters_written", 0)
            set_timeout(sender, None)
            sender.send_all(b"end")
            sender.close()
            assert receiver.readall() == DATA[:sent] + b"end"


@pytest.mark.parametrize("mode", ["wb", "rwb", "w"])
@pytest.mark.parametrize("size", [10, 5000, 10_000])
def test_a_file_writes_everything_once(mode: str, size: int) -> None:
    text: Any = DATA if "b" in mode else DATA.decode()
    for call in interrupted_once(lambda: file.write(text[size:])):
        sender, receiver = pair()
        with sender, receiver, sender.makefile(mode, newline=None if "b" in mode else "") as file:
            file.write(text[:size])
            try:
                written = size + call()
            except Interrupt as interrupt:
                written = size + getattr(interrupt, "characters_written", 0)
            file.write(text[written:])
            file.close()
            sender.close()
            assert receiver.readall() == DATA


def test_messages_arrive_whole_and_once(ends: Callable[[], Any]) -> None:
    lines = LINES[:20]
    for call in interrupted_once(lambda: messages.recv()):
        with ends() as (sender, receiver):
            with MessageStream(sender, LengthPrefix()) as sending:
                for line in lines:
                    sending.send(line)
            with MessageStream(receiver, LengthPrefix()) as messages:
                try:
                    got = [call()]
                except Interrupt:
                    got = []
                assert [*got, *messages] == lines


def test_messages_are_sent_whole_or_not_at_all(ends: Callable[[], Any]) -> None:
    for call in interrupted_once(lambda: messages.send(DATA)):
        with ends() as (sender, receiver):
            with MessageStream(sender, LengthPrefix()) as messages:
                try:
                    call()
                except Interrupt:
                    pass
                messages.send(b"next")
            with MessageStream(receiver, LengthPrefix()) as received:
                assert list(received) in ([DATA, b"next"], [b"next"])


@pytest.mark.parametrize(
    "module", [buffered_file, byte_stream, text_file, whole], ids=lambda each: each.__name__
)
def test_a_loop_jumps_back_under_the_same_handler(module: ModuleType) -> None:
    # CPython 3.12 leaves some jumps out: that of `while CONDITION`, and after an `if` at the end.
    path = Path(module.__file__ or "")
    codes: list[CodeType] = [compile(path.read_bytes(), str(path), "exec")]
    unprotected = []
    for code in codes:
        codes += [each for each in code.co_consts if isinstance(each, CodeType)]
        ranges = dis.Bytecode(code).exception_entries  # type: ignore[attr-defined]  # of no type
        for each in dis.get_instructions(code):
            if each.opname == "JUMP_BACKWARD":
                start, end = (
                    [entry.target for entry in ranges if entry.start <= offset < entry.end]
                    for offset in (each.offset, each.argval)
                )
                if start != end:
                    unprotected.append(code.co_name)
    # This one continues after an `except`: the interrupt has already come.
    assert unprotected in ([], ["_transfers"])
