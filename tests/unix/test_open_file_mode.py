"""O_NONBLOCK, which is shared by all users of the open file, is borrowed, checked and restored."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time

import pytest

from interprocess._interface import lifetime
from interprocess.local_socket import Listener, ListenerNonblockingMode, Name, connect, listen
from interprocess.unnamed_pipe import Recver, Sender, pipe, share_with_child
from tests.support import Running


def wait_in_vain(recver: Recver) -> None:
    recver.set_timeout(0.01)
    with pytest.raises(TimeoutError):
        recver.recv(1)


@pytest.mark.parametrize("end", ["close", "detach"])
def test_what_others_share_is_left_as_it_was_found(end: str) -> None:
    out, into = os.pipe()
    sender, recver = Sender(os.dup(into)), Recver(os.dup(out))
    sender.send_all(b"x")
    assert recver.recv(1) == b"x"
    assert not os.get_blocking(out)
    for owner in (sender, recver):
        number = getattr(owner, end)()
        if number is not None:
            os.close(number)
    assert os.get_blocking(out)
    assert os.get_blocking(into)
    os.close(out)
    os.close(into)


def test_the_next_command_of_a_shell_finds_blocking_pipes() -> None:
    ours = "from interprocess.unnamed_pipe import Sender; Sender(1).send_all(b'ours\\n')"
    theirs = "import os; os.write(1, bytes(400_000))"
    command = f'("{sys.executable}" -c "$1"; "{sys.executable}" -c "$2") | (sleep 0.3; wc -c)'
    done = subprocess.run(
        ["sh", "-c", command, "sh", ours, theirs], stdout=subprocess.PIPE, check=True
    )
    assert int(done.stdout) == 400_005


def test_a_mode_that_the_user_chose_stays() -> None:
    out, into = os.pipe()
    with Recver(os.dup(out)) as recver:
        recver.set_nonblocking(True)
        with pytest.raises(BlockingIOError):
            recver.recv(1)
    assert not os.get_blocking(out)
    os.close(out)
    os.close(into)


def test_the_last_clone_gives_it_back() -> None:
    out, into = os.pipe()
    recver = Recver(os.dup(out))
    clone = recver.try_clone()
    wait_in_vain(recver)
    recver.close()
    assert not os.get_blocking(out)  # The clone's calls may be in progress.
    wait_in_vain(clone)
    clone.close()
    assert os.get_blocking(out)
    os.close(out)
    os.close(into)


def test_a_clone_in_another_mode_makes_nobody_wait() -> None:
    sender, recver = pipe()
    with sender, recver, recver.try_clone() as clone:
        wait_in_vain(recver)
        clone.set_nonblocking(False)
        wait_in_vain(recver)
        clone.set_nonblocking(True)
        wait_in_vain(recver)
        with pytest.raises(BlockingIOError):
            clone.recv(1)


def test_another_process_that_switches_it_off_makes_nobody_wait() -> None:
    switching = "import os, sys; os.set_blocking(int(sys.argv[1]), True)"
    sender, recver = pipe()
    with sender, recver:
        with share_with_child(recver) as shared:
            child = subprocess.Popen(
                [sys.executable, "-c", switching, *shared.arguments],
                **shared.popen_options,
            )
            wait_in_vain(recver)
        assert child.wait() == 0
        wait_in_vain(recver)


def test_a_child_gets_it_as_it_was_found() -> None:
    sender, recver = pipe()
    with sender, recver:
        wait_in_vain(recver)
        with share_with_child(recver):
            assert os.get_blocking(recver.fileno())
        recver.set_nonblocking(True)
        with share_with_child(recver):
            assert not os.get_blocking(recver.fileno())


def test_a_listener_is_handed_over_as_it_was_made(name: Name) -> None:
    with listen(name) as listener:
        with pytest.raises(TimeoutError):
            listener.accept(timeout=0.01)
        with share_with_child(listener):
            assert os.get_blocking(listener.fileno())
        with Listener(os.dup(listener.fileno())) as handed_over:
            accepting = Running(handed_over.accept)
            with pytest.raises(TimeoutError):
                listener.accept(timeout=0.01)
            with connect(name), accepting.result() as stream:
                assert not stream.closed


def test_an_accepted_stream_has_no_mode_of_its_listener(name: Name) -> None:
    # The BSDs and macOS have it inherit O_NONBLOCK, which is on for waiting.
    with listen(name) as listener, connect(name):
        with listener.accept(timeout=30) as stream:
            assert os.get_blocking(stream.fileno())
        listener.set_nonblocking(ListenerNonblockingMode.ACCEPT)
        with connect(name), listener.accept() as stream:
            assert os.get_blocking(stream.fileno())
        listener.set_nonblocking(ListenerNonblockingMode.STREAM)
        with connect(name), listener.accept() as stream:
            assert not os.get_blocking(stream.fileno())


def test_a_listener_that_was_shut_down_says_so(name: Name) -> None:
    with listen(name) as listener:
        with socket.socket(fileno=os.dup(listener.fileno())) as other:
            other.shutdown(socket.SHUT_RDWR)
        for timeout in (0.5, None):
            with pytest.raises(OSError, match=r"shut down|Invalid argument"):
                listener.accept(timeout)


def test_a_command_writes_to_a_pipe_that_was_used_before() -> None:
    sender, recver = pipe()
    with recver, sender:
        sender.send_all(b"first")
        command = [sys.executable, "-c", "import os; os.write(1, bytes(400_000))"]
        with subprocess.Popen(command, stdout=sender.fileno()) as child:
            sender.close()
            assert len(recver.readall() or b"") == 400_005
            assert child.wait() == 0


def test_an_end_that_was_given_to_a_command_is_given_back_in_blocking_mode() -> None:
    out, into = os.pipe()
    with Sender(into) as sender:
        number = os.dup(sender.fileno())
        sender.send_all(b"x")
    assert os.get_blocking(number)
    os.close(number)
    os.close(out)


@pytest.mark.parametrize("name_of", ["recver", "listener"])
def test_one_who_got_the_number_and_switches_it_off_makes_nobody_wait(
    name_of: str, name: Name
) -> None:
    sender, recver = pipe()
    with sender, recver, listen(name) as listener:
        for _ in range(2):
            if name_of == "recver":
                wait_in_vain(recver)
                os.set_blocking(recver.fileno(), True)
                wait_in_vain(recver)
            else:
                with pytest.raises(TimeoutError):
                    listener.accept(timeout=0.01)
                os.set_blocking(listener.fileno(), True)


@pytest.mark.parametrize("give_up", ["fileno", "share_with_child", "clone's detach"])
def test_nobody_switches_it_off_between_the_look_of_a_call_and_the_call(give_up: str) -> None:
    sender, recver = pipe()
    with sender, recver, recver.try_clone() as clone:
        wait_in_vain(recver)
        wait_in_vain(clone)

        def look_and_call(number: int) -> bool:
            if give_up == "fileno":
                recver.fileno()
            elif give_up == "share_with_child":
                share_with_child(recver).__enter__()
            else:
                os.close(clone.detach())
            return os.get_blocking(number)

        blocking = recver._descriptor.transfer(look_and_call, select.POLLIN, None)
        assert blocking is False
        assert os.get_blocking(recver.fileno())


def test_a_call_waits_for_one_who_is_switching_it_off() -> None:
    sender, recver = pipe()
    with sender, recver:
        wait_in_vain(recver)
        recver.set_timeout(None)
        mode = recver._descriptor.mode
        another_thread = (lifetime.generation, -1)
        mode.restoring.append(another_thread)
        receiving = Running(lambda: recver.recv(1))
        while not mode.calls:
            pass
        os.set_blocking(recver._descriptor.number, True)
        mode.nonblocking = False
        mode.restoring.remove(another_thread)
        while mode.calls:
            pass
        recver.close()
        with pytest.raises(ValueError, match="closed"):
            receiving.result()


def test_what_is_left_of_detached_clones_is_given_back() -> None:
    out, into = os.pipe()
    recver = Recver(os.dup(out))
    clone = recver.try_clone()
    os.close(recver.detach())
    wait_in_vain(clone)
    clone.close()
    assert os.get_blocking(out)
    os.close(out)
    os.close(into)


def test_closing_wakes_an_accept_though_the_number_was_asked_for(name: Name) -> None:
    with listen(name) as listener:
        accepting = Running(listener.accept)
        while not listener._descriptor.in_use:
            pass
        time.sleep(0.05)
        listener.fileno()
        listener.close()
        with pytest.raises(ValueError, match="closed"):
            accepting.result()
