"""Addresses of Unix domain sockets. unix(7)."""

from __future__ import annotations

import os
import sys

from interprocess._bindings.libc import ffi
from interprocess.os.unix import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData

#: How many bytes a socket's address may have. OpenBSD alone wants a NUL after them.
MAX_ADDRESS = ffi.sizeof(dict(ffi.typeof("struct sockaddr_un").fields)["sun_path"].type)
if sys.platform.startswith("openbsd"):
    MAX_ADDRESS -= 1

_PATH_OFFSET = ffi.offsetof("struct sockaddr_un", "sun_path")
_ADDRESS_HAS_LENGTH = "sun_len" in dict(ffi.typeof("struct sockaddr_un").fields)
_FAMILY = int(_calls.AF_UNIX).to_bytes(_PATH_OFFSET, sys.byteorder)
_BYTES = ffi.typeof("char[]")


def socket_address(path: bytes) -> tuple[CData, int]:
    """Return the memory of a `struct sockaddr_un`, as far as an address goes, and its length.

    No NUL is put after the address: Linux, where a leading NUL makes it abstract, takes it as long
    as it is said to be. unix(7).
    """
    length = _PATH_OFFSET + len(path)
    # The BSDs and macOS have a byte for the length, and one for the family.
    head = bytes((length, _calls.AF_UNIX)) if _ADDRESS_HAS_LENGTH else _FAMILY
    return ffi.new(_BYTES, head + path), length


def displayed(address: bytes) -> str:
    """Return an address as people write it: an abstract one begins with @."""
    if address[:1] == b"\0":
        return "@" + os.fsdecode(address[1:])
    return os.fsdecode(address)
