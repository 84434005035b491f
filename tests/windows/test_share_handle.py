"""Handles for other processes: whose they are, with which rights, and when ours is closed."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from interprocess._bindings.kernel32 import ffi, kernel32
from interprocess.local_socket import Name, listen, pair
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import processes
from interprocess.os.windows._pipe.end import PipeHandle
from interprocess.os.windows._pipe.owners import HandleOwner
from interprocess.os.windows.security_descriptor import of_handle
from interprocess.os.windows.share_handle import ShareHandle, close_shared_handle, share_handle
from tests.support import finish, python

assert sys.platform == "win32"

ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER = 6, 87
EVENT_MODIFY_STATE = 0x2
NO_SUCH_PROCESS = 0xFFFFFFFC

#: Signals the event with the given handle, then reports whether the handle was open.
SIGNALLER = """if True:
    import ctypes, sys
    print("ready", flush=True)
    print(ctypes.windll.kernel32.SetEvent(ctypes.c_void_p(int(sys.stdin.readline()))))
"""


class Event(HandleOwner, ShareHandle):
    """An object of ours that owns a handle."""

    def __init__(self) -> None:
        self._handle = PipeHandle(new_event())


class Listener(ShareHandle):
    """An object of ours that owns handles and exposes one of them."""

    def __init__(self) -> None:
        self.handle = new_event()

    def detach(self) -> int:
        return self.handle


def new_event() -> int:
    handle = kernel32.CreateEventW(_calls.NULL, True, False, _calls.NULL)
    assert handle
    return handle


def signal(handle: int) -> None:
    assert ctypes.windll.kernel32.SetEvent(ctypes.c_void_p(handle))


def is_signalled(handle: int) -> bool:
    return _calls.wait_for(handle, 0)


def is_open(handle: int) -> bool:
    return bool(kernel32.GetHandleInformation(handle, ffi.new("uint32_t *")))


def tell(child: subprocess.Popen[bytes], number: int) -> str:
    """Tell a child a handle's number and return the last line that it prints."""
    assert child.stdin is not None
    child.stdin.write(b"%d\n" % number)
    child.stdin.flush()
    return finish(child).split()[-1]


@pytest.fixture
def event() -> Iterator[int]:
    handle = new_event()
    yield handle
    _calls.close_handle(handle)


@pytest.fixture
def ours() -> Iterator[int]:
    """A handle for this process."""
    process = processes.open_process(os.getpid(), processes.PROCESS_DUP_HANDLE)
    yield process
    _calls.close_handle(process)


class TestReceiver:
    def test_by_process_id(self, event: int) -> None:
        with python(SIGNALLER) as child:
            assert not is_signalled(event)
            assert tell(child, share_handle(event, pid=child.pid)) == "1"
            assert is_signalled(event)

    def test_by_process_handle(self, event: int) -> None:
        with python(SIGNALLER) as child:
            process = processes.open_process(child.pid, processes.PROCESS_DUP_HANDLE)
            try:
                assert tell(child, share_handle(event, process=process)) == "1"
            finally:
                _calls.close_handle(process)
            assert is_signalled(event)

    def test_can_be_this_process(self, event: int) -> None:
        number = share_handle(event, pid=os.getpid())
        assert number != event
        signal(number)
        assert is_signalled(event)
        _calls.close_handle(number)
        assert is_open(event)

    def test_no_such_process(self, event: int) -> None:
        with pytest.raises(OSError, match=f"process id {NO_SUCH_PROCESS}") as caught:
            share_handle(event, pid=NO_SUCH_PROCESS, close_source=True)
        assert _calls.error_number(caught.value) == ERROR_INVALID_PARAMETER
        assert is_open(event)

    def test_process_without_the_right(self, event: int) -> None:
        query_only = 0x1000
        process = processes.open_process(os.getpid(), query_only)
        try:
            with pytest.raises(PermissionError, match="DuplicateHandle"):
                share_handle(event, process=process)
        finally:
            _calls.close_handle(process)

    def test_is_named_once(self, event: int, ours: int) -> None:
        with pytest.raises(TypeError, match="either pid= or process="):
            share_handle(event)
        with pytest.raises(TypeError, match="either pid= or process="):
            share_handle(event, pid=os.getpid(), process=ours)

    @pytest.mark.parametrize("pid", [0, -1, 1 << 32])
    def test_id_that_cannot_be_one(self, event: int, pid: int) -> None:
        with pytest.raises(ValueError, match="is not a process id"):
            share_handle(event, pid=pid)

    def test_id_that_is_no_number(self, event: int) -> None:
        with pytest.raises(TypeError, match="not str"):
            share_handle(event, pid="1")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="not bool"):
            share_handle(event, pid=True)


