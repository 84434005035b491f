"""Whose the socket file is: `owner` and `group` of `listen` and of its options, beside `mode`."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from interprocess import capabilities
from interprocess.local_socket import Name, connect, to_fs_name
from interprocess.os.unix.local_socket import ListenerOptions, listen
from tests.support import finish, socket_directory, unique
from tests.unix.users import NOBODY, ONLY_ROOT, as_nobody, open_to_others

GROUP = 12345


@pytest.fixture
def path() -> Iterator[Path]:
    path = Path(socket_directory()) / unique("p")
    yield path
    path.unlink(missing_ok=True)


def test_listen_takes_the_permissions_and_what_others_take(path: Path) -> None:
    same_user = capabilities.available("current_user_only")
    with listen(path, mode=0o640, busy_poll=0.01, current_user_only=same_user) as listener:
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        with connect(path) as client, listener.accept() as stream:
            client.send_all(b"hello")
            assert stream.recv(5) == b"hello"
    assert not path.exists()


@pytest.mark.parametrize("form", [str, os.fsencode, Path, to_fs_name])
def test_listen_takes_every_form_of_a_name(path: Path, form: type) -> None:
    with listen(form(path)) as listener:
        assert listener.name == to_fs_name(path)


def test_listen_takes_a_namespaced_name() -> None:
    name = Name.unique("listen")
    with listen(str(name).removeprefix("@") if name.is_abstract() else name) as listener:
        assert listener.name == name
    with listen(send_buffer_size=1 << 16) as fresh:
        assert fresh.name.is_namespaced()
    with pytest.raises(TypeError, match="name"):
        listen(5)  # type: ignore[arg-type]  # deliberately wrong


@pytest.mark.parametrize("by_name", [True, False])
def test_to_give_the_file_to_ourselves_needs_no_rights(path: Path, by_name: bool) -> None:
    owner: int | str = os.geteuid()
    group: int | str = os.getegid()
    if by_name:
        owner, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    options = ListenerOptions(to_fs_name(path), owner=owner, group=group)
    assert (options.owner, options.group) == (os.geteuid(), os.getegid())
    with options.create_sync():
        assert (path.stat().st_uid, path.stat().st_gid) == (os.geteuid(), os.getegid())


@ONLY_ROOT
def test_the_file_is_the_owners_and_the_groups(path: Path) -> None:
    with listen(path, owner=NOBODY, group=GROUP, mode=0o620):
        status = path.stat()
        assert (status.st_uid, status.st_gid) == (NOBODY, GROUP)
        assert stat.S_IMODE(status.st_mode) == 0o620
    assert not path.exists()
    with listen(path, group=GROUP):
        assert (path.stat().st_uid, path.stat().st_gid) == (0, GROUP)


@ONLY_ROOT
@pytest.mark.parametrize("owner", [0, NOBODY])
def test_the_owner_may_connect(path: Path, owner: int) -> None:
    name = to_fs_name(path)
    open_to_others(name)
    code = """
try:
    connect(name, current_user_only=False).close()
    print("connected")
except PermissionError:
    print("refused")
"""
    with listen(name, owner=owner), as_nobody(code, name) as process:
        assert finish(process).split() == ["connected" if owner == NOBODY else "refused"]


@ONLY_ROOT
def test_nobody_gives_a_file_to_root(path: Path) -> None:
    name = to_fs_name(path)
    open_to_others(name)
    code = """
try:
    ListenerOptions(name, owner=0).create_sync()
except PermissionError as error:
    print(os.path.exists(error.filename), error.filename == name.address.decode())
print(os.listdir(os.path.dirname(name.address)) == [])
"""
    with as_nobody(code, name) as process:
        assert finish(process).split() == ["False", "True", "True"]


def test_unknown_owners_and_groups() -> None:
    name = to_fs_name("/tmp/unused")
    for what in ("owner", "group"):
        with pytest.raises(LookupError, match=f"{what}: the system does not know 'no such one'"):
            ListenerOptions(name, **{what: "no such one"})  # type: ignore[arg-type]  # by its name
        for wrong in (-1, (1 << 32) - 1):
            with pytest.raises(ValueError, match=what):
                ListenerOptions(name, **{what: wrong})  # type: ignore[arg-type]  # by its name
        for mistyped in (True, 0.5, b"root"):
            with pytest.raises(TypeError, match=what):
                ListenerOptions(name, **{what: mistyped})  # type: ignore[arg-type]  # deliberately wrong


@pytest.mark.parametrize("option", [{"mode": 0o600}, {"owner": 0}, {"group": 0}], ids=str)
def test_abstract_names_have_no_permissions(option: dict[str, int]) -> None:
    name = Name.unique("permissions")
    if not name.is_abstract():
        pytest.skip("there are no abstract names")
    with pytest.raises(ValueError, match="an abstract name has no permissions"):
        ListenerOptions(name, **option)  # type: ignore[arg-type]  # by its name
