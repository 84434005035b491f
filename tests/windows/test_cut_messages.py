"""Messages that are longer than the pipe's buffer, and whose senders give up in the midst of them.

The pipe discards the unread rest of such a message: Wine's `test_blocking_rw`, and
`NpCancelDataQueueIrp` in ReactOS' named pipe file system.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable

import pytest

from interprocess.os.windows._calls import pipes
from interprocess.os.windows.named_pipe import MessageTooLongError, PipeStream
from tests.support import Running
from tests.windows.layers import fail, lay_over_kernel32
from tests.windows.pipes import MESSAGES, connected

assert sys.platform == "win32"

#: A message that no buffer takes.
LONG = 300_000


class Sending:
    """Send a message longer than the buffer to a waiting receiver, until the sender gives up.

    The first piece is received at once. BEFORE runs before the receiver queries the rest, AFTER
    runs after it.
    """

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        stream: PipeStream,
        receiving: Running[bytes | None],
        *,
        before: Callable[[Sending], None] = lambda _: None,
        after: Callable[[Sending], None] = lambda _: None,
    ) -> None:
        self.stream = stream
        look = pipes.peek_named_pipe

        def looked(handle: int) -> tuple[int, int]:
            monkeypatch.setattr(pipes, "peek_named_pipe", look)
            before(self)
            answer = look(handle)
            after(self)
            return answer

        assert receiving.is_waiting()
        monkeypatch.setattr(pipes, "peek_named_pipe", looked)
        stream.set_send_timeout(0.5)
        self._sending = Running(lambda: stream.send(b"x" * LONG))

    def gives_up(self) -> None:
        """Wait until the sender has given up."""
        with pytest.raises(TimeoutError):
            self._sending.result()
        self.stream.set_send_timeout(None)

    def sent(self) -> int:
        """Wait until the message is sent, and return its length."""
        return self._sending.result()

    def gives_up_and_goes_on(self) -> None:
        """Wait until the sender has given up, and have it send the next message."""
        self.gives_up()
        self.stream.send(b"next")

    def gives_up_and_leaves(self) -> None:
        """Wait until the sender has given up, and have it leave."""
        self.gives_up()
        self.stream.close()


def test_what_is_left_of_a_message_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        receiving = Running(server.recv_msg)
        Sending(monkeypatch, client, receiving, before=Sending.gives_up)
        with pytest.raises(OSError, match="gave up") as caught:
            receiving.result()
        assert caught.value.errno == errno.EBADMSG
        assert set(caught.value.partial) == {ord("x")}  # type: ignore[attr-defined]
        client.send(b"next")
        assert server.recv_msg() == b"next"


@pytest.mark.parametrize("quota", [None, 10, 1_000_000])
def test_a_sender_that_gives_up_before_the_rest_is_read(
    monkeypatch: pytest.MonkeyPatch, quota: int | None
) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        receiving = Running(lambda: server.recv_msg(quota=quota))
        Sending(monkeypatch, client, receiving, after=Sending.gives_up)
        with pytest.raises(OSError, match=r"gave up|the quota"):
            receiving.result()
        client.send(b"next")
        assert server.recv_msg() == b"next"


def test_the_next_message_is_not_taken_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        receiving = Running(server.recv_msg)
        Sending(monkeypatch, client, receiving, after=Sending.gives_up_and_goes_on)
        with pytest.raises(OSError, match="gave up"):
            receiving.result()
        client.send(b"last")
        assert server.recv_msg() == b"last"


def test_discarding_what_exceeds_the_quota_leaves_the_next_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        receiving = Running(lambda: server.recv_msg(quota=10))
        Sending(monkeypatch, client, receiving, after=Sending.gives_up_and_goes_on)
        with pytest.raises(MessageTooLongError):
            receiving.result()
        assert server.recv_msg() == b"next"


def test_a_sender_that_leaves_in_the_midst_of_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        receiving = Running(server.recv_msg)
        Sending(monkeypatch, client, receiving, before=Sending.gives_up_and_leaves)
        with pytest.raises(OSError, match="gave up"):
            receiving.result()
        assert server.recv_msg() is None


@pytest.mark.parametrize("quota", [None, 10])
def test_a_message_that_is_there_cannot_be_taken_back_in_part(
    monkeypatch: pytest.MonkeyPatch, quota: int | None
) -> None:
    """It is read at once, also what exceeds the quota."""
    reads: list[object] = []

    def read(real: Callable[..., int], *arguments: object) -> int:
        reads.append(arguments[2])
        return real(*arguments)

    with connected(MESSAGES, MESSAGES) as (server, client):
        sending = Running(lambda: client.send(b"x" * LONG))
        assert sending.is_waiting()
        lay_over_kernel32(monkeypatch, ReadFile=read)
        if quota is None:
            assert server.recv_msg() == b"x" * LONG
        else:
            with pytest.raises(MessageTooLongError, match=f"{LONG}"):
                server.recv_msg(quota=quota)
        assert reads == [LONG]
        assert sending.result() == LONG


def test_an_interrupted_receive_goes_on_with_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: Sending) -> None:
        raise KeyboardInterrupt

    with connected(MESSAGES, MESSAGES) as (server, client):
        receiving = Running(server.recv_msg)
        sending = Sending(monkeypatch, client, receiving, before=interrupt)
        with pytest.raises(KeyboardInterrupt):
            receiving.result()
        assert server.peek_msg_len() == LONG
        assert server.recv_msg() == b"x" * LONG
        assert sending.sent() == LONG


def test_no_read_of_no_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a read leaves the message in place: `NpReadDataQueue` in ReactOS."""

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