class TestNewHandle:
    def test_has_the_same_rights(self, event: int, ours: int) -> None:
        number = share_handle(event, process=ours)
        assert of_handle(number).dacl == of_handle(event).dacl
        _calls.close_handle(number)

    def test_can_have_fewer_rights(self, event: int, ours: int) -> None:
        number = share_handle(event, process=ours, access=EVENT_MODIFY_STATE)
        with pytest.raises(PermissionError):
            of_handle(number)
        _calls.close_handle(number)

    @pytest.mark.parametrize("access", [-1, 1 << 32])
    def test_rights_that_cannot_be(self, event: int, ours: int, access: int) -> None:
        with pytest.raises(ValueError, match="32 bits"):
            share_handle(event, process=ours, access=access)

    @pytest.mark.parametrize("inheritable", [False, True])
    def test_is_inheritable_as_told(self, event: int, ours: int, inheritable: bool) -> None:
        number = share_handle(event, process=ours, inheritable=inheritable)
        assert os.get_handle_inheritable(number) is inheritable
        _calls.close_handle(number)

    def test_is_taken_back(self, event: int) -> None:
        with python(SIGNALLER) as child:
            # A child that is still starting might get the number for something else.
            assert child.stdout is not None
            assert child.stdout.readline().strip() == b"ready"
            number = share_handle(event, pid=child.pid)
            close_shared_handle(number, pid=child.pid)
            assert tell(child, number) == "0"
        assert not is_signalled(event)

    def test_taking_back_what_is_not_there(self, event: int, ours: int) -> None:
        number = share_handle(event, process=ours)
        close_shared_handle(number, process=ours)
        assert not is_open(number)
        with pytest.raises(OSError, match="DuplicateHandle"):
            close_shared_handle(number, process=ours)


class TestSource:
    def test_stays_open(self, event: int, ours: int) -> None:
        _calls.close_handle(share_handle(event, process=ours))
        assert is_open(event)

    def test_is_closed_if_wanted(self, ours: int) -> None:
        source = new_event()
        number = share_handle(source, process=ours, close_source=True)
        assert not is_open(source)
        _calls.close_handle(number)

    def test_that_is_closed(self, event: int, ours: int) -> None:
        number = share_handle(event, process=ours)
        _calls.close_handle(number)
        for close_source in (False, True):
            with pytest.raises(OSError, match="DuplicateHandle") as caught:
                share_handle(number, process=ours, close_source=close_source)
            assert _calls.error_number(caught.value) == ERROR_INVALID_HANDLE

    @pytest.mark.parametrize("number", [0, -1, 1 << 32])
    def test_that_cannot_be_a_handle(self, number: int, ours: int) -> None:
        for close_source in (False, True):
            with pytest.raises(ValueError, match="is not a handle"):
                share_handle(number, process=ours, close_source=close_source)

    def test_flags_are_bools(self, event: int, ours: int) -> None:
        with pytest.raises(TypeError, match="close_source"):
            share_handle(event, process=ours, close_source=1)  # type: ignore[arg-type]


class TestOwner:
    def test_shares_its_handle(self, ours: int) -> None:
        event = Event()
        number = event.share(process=ours)
        signal(number)
        assert is_signalled(event.handle)
        _calls.close_handle(number)
        event.close()

    def test_gives_its_handle_away(self, ours: int) -> None:
        event = Event()
        source = event.handle
        number = event.share(process=ours, close_source=True)
        assert event.closed
        assert not is_open(source)
        _calls.close_handle(number)

    def test_keeps_its_handle_if_sharing_fails(self) -> None:
        event = Event()
        for close_source in (False, True):
            with pytest.raises(OSError, match="OpenProcess"):
                event.share(pid=NO_SUCH_PROCESS, close_source=close_source)
            with pytest.raises(OSError, match="DuplicateHandle"):
                event.share(process=event.handle, close_source=close_source)
            assert not event.closed
            assert is_open(event.handle)
        event.close()

    def test_that_is_closed(self, ours: int) -> None:
        event = Event()
        event.close()
        for close_source in (False, True):
            with pytest.raises(ValueError, match="closed Event"):
                event.share(process=ours, close_source=close_source)


class TestListener:
    def test_shares_one_of_its_handles(self, ours: int) -> None:
        listener = Listener()
        number = listener.share(process=ours)
        signal(number)
        assert is_signalled(listener.handle)
        _calls.close_handle(number)
        _calls.close_handle(listener.handle)

    def test_is_closed_in_any_case_when_given_away(self, ours: int) -> None:
        listener = Listener()
        number = listener.share(process=ours, close_source=True)
        assert not is_open(listener.handle)
        _calls.close_handle(number)
        listener = Listener()
        with pytest.raises(OSError, match="DuplicateHandle"):
            listener.share(process=listener.handle, close_source=True)
        assert not is_open(listener.handle)


def test_a_stream_goes_to_another_process() -> None:
    adopter = (
        "from interprocess.local_socket import Stream\n"
        "with Stream(int(input())) as stream:\n"
        "    print(stream.recv_exactly(4).decode())\n"
        "    stream.send_all(b'pong')\n"
    )
    kept, given = pair()
    with kept, python(adopter) as child:
        number = share_handle(given, pid=child.pid, close_source=True)
        assert given.closed
        kept.send_all(b"ping")
        assert tell(child, number) == "ping"
        assert kept.recv_exactly(4) == b"pong"
        assert kept.recv(1) == b""


def test_a_listener_shares_one_of_its_instances(ours: int) -> None:
    with listen(Name.unique("share")) as listener:
        number = share_handle(listener, process=ours)
        assert of_handle(number) == of_handle(listener)
        _calls.close_handle(number)
