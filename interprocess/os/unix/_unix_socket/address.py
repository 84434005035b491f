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

#: How many bytes a socket's address may have; some systems want a NUL after them.
MAX_ADDRESS = ffi.sizeof(dict(ffi.typeof("struct sockaddr_un").fields)["sun_path"].type)
if _kernel.PATH_ENDS_IN_NUL:
    MAX_ADDRESS -= 1

#: The maximum length of a path where long paths work: that of the kernel, with a NUL, less what the
#: temporary names beside a path add.
LONGEST_PATH = 4096 - 1 - 16

_PATH_OFFSET = ffi.offsetof("struct sockaddr_un", "sun_path")
_ADDRESS_HAS_LENGTH = "sun_len" in dict(ffi.typeof("struct sockaddr_un").fields)
_FAMILY = int(_calls.AF_UNIX).to_bytes(_PATH_OFFSET, sys.byteorder)
_BYTES = ffi.typeof("char[]")
_O_PATH = constant("O_PATH", 0)


#: The address that was made last: a client often connects to the same server again.
_last: tuple[bytes, CData, int] | None = None


def socket_address(path: bytes) -> tuple[CData, int]:
    """Return the memory of a `struct sockaddr_un`, as far as an address goes, and its length.

    No NUL belongs to the address, but where the kernel wants one: Linux, where a leading NUL makes
    it abstract, takes it as long as it is said to be. unix(7).
    """
    global _last
    last = _last
    if last is not None and last[0] == path:
        return last[1], last[2]
    length = _PATH_OFFSET + len(path) + _kernel.PATH_ENDS_IN_NUL
    # The BSDs and macOS have a byte for the length, and one for the family.
    head = bytes((length, _calls.AF_UNIX)) if _ADDRESS_HAS_LENGTH else _FAMILY
    address = ffi.new(_BYTES, head + path)
    _last = path, address, length
    return address, length


def is_reachable(path: bytes) -> bool:
    """Whether a path is short enough, for an address or for the way around it."""
    if len(path) <= MAX_ADDRESS:
        return True
    return len(path) <= LONGEST_PATH and has_way_for_long_paths()


def has_way_for_long_paths() -> bool:
    """Whether socket files can be named by their descriptors. open(2), O_PATH; proc(5)."""
    return _kernel.SOCKET_FILES_HAVE_DESCRIPTORS and os.path.isdir("/proc/self/fd")


def connect(number: int, path: bytes) -> None:
    """Connect a socket to the file at PATH, or to an abstract address. connect(2).

    Where an address has no room for the path, the file is opened and the address names its
    descriptor: so there is nothing between that another process could replace.
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

    The system looks the file's socket up, and only if there is one it says that its type is another
    (EPROTOTYPE). No listener notices. 0 if it is a datagram socket itself.
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
    """Return an address as people write it: an abstract one begins with @."""
    if address[:1] == b"\0":
        return "@" + os.fsdecode(address[1:])
    return os.fsdecode(address)
