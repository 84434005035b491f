"""The security descriptors of objects that are open."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from interprocess._bindings.kernel32 import ffi, kernel32
from interprocess.local_socket import Name, connect
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes
from interprocess.os.windows.local_socket import ListenerOptions
from interprocess.os.windows.security_descriptor import (
    Control,
    SecurityDescriptor,
    Sid,
    apply_to_handle,
    of_handle,
)
from tests.support import unique
from tests.windows.pipes import made
from tests.windows.wine import lacking_on_wine

assert sys.platform == "win32"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows.security_descriptor._sddl import Part

ERROR_INVALID_HANDLE = 6
PIPE_ACCESS_INBOUND = 0x1
WRITE_DAC = 0x00040000
WRITE_OWNER = 0x00080000
SYNCHRONIZE = 0x00100000
PIPE = rf"\\.\pipe\{unique('security')}"
AUDITED = "D:(A;;GA;;;SY)S:(AU;SAFA;GA;;;WD)"


def new_event(descriptor: SecurityDescriptor | None) -> int:
    attributes = _calls.security_attributes(descriptor, inheritable=False)
    handle = kernel32.CreateEventW(attributes, True, False, ffi.NULL)
    assert handle
    return handle


def new_pipe(descriptor: SecurityDescriptor | None) -> int:
    attributes = _calls.security_attributes(descriptor, inheritable=False)
    mode = PIPE_ACCESS_INBOUND | WRITE_DAC | WRITE_OWNER
    return made(pipes.create_named_pipe, PIPE, mode, 0, 1, 0, 0, 0, attributes)


@pytest.fixture(params=[new_event, new_pipe])
def handle(request: pytest.FixtureRequest) -> Iterator[int]:
    number = request.param(SecurityDescriptor.current_user_only())
    yield number
    _calls.close_handle(number)


def test_current_user_only(handle: int) -> None:
    user = Sid.current_user()
    protection = of_handle(handle, "owner", "dacl")
    assert protection.owner == user
    assert protection.control & Control.DACL_PROTECTED
    assert protection.dacl is not None
    assert len(protection.dacl) == 1
    assert protection.to_sddl("dacl").endswith(f";;;{user})")


def test_dacl_is_changed(handle: int) -> None:
    user = Sid.current_user()
    descriptor = SecurityDescriptor.from_sddl(f"D:(A;;0x1f0003;;;{user})(A;;0x100000;;;WD)")
    apply_to_handle(descriptor, handle)
    assert of_handle(handle).dacl == descriptor.dacl
    assert of_handle(handle).owner == user


def test_owner_is_changed(handle: int) -> None:
    descriptor = SecurityDescriptor()
    descriptor.set_owner(Sid.current_user())
    apply_to_handle(descriptor, handle)
    assert of_handle(handle).owner == Sid.current_user()
    assert of_handle(handle).dacl is not None


@pytest.mark.parametrize("part", ["owner", "group", "dacl", "sacl", "label"])
def test_a_part_that_is_missing_is_not_applied(handle: int, part: Part) -> None:
    before = of_handle(handle)
    with pytest.raises(ValueError, match=f"has no {part}"):
        apply_to_handle(SecurityDescriptor(), handle, part)
    assert of_handle(handle) == before


@pytest.mark.parametrize("number", [0, -1, 1 << 32])
def test_refuses_what_cannot_be_a_handle(number: int) -> None:
    with pytest.raises(ValueError, match="is not a handle"):
        of_handle(number)
    with pytest.raises(ValueError, match="is not a handle"):
        apply_to_handle(SecurityDescriptor(), number)


def test_refuses_what_is_no_handle() -> None:
    with pytest.raises(TypeError, match="not str"):
        of_handle("1")  # type: ignore[arg-type]


def test_closed_handle() -> None:
    number = new_event(None)
    _calls.close_handle(number)
    with pytest.raises(OSError, match="GetSecurityInfo") as caught:
        of_handle(number)
    assert _calls.error_number(caught.value) == ERROR_INVALID_HANDLE


def test_missing_right_is_a_permission_error(handle: int) -> None:
    process = kernel32.GetCurrentProcess()
    number = ffi.new("intptr_t *")
    assert kernel32.DuplicateHandle(process, handle, process, number, SYNCHRONIZE, False, 0)
    try:
        with pytest.raises(PermissionError, match="GetSecurityInfo"):
            of_handle(number[0])
        with pytest.raises(PermissionError, match="SetSecurityInfo"):
            apply_to_handle(SecurityDescriptor.current_user_only(), number[0], "dacl")
    finally:
        _calls.close_handle(number[0])


@lacking_on_wine("GetSecurityInfo for the SACL returns a descriptor that points out of itself")
def test_label_is_changed(handle: int) -> None:
    descriptor = SecurityDescriptor.from_sddl("S:(ML;;NW;;;LW)")
    apply_to_handle(descriptor, handle, "label")
    assert of_handle(handle, "label").sacl == descriptor.sacl


def test_the_rest_of_the_sacl_takes_a_privilege(handle: int) -> None:
    with pytest.raises(OSError, match="SetSecurityInfo"):
        apply_to_handle(SecurityDescriptor.from_sddl(AUDITED), handle, "sacl")


@lacking_on_wine("access lists of pipes are not enforced: a pipe that nobody may open opens")
def test_access_is_denied_to_whom_the_dacl_says() -> None:
    handle = new_pipe(SecurityDescriptor.from_sddl("D:P(D;;GA;;;WD)"))
    try:
        with pytest.raises(PermissionError):
            os.open(PIPE, os.O_WRONLY)
    finally:
        _calls.close_handle(handle)


def test_a_listener_and_its_streams_have_the_descriptor_of_the_options() -> None:
    name = Name.unique("security")
    descriptor = SecurityDescriptor.current_user_only()
    options = ListenerOptions(name, security_descriptor=descriptor)
    assert options == ListenerOptions(name, security_descriptor=descriptor.clone())
    with options.create_sync() as listener, connect(name) as client, listener.accept() as stream:
        for end in (listener, client, stream):
            assert of_handle(end).owner == Sid.current_user()
            assert of_handle(end, "dacl").to_sddl().endswith(f";;;{Sid.current_user()})")
