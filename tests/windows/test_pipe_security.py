"""Access to our pipes: by default, with the documentation's descriptors, and after changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from interprocess.local_socket import Name, connect, listen, pair
from interprocess.os.windows import security_descriptor
from interprocess.os.windows.local_socket import ListenerOptions
from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeStream
from interprocess.os.windows.security_descriptor import (
    AccessControlList,
    SecurityDescriptor,
    Sid,
    apply_to_handle,
    of_handle,
)
from interprocess.unnamed_pipe import pipe
from tests.support import PATIENCE
from tests.windows.pipes import unique_path
from tests.windows.wine import lacking_on_wine

assert sys.platform == "win32"

#: FILE_CREATE_PIPE_INSTANCE, by which a client could make instances of the pipe itself.
CREATE_PIPE_INSTANCE = 0x4
GENERIC_ALL = 0x10000000
GENERIC_WRITE = 0x40000000
#: GENERIC_ALL as mapped for files, and so for pipes.
FILE_ALL_ACCESS = 0x1F01FF


def entries(acl: AccessControlList | None) -> dict[str, int]:
    """Return the rights that a DACL gives, by the text of the SID."""
    assert acl is not None
    rights: dict[str, int] = {}
    for entry in acl.to_sddl().partition("(")[2].rstrip(")").split(")("):
        kind, _, access, _, _, sid = entry.split(";")
        assert kind == "A"
        descriptor = SecurityDescriptor.from_sddl(f"D:(A;;{access};;;SY)")
        assert descriptor.dacl is not None
        # ACCESS_ALLOWED_ACE structure: a header of 4 bytes, and the mask.
        rights[Sid(sid).text] = int.from_bytes(descriptor.dacl.binary[12:16], "little")
    return rights


MAKERS: list[Callable[[], Any]] = [
    lambda: listen(Name.unique()),
    lambda: PipeListenerOptions(unique_path()).create_duplex(),
    lambda: PipeListenerOptions(unique_path(), instance_limit=1).create_recv_only(),
    lambda: pair(),
    lambda: pipe(),
]


@pytest.mark.parametrize("make", MAKERS)
def test_by_default_the_user_and_administrators_alone_have_rights(make: Callable[[], Any]) -> None:
    made = make()
    ends = made if isinstance(made, tuple) else (made,)
    for end in ends:
        rights = entries(of_handle(end, "dacl").dacl)
        assert {*rights} == {Sid.current_user().text, Sid("SY").text, Sid("BA").text}
        assert {*rights.values()} <= {GENERIC_ALL, FILE_ALL_ACCESS}
        end.close()


def test_the_default_names_the_user_and_can_be_had() -> None:
    descriptor = SecurityDescriptor.user_and_administrators()
    assert descriptor.to_sddl("dacl").startswith("D:P(")
    assert entries(descriptor.dacl)[Sid.current_user().text] == GENERIC_ALL
    assert descriptor.owner is None


def test_another_descriptor_replaces_the_default() -> None:
    descriptor = SecurityDescriptor.current_user_only()
    name = Name.unique()
    with ListenerOptions(name, security_descriptor=descriptor).create_sync() as listener:
        assert {*entries(of_handle(listener, "dacl").dacl)} == {Sid.current_user().text}
        # Also the instances that are made later.
        for _ in range(10):
            with connect(name, timeout=PATIENCE), listener.accept(PATIENCE) as stream:
                assert {*entries(of_handle(stream, "dacl").dacl)} == {Sid.current_user().text}


def test_the_documented_descriptors_let_no_client_make_instances() -> None:
    texts = []
    for documented in (security_descriptor.__doc__, SecurityDescriptor.from_sddl.__doc__):
        text = (documented or "").partition('"')[2]
        while "D:P" in text:
            texts.append(text[text.index("D:P") :].partition('"')[0])
            text = text[text.index("D:P") + 3 :]
    assert len(texts) >= 2
    for text in texts:
        rights = entries(SecurityDescriptor.from_sddl(text).dacl)
        clients = rights[Sid("AU").text]
        assert clients & 3 == 3  # To read and to write.
        assert not clients & (CREATE_PIPE_INSTANCE | GENERIC_WRITE | GENERIC_ALL)


def test_who_may_connect_can_be_changed_if_that_was_asked_for() -> None:
    dacl = AccessControlList.from_sddl(f"D:(A;;FA;;;{Sid.current_user()})(A;;0x12019b;;;AU)")
    descriptor = SecurityDescriptor()
    descriptor.set_dacl(dacl)
    name = Name.unique()
    path = unique_path()
    local = ListenerOptions(name, write_dac=True)
    named = PipeListenerOptions(path, write_dac=True)
    assert local != ListenerOptions(name)
    with local.create_sync() as listener, named.create_duplex() as pipe_listener:
        for each in (listener, pipe_listener):
            apply_to_handle(descriptor, each, "dacl")
            assert of_handle(each, "dacl").dacl == dacl
        with PipeStream.connect_by_path(path), pipe_listener.accept(PATIENCE) as stream:
            apply_to_handle(descriptor, stream, "dacl")
    for options in (ListenerOptions, PipeListenerOptions):
        with pytest.raises(TypeError, match="write_dac"):
            options(name if options is ListenerOptions else path, write_dac=1)  # type: ignore[arg-type]


def test_who_may_connect_cannot_be_changed_otherwise() -> None:
    with listen(Name.unique()) as listener, pytest.raises(PermissionError):
        apply_to_handle(SecurityDescriptor.current_user_only(), listener, "dacl")


@lacking_on_wine("access lists of pipes are not enforced, and there is a single user")
def test_others_cannot_connect() -> None:
    """An anonymous user is the one other that a process can be without a password."""
    import ctypes

    kernel32, advapi32 = ctypes.windll.kernel32, ctypes.windll.advapi32
    with listen(Name.unique()) as listener:
        assert advapi32.ImpersonateAnonymousToken(kernel32.GetCurrentThread())
        try:
            with pytest.raises(PermissionError):
                connect(listener.name)
        finally:
            assert advapi32.RevertToSelf()
        with connect(listener.name), listener.accept(PATIENCE):
            pass
