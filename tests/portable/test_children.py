"""Handing open ends to child processes."""

from __future__ import annotations

import multiprocessing

import pytest

from interprocess.local_socket import Stream, pair
from interprocess.unnamed_pipe import Recver, Sender, pipe, share_with_child
from tests.support import PATIENCE, Running, finish, python

START_METHODS = multiprocessing.get_all_start_methods()


def test_subprocess_gets_a_sender() -> None:
    code = """
import sys
from interprocess.unnamed_pipe import Sender
with Sender(int(sys.argv[1])) as sender:
    sender.send_all(b"from the child")
"""
    sender, recver = pipe()
    with recver:
        with (
            sender,
            share_with_child(sender) as shared,
            python(code, *shared.arguments, **shared.popen_options) as child,
        ):
            finish(child)
        assert recver.recv(100) == b"from the child"
        assert recver.recv(100) == b""


def test_subprocess_gets_a_receiver_that_was_used_here() -> None:
    code = """
import sys
from interprocess.unnamed_pipe import Recver
with Recver(int(sys.argv[1])) as recver:
    print(recver.recv_exactly(9).decode())
"""
    sender, recver = pipe()
    with sender, recver:
        recver.set_timeout(0)
        with pytest.raises(TimeoutError):
            recver.recv(1)
        with (
            share_with_child(recver) as shared,
            python(code, *shared.arguments, **shared.popen_options) as child,
        ):
            sender.send_all(b"from here")
            assert finish(child).strip() == "from here"


def test_subprocess_gets_a_stream() -> None:
    code = """
import sys
from interprocess.local_socket import Stream
with Stream(int(sys.argv[1])) as stream:
    stream.send_all(stream.recv_exactly(4)[::-1])
"""
    ours, theirs = pair()
    with ours:
        with (
            theirs,
            share_with_child(theirs) as shared,
            python(code, *shared.arguments, **shared.popen_options) as child,
        ):
            ours.send_all(b"abcd")
            assert ours.recv_exactly(4) == b"dcba"
            finish(child)
        assert ours.recv(1) == b""


def test_what_a_child_got_outlives_our_closing_in_the_midst_of_a_call() -> None:
    code = """
import sys
from interprocess.local_socket import Stream
with Stream(int(sys.argv[1])) as stream:
    sys.stdin.readline()
    stream.send_all(b"from the child")
"""
    ours, theirs = pair()
    with ours, theirs:
        ours.send_all(b"x")
        assert theirs.recv(1) == b"x"
        with (
            share_with_child(theirs) as shared,
            python(code, *shared.arguments, **shared.popen_options) as child,
        ):
            waiting = Running(lambda: theirs.recv(1))
            assert waiting.is_waiting()
            theirs.close()
            with pytest.raises(ValueError, match="closed"):
                waiting.result()
            assert child.stdin is not None
            child.stdin.write(b"now\n")
            child.stdin.flush()
            assert ours.recv_exactly(14) == b"from the child"
            finish(child)


def test_subprocess_gets_nothing_else() -> None:
    sender, recver = pipe()
    with recver:
        with python("input()") as child:
            sender.close()
            assert recver.recv(1) == b""  # The child would keep the pipe open.
            child.communicate(b"\n")


def test_closed_ends_are_not_shared() -> None:
    sender, recver = pipe()
    sender.close()
    with recver, pytest.raises(ValueError, match="closed"):
        share_with_child(sender)


def answer(recver: Recver, sender: Sender, stream: Stream) -> None:
    with recver, sender, stream:
        sender.send_all(recver.recv_exactly(4)[::-1])
        stream.send_all(stream.recv_exactly(4)[::-1])


@pytest.mark.leaves_handles
@pytest.mark.parametrize("method", START_METHODS)
def test_multiprocessing_gets_ends(method: str) -> None:
    context = multiprocessing.get_context(method)
    ours_to_theirs, to_receive = pipe()
    to_send, theirs_to_ours = pipe()
    ours, theirs = pair()
    with ours_to_theirs, theirs_to_ours, ours:
        with to_receive, to_send, theirs:
            process = context.Process(  # type: ignore[attr-defined]  # every context has it
                target=answer, args=(to_receive, to_send, theirs)
            )
            process.start()
        ours_to_theirs.send_all(b"abcd")
        assert theirs_to_ours.recv_exactly(4) == b"dcba"
        ours.send_all(b"1234")
        assert ours.recv_exactly(4) == b"4321"
        process.join(PATIENCE)
        assert process.exitcode == 0
        process.close()
