"""How a sender finds out what fits into the pipe, over the model of the pipe file system."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.npfs import pipe as model
from tests.npfs.sending import (
    OTHERS,
    QUOTA,
    Make,
    new_sender,
    read_all,
    sent_of,
    sizes_of_writes,
)
from tests.npfs.windows import CLIENT, Windows

#: Error code 1450
NO_SYSTEM_RESOURCES = 1450


@pytest.mark.parametrize("before", ["full", "adopted full", "read at once and filled"])
@pytest.mark.parametrize("when", ["while it waits", "before it is cancelled"])
def test_a_timed_send_into_a_full_pipe_sends_nothing_unsaid(
    backend: dict[str, ModuleType], make: Make, before: str, when: str
) -> None:
    """It begins while the queue is full, a large read takes more than that, and then time is up."""
    windows = make(QUOTA)
    if before == "adopted full":
        windows.pipe.write(False, b"x" * QUOTA, model.Request())
    with new_sender(backend, adopted=before == "adopted full") as sender:
        sender.set_timeout(0.15)
        if before == "read at once and filled":
            # The system reports no room while a read waits for more than the pipe buffers.
            windows.pipe.read(True, 1000, model.Request())
            sender.send_all(b"request")
        if before != "adopted full":
            sender.send_all(b"x" * QUOTA)
        received: list[bytes] = []
        if when == "while it waits":
            windows.script = [lambda: None, lambda: received.append(windows.read(QUOTA + 1))]
        else:

            def read_before_cancelling(function: str) -> None:
                if function == "CancelIoEx":
                    received.append(windows.read(QUOTA + 1))

            windows.before = read_before_cancelling
        sent = sent_of(sender, b"abcdefgh")
        received.append(read_all(windows))
        assert b"".join(received) == b"x" * QUOTA + b"abcdefgh"[:sent]


def test_a_send_that_fits_is_one_write(backend: dict[str, ModuleType], make: Make) -> None:
    windows = make(QUOTA)
    writes = sizes_of_writes(windows)
    with new_sender(backend) as sender:
        sender.set_timeout(1)
        for size in (3, 4):
            assert sender.send(b"x" * size) == size
        assert writes == [3, 4]
        # The rest of the room, and then one byte that waits.
        assert sender.send(b"y" * 5) == 3
        with pytest.raises(TimeoutError):
            sender.send(b"z" * 5)
        assert writes == [3, 4, 3, 1]
        assert read_all(windows) == b"x" * 7 + b"y" * 3
        assert sender.send(b"z" * 5) == 5


def test_a_reader_that_waits_for_much_gets_all_at_once(
    backend: dict[str, ModuleType], make: Make
) -> None:
    """A pending read takes the whole quota: the system reports no room although there is some."""
    windows = make(QUOTA)
    writes = sizes_of_writes(windows)
    with new_sender(backend) as sender:
        sender.set_timeout(1)

        def send(data: bytes) -> bytes:
            reading = model.Request()
            windows.pipe.read(True, 1000, reading)
            assert windows.pipe.inbound.free == 0
            sender.send_all(data)
            return reading.data + read_all(windows)

        for _ in range(20):
            assert send(b"ab") == b"ab"
        # It takes more than we have ever sent: so the pipe is not full, but empty.
        assert writes == [2] * 20
        assert sender.send(b"x" * 20) == QUOTA
        # Now it might be full, and so a byte goes first.
        read_all(windows)
        del writes[:]
        assert send(b"ab") == b"ab"
        assert writes == [1, 1]


def test_an_end_that_may_not_ask_sends_single_bytes(
    backend: dict[str, ModuleType], make: Make
) -> None:
    """Of anything more that waits, a large read could find a part."""
    windows = make(QUOTA)
    windows.may_ask = False
    writes = sizes_of_writes(windows)
    with new_sender(backend) as sender:
        sender.set_timeout(0.15)
        assert sender.send(b"x" * 9) == 9
        received: list[bytes] = []
        windows.script = [lambda: received.append(windows.read(QUOTA + 1))]
        sender.send_all(b"abc")
        assert writes == [9, 1, 1, 1]
        assert [*received, read_all(windows)] == [b"x" * 9 + b"ab", b"c"]


def test_where_no_room_is_told_writes_wait_whole(
    backend: dict[str, ModuleType], make: Make
) -> None:
    windows = make(QUOTA)
    windows.counted_from = ""
    with new_sender(backend) as sender:
        sender.set_timeout(1)
        assert sender.send(b"x" * QUOTA) == QUOTA
        windows.script = [lambda: windows.read(QUOTA)]
        assert sender.send(b"y" * 7) == 7
        with pytest.raises(TimeoutError):
            sender.send(b"z" * 7)
        read_all(windows)
        assert sender.send(b"z" * 7) == 7


def fill_before(windows: Windows, function: str) -> None:
    """Make another process fill the pipe just before a function is called for the first time."""

    def fill(called: str) -> None:
        if called == function:
            windows.before = lambda _: None
            windows.pipe.write(False, OTHERS * windows.pipe.inbound.free, model.Request())

    windows.before = fill


@pytest.mark.parametrize("why", ["another process", "another machine"])
@pytest.mark.parametrize("mode", ["nonblocking", "timeout"])
def test_a_write_of_which_the_peer_may_have_a_part_ends_sending(
    backend: dict[str, ModuleType], make: Make, mode: str, why: str
) -> None:
    """Another process has written between our look at the room and our write."""
    windows = make(QUOTA)
    if why == "another machine":
        windows.counted_from = ""
    with new_sender(backend, is_remote=why == "another machine") as sender:
        sender._handle.lingers = False
        sender.set_nonblocking(mode == "nonblocking")
        sender.set_timeout(None if mode == "nonblocking" else 0.2)
        fill_before(windows, "WriteFile")
        windows.script = [lambda: None]
        assert sent_of(sender, b"abcd") == 0
        with pytest.raises(BrokenPipeError, match="the peer may have a part"):
            sender.send(b"e")


def test_a_write_that_the_system_refuses_ends_nothing(
    backend: dict[str, ModuleType], make: Make
) -> None:
    windows = make(QUOTA)
    write_file = windows.WriteFile

    def refuse(*_: Any) -> int:
        windows.error = NO_SYSTEM_RESOURCES
        windows.WriteFile = write_file  # type: ignore[method-assign]  # from now on
        return 0

    windows.WriteFile = refuse  # type: ignore[assignment, method-assign]  # any arguments
    with new_sender(backend) as sender:
        sender.set_timeout(1)
        with pytest.raises(OSError, match="error 1450"):
            sender.send(b"abcd")
        assert sender.send(b"abcd") == 4


def tell_the_number(sender: Any) -> None:
    assert sender.handle == CLIENT


def share(sender: Any) -> None:
    calls = importlib.import_module("interprocess.os.windows._calls.processes")
    sharing = importlib.import_module("interprocess.os.windows.share_handle")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(calls, "duplicate_into", lambda *_: 8)
        assert sharing.share_handle(sender, process=4) == 8


@pytest.mark.parametrize("give", [tell_the_number, share])
def test_an_end_that_others_may_have_looks_before_it_writes(
    backend: dict[str, ModuleType], make: Make, give: Callable[[Any], None]
) -> None:
    windows = make(QUOTA)
    writes = sizes_of_writes(windows)
    with new_sender(backend) as sender:
        sender.set_timeout(0.2)
        give(sender)
        fill_before(windows, "NtQueryInformationFile")
        assert sent_of(sender, b"abcd") == 0
        assert writes == [1]
        assert read_all(windows) == OTHERS * QUOTA
        assert sender.send(b"abcd") == 4


def test_an_end_that_came_from_elsewhere_is_as_good_once_it_is_ours_alone(
    backend: dict[str, ModuleType], make: Make
) -> None:
    windows = make(QUOTA)
    writes = sizes_of_writes(windows)
    called: list[str] = []
    windows.before = called.append
    with new_sender(backend, adopted=True) as sender:
        sender.set_timeout(1)
        assert sender.send(b"abcd") == 4
        assert read_all(windows) == b"abcd"
        reading = model.Request()
        windows.pipe.read(True, 1000, reading)
        assert sender.send(b"efgh") == 4
        assert reading.data == b"efgh"
        windows.pipe.read(True, 1000, reading)
        assert sender.send(b"ijkl") == 4
        assert reading.data == b"ijkl"
    assert writes == [4, 4, 4]
    # The third might not fit, as far as we know, and shows that a read waits.
    assert called.count("NtQueryInformationFile") == 3
    assert called.count("NtQueryObject") == 1


def test_while_other_processes_have_the_end_it_takes_a_part_of_the_room(
    backend: dict[str, ModuleType], make: Make
) -> None:
    """So that simultaneous writes fit."""
    windows = make(80)
    windows.client_handles = 2
    with new_sender(backend, adopted=True) as sender:
        sender.set_timeout(1)
        assert sender.send(b"x" * 80) == 10
        assert sender.send(b"x" * 8) == 8
        assert sender.send(b"x" * 80) == 7
        windows.client_handles = 1
        assert sender.send(b"x" * 80) == 80 - 10 - 8 - 7


def test_another_thread_cannot_write_between_the_look_at_the_room_and_the_write(
    backend: dict[str, ModuleType], make: Make
) -> None:
    windows = make(QUOTA)
    counts: list[int] = []
    with new_sender(backend) as sender:
        sender.set_timeout(0.2)
        other = threading.Thread(target=lambda: counts.append(sender.send(b"z" * 5)))

        def let_the_other_go_on(function: str) -> None:
            if function == "WriteFile" and other.ident is None:
                other.start()
                other.join(0.2)  # It waits for us, unless there is a fault.

        windows.before = let_the_other_go_on
        sender.send_all(b"y" * 7)
        other.join()
        assert counts == [3]
        assert read_all(windows) == b"y" * 7 + b"z" * 3
