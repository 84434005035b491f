"""The Unix domain sockets of this network namespace, with their exact addresses. sock_diag(7).

The kernel sends each address with its length. In `/proc/net/unix`, in contrast, an address that
contains line breaks can look like further sockets.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_AF_UNIX = 1
_AF_NETLINK = 16
_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 0x1
_NLM_F_DUMP = 0x300
_NLMSG_ERROR = 2
_NLMSG_DONE = 3

_UDIAG_SHOW_NAME = 1
_UNIX_DIAG_NAME = 0
_ANY = 0xFFFFFFFF

_HEADER = struct.Struct("=IHHII")  # struct nlmsghdr
_REQUEST = struct.Struct("=BBHIIIII")  # struct unix_diag_req
_SOCKET = struct.Struct("=BBBxI8x")  # struct unix_diag_msg
_ATTRIBUTE = struct.Struct("=HH")  # struct nlattr
_STATUS = struct.Struct("=i")

#: States of a socket.
_TCP_ESTABLISHED = 1
_TCP_LISTEN = 10

#: The kernel fills at most 32 KiB at once.
_BUFFER_SIZE = 65536


class UnixSocket(NamedTuple):
    """A socket, as the kernel describes it."""

    #: Its `SOCK_…` value.
    kind: int
    listens: bool
    connected: bool
    inode: int
    #: A path, or a NUL and an abstract name; empty if it has none.
    address: bytes


def unix_sockets() -> list[UnixSocket]:
    """Return all Unix domain sockets; raise `OSError` if the system refuses to list them.

    Some sandboxes do, and kernels without `CONFIG_UNIX_DIAG`. Connections that are not yet accepted
    are left out.
    """
    with socket.socket(_AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG) as netlink:
        request = _REQUEST.pack(_AF_UNIX, 0, 0, _ANY, 0, _UDIAG_SHOW_NAME, _ANY, _ANY)
        size = _HEADER.size + len(request)
        flags = _NLM_F_REQUEST | _NLM_F_DUMP
        header = _HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, flags, 1, 0)
        netlink.sendto(header + request, (0, 0))
        return list(_answers(netlink))


def _answers(netlink: socket.socket) -> Iterator[UnixSocket]:
    """Receive the answers until the last one."""
    while True:
        data, (sender, _) = netlink.recvfrom(_BUFFER_SIZE)
        if sender != 0:
            continue  # Not from the kernel.
        for kind, content in _messages(data):
            if kind == _SOCK_DIAG_BY_FAMILY:
                yield _parsed(content)
            elif kind in (_NLMSG_DONE, _NLMSG_ERROR):
                (status,) = _STATUS.unpack_from(content)
                if status:
                    raise OSError(-status, os.strerror(-status))
                return


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while data:
        size, kind, *_ = _HEADER.unpack_from(data)
        yield kind, data[_HEADER.size : size]
        data = data[_aligned(size) :]


def _parsed(content: bytes) -> UnixSocket:
    _, kind, state, inode = _SOCKET.unpack_from(content)
    address = b""
    rest = content[_SOCKET.size :]
    while rest:
        size, attribute = _ATTRIBUTE.unpack_from(rest)
        if attribute == _UNIX_DIAG_NAME:
            address = rest[_ATTRIBUTE.size : size]
        rest = rest[_aligned(size) :]
    if address[:1] != b"\0":
        address = address[:-1]  # A path ends with a NUL.
    return UnixSocket(kind, state == _TCP_LISTEN, state == _TCP_ESTABLISHED, inode, address)


def _aligned(size: int) -> int:
    return (size + 3) & ~3
