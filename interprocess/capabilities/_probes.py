"""Questions to the running system. None leaves a trace or imports anything before it is asked."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.peer_creds import PeerCreds


def abstract_namespace() -> bool:
    """Whether a socket can be bound to an abstract name, which vanishes with it. unix(7)."""
    if sys.platform == "win32":
        return False
    # Not `socket`, which takes longer to import than all of this package.
    import _socket

    probe = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        probe.bind(b"\0interprocess probe " + os.urandom(16).hex().encode())
    except OSError:
        return False
    finally:
        probe.close()
    return True


def rename_exchange() -> bool:
    """Whether the system can swap two files. renameat2(2), renamex_np(2).

    The names that are tried cannot exist. That the system can does not say that every file system
    can.
    """
    if sys.platform == "win32":
        return False
    from interprocess.os.unix._files import renaming

    try:
        renaming.rename_exchange(b"", b"")
    except FileNotFoundError:
        return True
    except renaming.RenameUnsupportedError:
        return False
    return True


def long_socket_paths() -> bool:
    """Whether there is a /proc, in which an open socket file has a short name."""
    if sys.platform == "win32":
        return False
    from interprocess.os.unix._unix_socket.address import has_way_for_long_paths

    return has_way_for_long_paths()


def nonblocking_receive() -> bool:
    """Whether a flag keeps a single receive from waiting: MSG_DONTWAIT."""
    if sys.platform == "win32":
        return False
    from interprocess.os.unix import _calls

    return bool(_calls.MSG_DONTWAIT)


def peer_pid() -> bool:
    """Whether a connected socket tells the process at its other end."""
    from interprocess.errors import UnsupportedError

    try:
        return _own_peer_creds().pid is not None
    except UnsupportedError:
        return True  # Of a pair nothing is told; what is told of connections has it.


def peer_groups() -> bool:
    """Whether a connected socket tells the groups of the process at its other end."""
    from interprocess.errors import UnsupportedError

    try:
        return _own_peer_creds().groups is not None
    except UnsupportedError:
        return True


def peer_pidfd() -> bool:
    """Whether a connected socket gives a pidfd for the process at its other end. Linux 6.5."""
    if sys.platform != "linux" and sys.platform != "android":
        return False
    from interprocess.errors import UnsupportedError
    from interprocess.local_socket import pair
    from interprocess.os.linux import local_socket

    one, other = pair()
    with one, other:
        try:
            os.close(local_socket.peer_pidfd(one))
        except UnsupportedError:
            return False
    return True


def peer_security_label() -> bool:
    """Whether a security module labels the ends of connections."""
    if sys.platform != "linux" and sys.platform != "android":
        return False
    from interprocess.errors import UnsupportedError
    from interprocess.local_socket import pair
    from interprocess.os.linux import local_socket

    one, other = pair()
    with one, other:
        try:
            local_socket.peer_security_label(one)
        except UnsupportedError:
            return False
    return True


def _own_peer_creds() -> PeerCreds:
    from interprocess.local_socket import pair

    one, other = pair()
    with one, other:
        creds: PeerCreds = one.peer_creds()
    return creds
