"""Names by their addresses, as other programs made them."""

from __future__ import annotations

import pytest

from interprocess.local_socket import Name
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
