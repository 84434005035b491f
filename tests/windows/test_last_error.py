"""Finalizers and signal handlers that run between a system call and reading its error.

They make system calls too, which leave their own error behind. A pending operation must not count
as refused then: the system would write to memory that has been reused.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from interprocess._bindings.kernel32 import ffi, kernel32
from interprocess.local_socket import Name, listen, pair
from interprocess.os.windows import _calls
from interprocess.os.windows._handle import operation
from interprocess.os.windows._handle.operation import Operation
from interprocess.unnamed_pipe import pipe
from tests.support import Running
from tests.windows.layers import fail, lay_over_kernel32
from tests.windows.pipes import connected, made

assert sys.platform == "win32"

#: The code that runs between the calls warns about an unclosed object, as it should.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def after_first(
    monkeypatch: pytest.MonkeyPatch, function: str, happens: Callable[[], object]
) -> list[bool]:
    """Run an action after the first call of FUNCTION, before its error is read."""
    happened: list[bool] = []

    def call(real: Callable[..., int], *arguments: Any) -> int:
        result = real(*arguments)
        if not happened:
            happened.append(True)
            happens()
        return result

    lay_over_kernel32(monkeypatch, **{function: call})
    return happened


def drop_a_stream() -> None:
    first, second = pair()
    second.close()
    del first


def drop_a_listener() -> None:
    listen(Name.unique())


def drop_a_clone() -> None:
    first, second = pair()
    with first, second:
        first.try_clone()


def drop_a_guard() -> None:
    with connected() as (server, client):
        client.send(b"x")
        server.recv(1)
        server.impersonate_client()


def drop_an_operation() -> None:
    Operation()


DROPPED = [drop_a_stream, drop_a_listener, drop_a_clone, drop_a_guard, drop_an_operation]


@pytest.mark.parametrize("drop", DROPPED)
def test_what_is_dropped_leaves_the_last_error_alone(
    drop: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair()
    with first, second:
        happened = after_first(monkeypatch, "ReadFile", drop)
        receiving = Running(lambda: first.recv(10))
        assert receiving.is_waiting()
        assert happened
        second.send_all(b"arrives")
        assert receiving.result() == b"arrives"


def test_what_the_finalizers_decorator_keeps() -> None:
    class Owner:
        @_calls.keeping_last_error
        def __del__(self) -> None:
            kernel32.CloseHandle(0xDEAD0)

    owner = Owner()
    kernel32.SetLastError(997)
    del owner
    assert ffi.getwinerror()[0] == 997
    kernel32.CloseHandle(0xDEAD0)
    assert ffi.getwinerror()[0] == 6


@pytest.mark.parametrize("function", ["ReadFile", "WriteFile"])
def test_an_operation_whose_error_was_replaced_is_not_given_up(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair()
    with first, second:
        first.send_all(bytes(65536))
        happened = after_first(monkeypatch, function, lambda: fail(6))
        if function == "ReadFile":
            receiving = Running(lambda: first.recv(10))
            assert receiving.is_waiting()
            second.send_all(b"arrives")
            assert receiving.result() == b"arrives"
        else:
            sending = Running(lambda: first.send_all(b"arrives"))
            assert sending.is_waiting()
            assert second.recv_exactly(65536 + 7)[65536:] == b"arrives"
            sending.result()
        assert happened
        assert not operation._in_doubt


def test_a_refused_operation_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sender, recver = pipe()
    with sender:
        recver.close()
        after_first(monkeypatch, "WriteFile", lambda: None)
        with pytest.raises(BrokenPipeError):
            sender.send(b"x")


def test_the_address_of_an_operation_is_what_the_port_says() -> None:
    # Where a 32-bit process may use more than half of its addresses, they have the highest bit.
    bits = ffi.sizeof("void *") * 8
    address = 1 << (bits - 1)
    overlapped = ffi.cast("struct OVERLAPPED *", address)
    assert _calls.address_of(overlapped) == address
    handles = [made(_calls.create_event) for _ in range(2)]
    _calls.close_handles(handles)
    assert not handles
