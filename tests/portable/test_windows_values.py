"""The Windows backend's plain values: names, sizes, directions, times. They need no Windows."""

from __future__ import annotations

import importlib
import os
import pickle
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import interprocess.os
from interprocess._interface.sizes import checked_buffer_size

#: The modules under test, which import nothing that only Windows has.
PLAIN = ("_pipe.path", "local_socket._names", "named_pipe._enumerations")


@pytest.fixture(scope="module")
def windows() -> Iterator[dict[str, ModuleType]]:
    """Import the plain modules, past the gates of their packages where those are shut."""
    package = "interprocess.os.windows"
    if sys.platform == "win32":
        yield {name: importlib.import_module(f"{package}.{name}") for name in PLAIN}
        return
    before = {name for name in sys.modules if name.startswith(package)}
    assert not before
    for suffix in ("", ".local_socket", ".named_pipe"):
        gateless = ModuleType(package + suffix)
        directory = os.path.join(interprocess.os.__path__[0], "windows", *suffix.split(".")[1:])
        gateless.__path__ = [directory]
        sys.modules[package + suffix] = gateless
    try:
        yield {name: importlib.import_module(f"{package}.{name}") for name in PLAIN}
    finally:
        for name in [name for name in sys.modules if name.startswith(package)]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def enumerations(windows: dict[str, ModuleType]) -> Any:
    return windows["named_pipe._enumerations"]


@pytest.fixture(scope="module")
def names(windows: dict[str, ModuleType]) -> Any:
    return windows["local_socket._names"]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (r"\\.\pipe\a", r"\\.\pipe\a"),
        (rb"\\.\pipe\a", r"\\.\pipe\a"),
        ("//./pipe/a", r"\\.\pipe\a"),
        (r"\\.\PIPE\a", r"\\.\PIPE\a"),
        (r"\\server\pipe\a b.c", r"\\server\pipe\a b.c"),
        (r"\\.\pipe\LOCAL\a", r"\\.\pipe\LOCAL\a"),
    ],
)
def test_paths_of_pipes(names: Any, value: str | bytes, path: str) -> None:
    for name_type in (names.NamedPipe, names.GenericFilePath):
        name = name_type.map(value)
        assert (str(name), name.is_path(), name.is_namespaced()) == (path, True, False)
        assert name_type.is_supported()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a",
        r"C:\a",
        r"\\.\a",
        r"\\.\pipe",
        r"\\.\pipe" + "\\",
        r"\.\pipe\a",
        r"\\\pipe\a",
        r"\\a\b\c",
    ],
)
def test_what_is_no_path_of_a_pipe(names: Any, value: str) -> None:
    with pytest.raises(ValueError, match="name"):
        names.NamedPipe.map(value)


def test_namespaced_names(names: Any) -> None:
    name = names.GenericNamespaced.map("a")
    assert (str(name), name.is_path(), name.is_namespaced()) == (r"\\.\pipe\a", False, True)
    assert name == names.GenericNamespaced.map(b"a")
    assert name != names.NamedPipe.map(r"\\.\pipe\a")
    for bad in ("", "a\0b"):
        with pytest.raises(ValueError, match="name"):
            names.GenericNamespaced.map(bad)


#: Names that Windows changes: `RtlGetFullPathName_U`, 'Naming Files, Paths, and Namespaces'.
CHANGED = [
    (".", "leads elsewhere"),
    ("..", "leads elsewhere"),
    (r"..\Z:\tmp\file", "leads elsewhere"),
    ("../C:/boot.ini", "leads elsewhere"),
    (r"a\..\..\PhysicalDrive0", "leads elsewhere"),
    (r"a\.\b", "leads elsewhere"),
    ("a\\..", "leads elsewhere"),
    ("x.", "removes the '.'"),
    ("x ", "removes the ' '"),
    ("x. .", "removes the '.'"),
    ("x ..", "removes the '.'"),
    ("...", "removes the '.'"),
    (" ", "removes the ' '"),
    (r"a.\b", "removes the '.'"),
    (r"a \b", "removes the ' '"),
    ("x\\", "empty part"),
    ("a//b", "empty part"),
    ("/a", "empty part"),
]


@pytest.mark.parametrize(("value", "reason"), CHANGED)
def test_what_windows_would_change_is_no_name(names: Any, value: str, reason: str) -> None:
    prefix = r"\\.\pipe" + "\\"
    for map_it in (
        lambda: names.GenericNamespaced.map(value),
        lambda: names.GenericNamespaced.map(os.fsencode(value)),
        lambda: names.NamedPipe.map(prefix + value),
        lambda: names.GenericFilePath.map("//server/pipe/" + value),
        lambda: names.Name(prefix + value),
    ):
        with pytest.raises(ValueError, match=reason):
            map_it()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("value", ["a.b", ".a", " a", "..a", "a b", r"a\.b", r"a\b", "a..b"])
