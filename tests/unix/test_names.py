"""Names by their addresses, as other programs made them."""

from __future__ import annotations

import sys

import pytest

from interprocess.local_socket import Name, to_fs_name, to_name
from interprocess.os.unix.local_socket import SpecialDirUdSocket
from tests.support import unique


@pytest.mark.parametrize("address", [b"", b"\0", b"a\0b", b"x" * 5000])
def test_addresses_that_are_none_are_refused(address: bytes) -> None:
    with pytest.raises(ValueError, match=r"local socket|longer"):
        Name(address)


@pytest.mark.parametrize("address", ["text", None, bytearray(b"x")])
def test_addresses_are_bytes(address: object) -> None:
    with pytest.raises(TypeError, match="must be bytes"):
        Name(address)  # type: ignore[arg-type]  # deliberately wrong


def test_an_address_is_taken_as_it_is() -> None:
    address = unique().encode()
    assert Name(address).address == address


def test_a_relative_path_has_a_separator_as_text() -> None:
    assert to_fs_name("sock").as_text() == "./sock"
    assert to_fs_name("some/sock").as_text() == "some/sock"


def test_a_path_that_is_no_text_survives_all_the_same() -> None:
    name = to_fs_name(b"/tmp/\xff")
    assert to_name(name.as_text()) == name


@pytest.mark.skipif(sys.platform != "linux", reason="abstract names")
@pytest.mark.parametrize("address", [b"\0/tmp/dbus", b"\0a\0b", b"\0\0"])
def test_an_abstract_name_that_no_text_means_has_none(address: bytes) -> None:
    with pytest.raises(ValueError, match="accepts no text"):
        Name(address, namespaced=True).as_text()


@pytest.mark.skipif(sys.platform != "linux", reason="where namespaced names are abstract")
def test_a_name_in_the_special_directory_has_no_text() -> None:
    with pytest.raises(ValueError, match="accepts no text"):
        SpecialDirUdSocket.map(unique()).as_text()
