"""The engine under every call: interrupts, deadlines, closing meanwhile, nothing lost."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

import pytest

from interprocess.local_socket import Stream, connect, listen, pair
from interprocess.os.windows import _calls
from interprocess.os.windows._handle import operation as _operation
from interprocess.os.windows._handle.handle import Handle
from interprocess.os.windows._handle.operation import Operation
from interprocess.os.windows._pipe.making import RECEIVES, SENDS, connected_pair
from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeStream
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE, CallsInProgress, Running
from tests.windows.pipes import PATIENTLY, connected, interrupt_after, made, unique_path

assert sys.platform == "win32"

#: More than any pipe takes.
MUCH = 1 << 20


def test_ctrl_c_ends_receiving_and_nothing_is_lost() -> None:
    first, second = pair()
    with first, second:
        with interrupt_after(0.1):
            second.recv(10)
        first.send(b"still there")
        assert second.recv(100) == b"still there"


def test_ctrl_c_ends_receiving_with_a_long_timeout() -> None:
    first, second = pair()
    with first, second:
        second.set_recv_timeout(PATIENCE)
        with interrupt_after(0.1):
            second.recv(10)


def test_ctrl_c_ends_sending() -> None:
    sender, recver = pipe()
    with sender, recver, interrupt_after(0.1):
        sender.send_all(bytes(MUCH))


def test_ctrl_c_ends_accepting() -> None:
    with PipeListenerOptions(unique_path()).create_duplex() as listener:
        with interrupt_after(0.1):
            listener.accept()
        with PipeStream.connect_by_path(listener.options.path), listener.accept(PATIENCE):
            pass


def test_ctrl_c_ends_connecting_to_a_busy_pipe() -> None:
    options = PipeListenerOptions(unique_path(), instance_limit=1)
    with options.create_duplex() as listener:
        with PipeStream.connect_by_path(options.path), listener.accept(), interrupt_after(0.1):
            PipeStream.connect_by_path(options.path)


def test_ctrl_c_ends_flushing() -> None:
    with connected() as (server, client):
        server.send(b"unread")
        with interrupt_after(0.1):
            server.flush()
        assert client.recv(10) == b"unread"


def test_reading_and_writing_at_once_do_not_wait_for_each_other() -> None:
    # On a synchronous handle, the write waits for the read to end, and nothing ends that.
    first, second = pair()
    with first, second:
        receiving = Running(lambda: first.recv(10))
        assert receiving.is_waiting()
        sending = Running(lambda: first.send(b"question"))
        assert sending.result() == 8
        assert second.recv(10) == b"question"
        second.send(b"answer")
        assert receiving.result() == b"answer"


@pytest.mark.parametrize("timeout", [None, PATIENCE])
@pytest.mark.parametrize(
    "call",
    [lambda stream: stream.recv(10), lambda stream: stream.send_all(bytes(MUCH))],
    ids=["recv", "send_all"],
)
def test_closing_wakes_at_once(call: Callable[[Stream], object], timeout: float | None) -> None:
    first, second = pair()
    with first, second:
        first.set_recv_timeout(timeout)
        first.set_send_timeout(timeout)
        waiting = Running(lambda: call(first))
        assert waiting.is_waiting()
        began = time.monotonic()
        first._handle.dirty = False
        first.close()
        with pytest.raises(ValueError, match="closed"):
            waiting.result()
        assert time.monotonic() - began < 5


def test_closing_leaves_a_clones_calls_alone() -> None:
    first, second = pair()
    with first, second, first.try_clone() as clone:
        waiting = Running(lambda: clone.recv(10))
        assert waiting.is_waiting()
        first.close()
        assert waiting.is_waiting()
        second.send(b"x")
        assert waiting.result() == b"x"


def test_closing_leaves_the_other_halfs_calls_alone() -> None:
    first, second = pair()
    recv_half, send_half = first.split()
    with second, recv_half, send_half:
        waiting = Running(lambda: recv_half.recv(10))
        assert waiting.is_waiting()
        send_half.close()
        assert waiting.is_waiting()
        second.send(b"x")
        assert waiting.result() == b"x"


def test_closing_while_calls_begin() -> None:
    for _ in range(30):
        first, second = pair()
        with second:
            barrier = threading.Barrier(3)

            def receive(stream: Stream = first, barrier: threading.Barrier = barrier) -> None:
                barrier.wait()
                with pytest.raises(ValueError, match="closed"):
                    stream.recv(1)

            threads = [Running(receive) for _ in range(2)]
            barrier.wait()
            first.close()
            for thread in threads:
                thread.result()


def test_the_last_call_to_leave_closes_the_handle() -> None:
    pipe_end, client = connected_pair(RECEIVES | SENDS)
    server = pipe_end.detach()
    handle = Handle(server)
    closed_inside: list[bool] = []

    def use(value: int) -> None:
        handle.close()
        closed_inside.append(not is_open(value))

    handle.perform(use)
    assert closed_inside == [False]
    assert not is_open(server)
    client.close()


def is_open(value: int) -> bool:
    try:
        return _calls.is_pipe(value)
    except OSError:
        return False


def test_a_receive_that_timed_out_took_nothing() -> None:
    first, second = pair()
    with first, second:
        second.set_recv_timeout(0.001)
        received = bytearray()
        sending = Running(lambda: [first.send(b"x") for _ in range(200)])
        deadline = time.monotonic() + PATIENCE
        while len(received) < 200 and time.monotonic() < deadline:
            try:
                received += second.recv(7)
            except TimeoutError:
                pass
        sending.result()
        assert received == b"x" * 200


def test_a_send_that_timed_out_sent_exactly_what_it_says() -> None:
    sender, recver = pipe()
    data = bytes(range(256)) * (MUCH // 256)
    with recver:
        received = bytearray()

        def receive() -> None:
            while chunk := recver.recv(999):
                received.extend(chunk)
                time.sleep(0.0005)

        receiving = Running(receive)
        sent = 0
        sender.set_timeout(0.01)
        with sender:
            while sent < MUCH // 4:
                try:
                    sent += sender.send(data[sent : sent + 300_000])
                except TimeoutError:
                    pass
        receiving.result()
        assert len(received) == sent
        assert received == data[:sent]


def test_a_nonblocking_send_sent_exactly_what_it_says() -> None:
    sender, recver = pipe()
    with sender, recver:
        sender.set_nonblocking(True)
        with pytest.raises(BlockingIOError) as caught:
            sender.send_all(bytes(MUCH))
        sent = caught.value.characters_written
        assert sent > 0
        recver.set_nonblocking(True)
        assert recver.recv_exactly(sent) == bytes(sent)
        with pytest.raises(BlockingIOError):
            recver.recv(1)


def test_operations_are_used_again() -> None:
    operation = Operation.take()
    operation.give_back()
    assert Operation.take() is operation
    operation.give_back()


def test_an_operation_in_doubt_is_not_used_again() -> None:
    operation = Operation.take()
    operation.going_on = True
    operation.give_back()
    other = Operation.take()
    assert other is not operation
    _operation._in_doubt.remove(operation)
    operation.going_on = False
    operation.give_back()
    other.give_back()


def test_a_write_of_nothing_is_not_the_end() -> None:
    # Some programs write nothing to a pipe, and readers that take it for the end stop too early.
    with connected() as (server, client):
        receiving = Running(lambda: server.recv(10))
        assert receiving.is_waiting()
        client._handle.write_message(b"", None)
        assert receiving.is_waiting()
        client.send(b"something")
        assert receiving.result() == b"something"


def test_every_error_has_its_number_and_the_path() -> None:
    path = unique_path()
    with pytest.raises(FileNotFoundError) as caught:
        PipeStream.connect_by_path(path, wait_mode=PATIENTLY)
    assert caught.value.winerror == 2
    assert caught.value.filename == path


def test_a_peer_that_left_is_a_broken_pipe() -> None:
    first, second = pair()
    second.close()
    with first:
        assert first.recv(1) == b""
        with pytest.raises(BrokenPipeError) as caught:
            first.send(b"x")
        assert caught.value.winerror == _calls.ERROR_NO_DATA
        first._handle.dirty = False


def test_a_client_sent_away_reads_the_end() -> None:
    with connected() as (server, client):
        from interprocess.os.windows._calls import pipes

        pipes.disconnect_named_pipe(server.handle)
        assert client.recv(1) == b""
        with pytest.raises(BrokenPipeError):
            client.send(b"x")
        client.assume_flushed()


def test_threads_that_end_cancel_nothing_that_matters() -> None:
    # Windows cancels what a thread began when it ends; a listener's waiting must survive that.
    from interprocess.local_socket import Name

    name = Name.unique()
    listener = Running(lambda: listen(name)).result()
    with listener, connect(name) as client, listener.accept(PATIENCE) as stream:
        client.send(b"x")
        assert stream.recv(1) == b"x"


def test_a_call_that_begins_while_we_give_up_does_not_close() -> None:
    first, second = pair()
    with second:
        first._handle.uses = CallsInProgress(lambda: receive_from_closed(first), left=False)
        with Stream(first.detach()) as again:
            second.send_all(b"x")
            assert again.recv(1) == b"x"


def test_closing_while_giving_up_is_refused_still_closes() -> None:
    first, second = pair()
    with second:
        first._handle.uses = CallsInProgress(first._handle.close, left=True)
        with pytest.raises(ValueError, match="inside a call"):
            first.detach()
        assert first.closed
        assert second.recv(1) == b""


def test_an_accept_that_begins_while_a_listener_is_given_up_does_not_close_it() -> None:
    path = unique_path()
    listener = PipeListenerOptions(path).create_duplex()

    def accept() -> None:
        with pytest.raises(ValueError, match="closed"):
            listener.accept()

    listener._server.uses = CallsInProgress(accept, left=False)
    kept = listener.detach()
    _calls.close_handle(made(_calls.duplicate_handle, kept, False))
    _calls.close_handle(kept)


def test_closing_a_listener_while_giving_it_up_is_refused_still_closes() -> None:
    path = unique_path()
    listener = PipeListenerOptions(path).create_duplex()
    listener._server.uses = CallsInProgress(listener.close, left=True)
    with pytest.raises(ValueError, match="inside a call"):
        listener.detach()
    assert listener.closed
    with pytest.raises(FileNotFoundError):
        PipeStream.connect_by_path(path)


def receive_from_closed(stream: Stream) -> None:
    with pytest.raises(ValueError, match="closed"):
        stream.recv(1)
