"""Messages that are longer than the pipe's buffer, and whose senders give up in the midst of them.

The pipe forgets what nobody has read of such a message: Wine's `test_blocking_rw`, and
`NpCancelDataQueueIrp` in ReactOS' named pipe file system.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable

import pytest

from interprocess.os.windows import _pipe_calls
from interprocess.os.windows.named_pipe import MessageTooLongError, PipeStream
from tests.support import PATIENCE, Running
from tests.windows.layers import fail, lay_over_kernel32
from tests.windows.pipes import MESSAGES, connected

assert sys.platform == "win32"

#: A message that no buffer takes.
LONG = 300_000


class Sending:
    """A message that is longer than the buffer, until its sender gives up."""

    def __init__(self, stream: PipeStream) -> None:
        self.stream = stream
        stream.set_send_timeout(0.3)
        self._sending = Running(lambda: stream.send(b"x" * LONG))
        assert self._sending.is_waiting()

    def gives_up(self) -> None:
        with pytest.raises(TimeoutError):
            self._sending.result()
        self.stream.set_send_timeout(None)


def at_the_look(monkeypatch: pytest.MonkeyPatch, before: Callable[[], None]) -> None:
    """Have something happen before the next look at what is left of a message."""
    look = _pipe_calls.peek_named_pipe

    def looked(handle: int) -> tuple[int, int]:
        monkeypatch.setattr(_pipe_calls, "peek_named_pipe", look)
        before()
        return look(handle)

    monkeypatch.setattr(_pipe_calls, "peek_named_pipe", looked)


def after_the_look(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Have something happen between the next look and what is done about it."""
    look = _pipe_calls.peek_named_pipe

    def looked(handle: int) -> tuple[int, int]:
        monkeypatch.setattr(_pipe_calls, "peek_named_pipe", look)
        answer = look(handle)
        happens()
        return answer

    monkeypatch.setattr(_pipe_calls, "peek_named_pipe", looked)


def test_what_is_left_of_a_message_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        sending = Sending(client)
        at_the_look(monkeypatch, before=sending.gives_up)
        with pytest.raises(OSError, match="gave up") as caught:
            server.recv_msg()
        assert caught.value.errno == errno.EBADMSG
        assert caught.value.partial  # type: ignore[attr-defined]
        assert set(caught.value.partial) == {ord("x")}  # type: ignore[attr-defined]
        client.send(b"next")
        assert server.recv_msg() == b"next"


@pytest.mark.parametrize("quota", [None, 1_000_000])
def test_a_sender_that_gives_up_before_the_rest_is_read(
    monkeypatch: pytest.MonkeyPatch, quota: int | None
) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        sending = Sending(client)
        after_the_look(monkeypatch, sending.gives_up)
        receiving = Running(lambda: server.recv_msg(quota=quota))
        with pytest.raises(OSError, match="gave up"):
            receiving.result()
        client.send(b"next")
        assert server.recv_msg() == b"next"


def test_the_next_message_is_not_taken_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        sending = Sending(client)

        def give_up() -> None:
            sending.gives_up()
            client.send(b"next")

        after_the_look(monkeypatch, give_up)
        with pytest.raises(OSError, match="gave up"):
            server.recv_msg()
        client.send(b"last")
        assert server.recv_msg() == b"last"


def test_discarding_what_exceeds_the_quota_leaves_the_next_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        sending = Sending(client)

        def give_up() -> None:
            sending.gives_up()
            client.send(b"next")

        after_the_look(monkeypatch, give_up)
        with pytest.raises((MessageTooLongError, OSError)):
            server.recv_msg(quota=10)
        assert server.recv_msg() == b"next"


def test_a_sender_that_leaves_in_the_midst_of_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        sending = Sending(client)

        def leave() -> None:
            sending.gives_up()
            client.close()

        at_the_look(monkeypatch, before=leave)
        with pytest.raises(OSError, match="gave up"):
            server.recv_msg()
        assert server.recv_msg() is None


def test_a_message_that_waits_for_its_receiver_is_received_whole() -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        client.set_send_timeout(PATIENCE)
        sending = Running(lambda: client.send(b"x" * LONG))
        assert sending.is_waiting()
        assert server.recv_msg() == b"x" * LONG
        assert sending.result() == LONG


def test_an_interrupted_receive_goes_on_with_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        sending = Running(lambda: client.send(b"x" * LONG))
        assert sending.is_waiting()

        def interrupt() -> None:
            raise KeyboardInterrupt

        at_the_look(monkeypatch, before=interrupt)
        with pytest.raises(KeyboardInterrupt):
            server.recv_msg()
        assert server.peek_msg_len() == LONG
        assert server.recv_msg() == b"x" * LONG
        assert sending.result() == LONG


def test_no_read_of_no_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a read leaves a message where it is: `NpReadDataQueue` in ReactOS."""

    def read(real: Callable[..., int], *arguments: object) -> int:
        if arguments[2]:
            return real(*arguments)
        overlapped = arguments[4]
        overlapped.Internal = overlapped.InternalHigh = 0  # type: ignore[attr-defined]
        return 1

    lay_over_kernel32(monkeypatch, ReadFile=read)
    with connected(MESSAGES, MESSAGES) as (server, client):
        for receive in (
            lambda: server.recv_msg(quota=0),
            lambda: server.recv_msg_into(bytearray()),
        ):
            client.send(b"a message")
            with pytest.raises(MessageTooLongError) as caught:
                receive()
            assert (caught.value.partial, caught.value.length) == (b"", 9)
            client.send(b"")
            assert not receive()
            client.send(b"next")
            assert server.recv_msg() == b"next"


def test_a_look_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        sending = Running(lambda: client.send(b"x" * LONG))
        assert sending.is_waiting()
        with monkeypatch.context() as patched:
            lay_over_kernel32(patched, PeekNamedPipe=lambda *_: fail(6))
            with pytest.raises(OSError, match="PeekNamedPipe"):
                server.recv_msg()
        client.close()
        with pytest.raises(ValueError, match="closed"):
            sending.result()
