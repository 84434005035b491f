"""Addresses of Unix domain sockets. unix(7)."""

from __future__ import annotations

import errno
import os
import sys

from interprocess._bindings.libc import constant, ffi
from interprocess.os.unix import _calls, _kernel
from interprocess.os.unix._descriptor.numbers import Numbers, close_numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData

#: The longest address of a socket, in bytes; some systems require a trailing NUL in addition.
MAX_ADDRESS = ffi.sizeof(dict(ffi.typeof("struct sockaddr_un").fields)["sun_path"].type)
if _kernel.PATH_ENDS_IN_NUL:
    MAX_ADDRESS -= 1

#: The maximum length of a path where long paths work: the kernel's limit, less a NUL and the
#: characters that temporary names beside a path add.
LONGEST_PATH = 4096 - 1 - 16

_PATH_OFFSET = ffi.offsetof("struct sockaddr_un", "sun_path")
_ADDRESS_HAS_LENGTH = "sun_len" in dict(ffi.typeof("struct sockaddr_un").fields)
_FAMILY = int(_calls.AF_UNIX).to_bytes(_PATH_OFFSET, sys.byteorder)
_BYTES = ffi.typeof("char[]")
_O_PATH = constant("O_PATH", 0)


#: The last address that was made: a client often connects to the same server again.
_last: tuple[bytes, CData, int] | None = None


def socket_address(path: bytes) -> tuple[CData, int]:
    """Return the memory of a `struct sockaddr_un`, and the length of the address.

    The address has no trailing NUL, unless the kernel requires one: Linux, where a leading NUL
    makes it abstract, uses the length. unix(7).
    """
    global _last
    last = _last
    if last is not None and last[0] == path:
        return last[1], last[2]
    length = _PATH_OFFSET + len(path) + _kernel.PATH_ENDS_IN_NUL
    # The BSDs and macOS have one byte for the length and one for the family.
    head = bytes((length, _calls.AF_UNIX)) if _ADDRESS_HAS_LENGTH else _FAMILY
    address = ffi.new(_BYTES, head + path)
    _last = path, address, length
    return address, length


def is_reachable(path: bytes) -> bool:
    """Return true if a path is short enough for an address or for the system's alternative."""
    if len(path) <= MAX_ADDRESS:
        return True
    return len(path) <= LONGEST_PATH and has_way_for_long_paths()


def has_way_for_long_paths() -> bool:
    """Return true if descriptors can name socket files. open(2), O_PATH; proc(5)."""
    return _kernel.SOCKET_FILES_HAVE_DESCRIPTORS and os.path.isdir("/proc/self/fd")


def connect(number: int, path: bytes) -> None:
    """Connect a socket to the file at PATH, or to an abstract address. connect(2).

    If the path does not fit into an address, the file is opened and the address names its
    descriptor: so no other process can replace the file in between.
    """
    if len(path) <= MAX_ADDRESS:
        _calls.connect(number, *socket_address(path))
        return
    opened = Numbers()
    try:
        opened += map(os.open, (path,), (_O_PATH,))
        _calls.connect(number, *socket_address(b"/proc/self/fd/%d" % opened[0]))
    finally:
        close_numbers(opened)


def probe(path: bytes) -> int:
    """Return the error of connecting a datagram socket to the stream socket of a file.

    The system looks up the file's socket, and only if it exists, reports that its type differs
    (EPROTOTYPE). No listener notices this. 0 if it is a datagram socket itself.
    """
    numbers = Numbers()
    try:
        _calls.socket(_calls.SOCK_DGRAM | _calls.SOCK_CLOEXEC, numbers)
        connect(numbers[0], path)
    except OSError as error:
        return error.errno or errno.EIO
    finally:
        close_numbers(numbers)
    return 0


def displayed(address: bytes) -> str:
    """Return an address in its usual text form: an abstract one begins with @."""
    if address[:1] == b"\0":
        return "@" + os.fsdecode(address[1:])
    return os.fsdecode(address)
