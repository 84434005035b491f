"""Names: what becomes one, what does not, and how they behave as values."""

from __future__ import annotations

import copy
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess.local_socket import (
    GenericFilePath,
    GenericNamespaced,
    Name,
    NameType,
    connect,
    listen,
    to_fs_name,
    to_name,
    to_ns_name,
)
from interprocess.local_socket._shortcuts import MOST_KNOWN_PATHS
from tests.support import unique

PATH = r"\\.\pipe\some name" if sys.platform == "win32" else "/tmp/some name"
ordinary = st.text(
    st.characters(blacklist_characters="\0/\\", blacklist_categories=["Cs"]),
    min_size=1,
    max_size=20,
).filter(
    lambda text: (
        text not in (".", "..")  # These are directories.
        and (sys.platform != "win32" or text[-1] not in ". ")  # Windows leaves these out.
    )
)


@pytest.mark.parametrize("name_type", [GenericFilePath, GenericNamespaced])
def test_generic_types_are_supported(name_type: type[NameType]) -> None:
    assert name_type.is_supported()


def test_path_name() -> None:
    name = to_fs_name(PATH)
    assert name.is_path()
    assert str(name) == PATH
    assert name == to_fs_name(Path(PATH)) == to_fs_name(os.fsencode(PATH))


def test_namespaced_name() -> None:
    name = to_ns_name("some name")
    assert name.is_namespaced()
    assert name == to_ns_name(b"some name")
    assert name != to_ns_name("some other name")


def test_strings_with_separators_are_paths() -> None:
    # More than are kept, and again.
    for path in [PATH, PATH, *(f"{PATH}-{i}" for i in range(MOST_KNOWN_PATHS)), PATH]:
        assert to_name(path) == to_fs_name(path)
        assert to_name(os.fsencode(path)) == to_fs_name(path)
    assert to_name("some name") == to_ns_name("some name")
    assert to_name(Path(PATH)) == to_fs_name(PATH)
    assert to_name(to_ns_name("x")) == to_ns_name("x")


@pytest.mark.parametrize("convert", [to_fs_name, to_ns_name, to_name])
@pytest.mark.parametrize("value", ["", b"", "a\0b", b"\0", "\0"])
def test_empty_names_and_nuls_are_refused(convert: object, value: object) -> None:
    with pytest.raises(ValueError, match="name"):
        convert(value)  # type: ignore[operator]  # deliberately loose


def test_names_survive_their_way_through_text() -> None:
    for name in [to_fs_name(PATH), to_ns_name("some name"), Name.unique(), Name.unique("sömé")]:
        assert to_name(name.as_text()) == name
    assert to_ns_name("some name").as_text() == "some name"


@given(ordinary)
def test_namespaced_names_survive_their_way_through_text(text: str) -> None:
    assert to_name(to_ns_name(text).as_text()) == to_ns_name(text)


@pytest.mark.parametrize("convert", [to_fs_name, to_ns_name, to_name, connect])
@pytest.mark.parametrize("value", [None, 1, 1.5, ["a"], object()])
def test_wrong_types_are_refused(convert: object, value: object) -> None:
    with pytest.raises(TypeError):
        convert(value)  # type: ignore[operator]  # deliberately wrong


@pytest.mark.parametrize("value", [1, 1.5, ["a"], object()])
def test_listen_refuses_wrong_types(value: Any) -> None:
    with pytest.raises(TypeError):
        listen(value)


@pytest.mark.parametrize("value", ["x" * 1000, r"\\.\pipe\x" + "x" * 1000])
def test_overlong_names_are_refused_with_the_limit(value: str) -> None:
    with pytest.raises(ValueError, match=r"\d\d\d"):
        to_ns_name(value)


def test_wrong_name_type() -> None:
    with pytest.raises(TypeError, match="name type"):
        to_fs_name("x", str)  # type: ignore[arg-type]  # deliberately wrong
    with pytest.raises(TypeError, match="name type"):
        GenericFilePath()


@given(ordinary)
def test_names_are_values(text: str) -> None:
    name = to_ns_name(text)
    assert name == to_ns_name(text)
    assert hash(name) == hash(to_ns_name(text))
    assert pickle.loads(pickle.dumps(name)) == name
    assert copy.deepcopy(name) == name
    assert text.encode(errors="backslashreplace").decode("ascii", "ignore")[:1] in repr(
        name
    ) or repr(name)
    with pytest.raises(AttributeError):
        name.address = b"other"  # type: ignore[misc,assignment,unused-ignore]  # deliberately wrong


def test_unique_names_differ() -> None:
    names = {Name.unique("prefix") for _ in range(100)}
    assert len(names) == 100
    assert all("prefix" in str(name) for name in names)
    with pytest.raises(ValueError, match=r"\d\d\d"):
        Name.unique("x" * 1000)


def test_a_name_that_only_differs_by_its_end_is_another() -> None:
    prefix = unique()
    with (
        listen(to_ns_name(prefix + "a")),
        pytest.raises((ConnectionRefusedError, FileNotFoundError)),
    ):
        connect(to_ns_name(prefix))
