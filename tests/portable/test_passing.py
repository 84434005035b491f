"""Open objects that are handed to another process, and to this one."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.errors import IncompleteReadError, UnexpectedObjectError
from interprocess.local_socket import (
    Listener,
    Name,
    Stream,
    connect,
    listen,
    pair,
    recv_object,
    send_object,
)
from interprocess.unnamed_pipe import Recver, Sender, pipe
from tests.portable.cut_objects import begin
from tests.support import PATIENCE, Running, finish, open_handles, python, unique

pytestmark = pytest.mark.skipif(
    sys.platform != "win32" and not capabilities.available("send_fds"),
    reason="no descriptors travel here",
)

CHILD = """if True:
    import io, sys
    from interprocess.local_socket import Listener, Stream, connect, recv_object, send_object
    from interprocess.unnamed_pipe import Recver, Sender
    with connect(sys.argv[1]) as control:
"""


@pytest.fixture
def ends() -> Iterator[tuple[Stream, Stream]]:
    first, second = pair()
    first.set_recv_timeout(PATIENCE)
    second.set_recv_timeout(PATIENCE)
    before = open_handles()
    with first, second:
        yield first, second
        assert open_handles() <= before


def hand_over(ends: tuple[Stream, Stream], thing: Any) -> Any:
    """Hand something over, to this process itself."""
    send_object(ends[0], thing)
    return recv_object(ends[1])


def test_a_stream(ends: tuple[Stream, Stream]) -> None:
    one, other = pair()
    with other:
        with one:
            new = hand_over(ends, one)
            assert type(new) is Stream
        with new:
            new.set_recv_timeout(PATIENCE)
            new.send_all(b"there")
            assert other.recv(10) == b"there"
            other.send_all(b"back")
            assert new.recv(10) == b"back"
        assert other.recv(1) == b""


def test_the_ends_of_a_pipe(ends: tuple[Stream, Stream]) -> None:
    sender, recver = pipe()
    with sender, recver:
        new_sender, new_recver = hand_over(ends, sender), hand_over(ends, recver)
    assert (type(new_sender), type(new_recver)) == (Sender, Recver)
    with new_recver:
        with new_sender:
            new_sender.send_all(b"through")
            assert new_recver.recv(10) == b"through"
        assert new_recver.recv(10) == b""


def test_a_listener(ends: tuple[Stream, Stream], name: Name) -> None:
    with listen(name) as listener:
        new = hand_over(ends, listener)
        assert type(new) is Listener
        listener.keep_name()
    with new, connect(name) as client:
        with new.accept(timeout=PATIENCE) as stream:
            stream.send_all(b"welcome")
            assert client.recv(10) == b"welcome"
        with connect(name), new.accept(timeout=PATIENCE):
            pass
        new.reclaim_name_on_drop()


@pytest.mark.parametrize("mode", ["wb", "w+b", "w"])
def test_a_file_to_write(ends: tuple[Stream, Stream], tmp_path: Path, mode: str) -> None:
    path = tmp_path / "file"
    with path.open(mode) as file:
        file.write("by the sender, " if mode == "w" else b"by the sender, ")
        with hand_over(ends, file) as new:
            assert type(new) is (io.BufferedRandom if "+" in mode else io.BufferedWriter)
            new.write(b"by the receiver")
    assert path.read_bytes() == b"by the sender, by the receiver"


@pytest.mark.parametrize("mode", ["rb", "r", "r+b"])
def test_a_file_to_read(ends: tuple[Stream, Stream], tmp_path: Path, mode: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"first\nsecond\n")
    with path.open(mode) as file:
        assert len(file.readline()) == 6
        with hand_over(ends, file) as new:
            assert type(new) is (io.BufferedRandom if "+" in mode else io.BufferedReader)
            assert new.read() == b"second\n"
            assert not new.writable() or mode == "r+b"


def test_the_kind_that_is_wanted(ends: tuple[Stream, Stream], tmp_path: Path) -> None:
    first, second = ends
    sender, recver = pipe()
    with sender, recver:
        send_object(first, sender)
        recv_object(second, Sender).close()
        send_object(first, sender)
        recv_object(second, (Stream, Sender)).close()
        for wanted in (Recver, Stream, Listener, io.BufferedIOBase):
            send_object(first, sender)
            with pytest.raises(UnexpectedObjectError, match="a sender, which was not asked for"):
                recv_object(second, wanted)
        with (tmp_path / "file").open("wb") as file:
            send_object(first, file)
            recv_object(second, io.BufferedIOBase).close()


def test_what_is_sent_stays_open(ends: tuple[Stream, Stream]) -> None:
    sender, recver = pipe()
    with recver:
        with sender:
            hand_over(ends, sender).close()
            sender.send_all(b"still")
            assert recver.recv(10) == b"still"
        assert recver.recv(10) == b""


def test_bytes_go_before_and_after(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    sender, recver = pipe()
    with sender, recver:
        first.send_all(b"before")
        send_object(first, sender)
        first.send_all(b"after")
        send_object(first, recver)
    assert second.recv_exactly(6) == b"before"
    recv_object(second, Sender).close()
    assert second.recv_exactly(5) == b"after"
    recv_object(second, Recver).close()


def test_what_cannot_be_handed_over(ends: tuple[Stream, Stream]) -> None:
    first, _ = ends
    one, other = pair()
    receiving, sending = one.split()
    with receiving, sending, other:
        for thing in (receiving, sending, 1, None, b"x", io.BytesIO(), object(), "listener"):
            with pytest.raises(TypeError, match="are handed over, not"):
                send_object(first, thing)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="travel over synchronous streams"):
        send_object(io.BytesIO(), first)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="closed"):
        send_object(first, other)
    with listen(Name.unique("closed")) as listener:
        pass
    with pytest.raises(ValueError, match="closed"):
        send_object(first, listener)
    with open(__file__, encoding="utf-8") as file:
        pass
    with pytest.raises(ValueError, match="closed"):
        send_object(first, file)


def test_a_thing_that_another_thread_uses_stays_the_senders(ends: tuple[Stream, Stream]) -> None:
    first, _ = ends
    one, other = pair()
    with one, other:
        receiving = Running(lambda: one.recv(1))
        assert receiving.is_waiting()
        with pytest.raises(ValueError, match="another thread is inside a call"):
            send_object(first, one)
        other.send_all(b"x")
        assert receiving.result() == b"x"


def test_a_peer_that_has_left(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    second.close()
    one, other = pair()
    with one, other:
        with pytest.raises(OSError):  # the systems have each their own
            send_object(first, one)
        one.send_all(b"still ours")
        assert other.recv(10) == b"still ours"
    with pytest.raises(IncompleteReadError):
        recv_object(first)


def test_a_process_that_has_died() -> None:
    name = unique("dying")
    with listen(name) as waiting, python(CHILD + "        control.recv(1)\n", name) as process:
        with waiting.accept(timeout=PATIENCE) as control:
            process.kill()
            process.wait()
            one, other = pair()
            with one, other:
                control.set_recv_timeout(PATIENCE)
                with pytest.raises(IncompleteReadError):
                    recv_object(control)
                with pytest.raises(BrokenPipeError):
                    send_object(control, one)
                one.send_all(b"still ours")
                assert other.recv(10) == b"still ours"


def test_a_timeout(ends: tuple[Stream, Stream]) -> None:
    first, second = ends
    first.set_recv_timeout(0.01)
    with pytest.raises(TimeoutError):
        recv_object(first)
    first.close()  # With what its waits needed.
    second.close()


def test_a_receive_that_was_cut_short_goes_along_with_the_connection() -> None:
    first, stream = pair()
    sender, recver = pipe()
    with first, sender, recver:
        rest = begin(first, sender)
        stream.set_recv_timeout(0)
        with pytest.raises(TimeoutError):
            recv_object(stream)
        recv_half, send_half = stream.split()
        with pytest.raises(TimeoutError):
            recv_object(recv_half)
        stream = Stream.reunite(recv_half, send_half)
        with stream:
            with pytest.raises(TimeoutError):
                recv_object(stream)
            with pytest.raises(ValueError, match="cut short"):
                send_object(first, stream)
            first.send_all(rest)
            with recv_object(stream, Sender) as new:
                new.send_all(b"whole")
            assert recver.recv_exactly(5) == b"whole"
            send_object(first, stream)
            recv_object(stream).close()


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (b"GET / HTTP/1.1", "begins with b'GET '"),
        (b"G", "begins with b'G'"),
        (b"IPOB\2\1\0\0", "version 2"),
        (b"IPOB\1\0\0\0", "kind is 0"),
        (b"IPOB\1\xff\0\0", "kind is 255"),
    ],
)
def test_what_is_no_object(ends: tuple[Stream, Stream], message: bytes, error: str) -> None:
    first, second = ends
    first.send_all(message)
    with pytest.raises(UnexpectedObjectError, match=error):
        recv_object(second)


def test_another_process(name: Name) -> None:
    code = """
        data = recv_object(control, Sender)
        data.send_all(b"through a pipe")
        data.close()
        listener = recv_object(control, Listener)
        listener.reclaim_name_on_drop()
        control.send_all(b"ready")
        with listener, listener.accept(timeout=30) as stream:
            stream.send_all(b"accepted there")
        with recv_object(control, Stream) as stream:
            stream.send_all(b"through a stream")
        with recv_object(control, io.BufferedIOBase) as file:
            control.send_all(file.read())
        file = open(sys.argv[2], "rb")
        send_object(control, file)
        file.close()
        control.recv(1)
    """
    control_name = unique("control")
    with (
        listen(control_name) as waiting,
        python(CHILD + code, control_name, __file__) as process,
    ):
        with waiting.accept(timeout=PATIENCE) as control:
            control.set_recv_timeout(PATIENCE)
            sender, recver = pipe()
            with recver:
                with sender:
                    send_object(control, sender)
                assert recver.recv_exactly(14) == b"through a pipe"
                assert recver.recv(1) == b""
            with listen(name) as listener:
                send_object(control, listener)
                assert control.recv_exactly(5) == b"ready"
                listener.keep_name()
            with connect(name, timeout=PATIENCE) as client:
                assert client.recv_exactly(14) == b"accepted there"
            one, other = pair()
            with other:
                with one:
                    send_object(control, one)
                assert other.recv_exactly(16) == b"through a stream"
            with open(__file__, "rb") as file:
                first = file.readline()
                rest = file.read(10)
                file.seek(len(first))
                send_object(control, file)
                assert control.recv_exactly(10) == rest
                size = Path(__file__).stat().st_size
                control.recv_exactly(size - len(first) - 10)
            with recv_object(control, io.BufferedReader) as file:
                assert file.read() == Path(__file__).read_bytes()
            control.send_all(b".")
            finish(process)