def test_dots_and_spaces_elsewhere_are_part_of_a_name(names: Any, value: str) -> None:
    assert str(names.GenericNamespaced.map(value)) == r"\\.\pipe" + "\\" + value


@pytest.mark.parametrize("host", ["..", "...", " ", ". "])
def test_a_host_has_a_name(names: Any, host: str) -> None:
    with pytest.raises(ValueError, match="host"):
        names.NamedPipe.map(rf"\\{host}\pipe\a")


def test_a_name_has_at_most_256_characters(names: Any) -> None:
    room = 256 - len(r"\\.\pipe" + "\\")
    assert len(str(names.GenericNamespaced.map("x" * room))) == 256
    with pytest.raises(ValueError, match=r"1 character\(s\) longer than the 256"):
        names.GenericNamespaced.map("x" * (room + 1))
    # Characters beyond the first 65,536 count twice.
    names.GenericNamespaced.map("\N{GRINNING FACE}" * (room // 2))
    with pytest.raises(ValueError, match="longer than the 256"):
        names.GenericNamespaced.map("\N{GRINNING FACE}" * (room // 2 + 1))


def test_every_role_and_direction(enumerations: Any) -> None:
    role, direction = enumerations.PipeStreamRole, enumerations.PipeDirection
    for server, client, pipe in (
        (role.RECVER, role.SENDER, direction.CLIENT_TO_SERVER),
        (role.SENDER, role.RECVER, direction.SERVER_TO_CLIENT),
        (role.RECVER_AND_SENDER, role.RECVER_AND_SENDER, direction.DUPLEX),
    ):
        assert pipe.server_role() is server
        assert pipe.client_role() is client
        assert server.direction_as_server() is pipe
        assert client.direction_as_client() is pipe
        assert server.peer is client
        assert client.peer is server


def test_the_role_of_modes(enumerations: Any) -> None:
    role, mode = enumerations.PipeStreamRole, enumerations.PipeMode
    assert role.of_modes(mode.BYTES, None) is role.RECVER
    assert role.of_modes(None, mode.MESSAGES) is role.SENDER
    assert role.of_modes(mode.BYTES, mode.MESSAGES) is role.RECVER_AND_SENDER
    with pytest.raises(ValueError, match="both"):
        role.of_modes(None, None)
    with pytest.raises(TypeError, match="send_mode"):
        role.of_modes(None, "bytes")


@given(seconds=st.floats(min_value=0, allow_nan=False))
def test_times_to_wait(enumerations: Any, seconds: float) -> None:
    times = enumerations.WaitTimeout
    said = times.from_seconds(seconds)
    assert times.MIN.milliseconds <= said.milliseconds <= times.MAX.milliseconds
    if seconds <= times.MAX.to_seconds():
        assert said.to_seconds() >= seconds
        assert said.to_seconds() <= seconds + 0.0011
    else:
        assert said == times.MAX


def test_special_times_to_wait(enumerations: Any) -> None:
    times = enumerations.WaitTimeout
    assert times.from_seconds(None) is times.FOREVER
    assert times.from_seconds(0) == times.MIN
    assert times.FOREVER.to_seconds() is None
    assert times.DEFAULT.to_seconds() == 0.05
    for bad in (-1, 2**32):
        with pytest.raises(ValueError, match="milliseconds"):
            times(bad)
    for wrong in (1.0, True, "1"):
        with pytest.raises(TypeError, match="milliseconds"):
            times(wrong)
    with pytest.raises(ValueError, match="timeout"):
        times.from_seconds(-1)


def test_sizes() -> None:
    assert checked_buffer_size("size", None) is None
    assert checked_buffer_size("size", 0) == 0
    for bad in (-1, 2**31):
        with pytest.raises(ValueError, match="size must be between"):
            checked_buffer_size("size", bad)
    for wrong in (1.5, False, "1"):
        with pytest.raises(TypeError, match="size must be a number"):
            checked_buffer_size("size", wrong)  # type: ignore[arg-type]  # what must be refused


@pytest.mark.skipif(sys.platform != "win32", reason="their public modules exist only on Windows")
def test_values_are_pickled(names: Any, enumerations: Any) -> None:
    for value in (names.GenericNamespaced.map("a"), enumerations.WaitTimeout(5)):
        assert pickle.loads(pickle.dumps(value)) == value
