"""Probes of the running system. They have no side effects and import modules only when called."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.peer_creds import PeerCreds


def abstract_namespace() -> bool:
    """Return true if a socket can be bound to an abstract name, which vanishes with it. unix(7)."""
    if sys.platform == "win32":
        return False
    # Not `socket`, which takes longer to import than this whole package.
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
    """Return true if the system can swap two files. renameat2(2), renamex_np(2).

    The names that are tried cannot exist. Some file systems may lack it even if the system has it.
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
    """Return true if there is a /proc, in which an open socket file has a short name."""
    if sys.platform == "win32":
        return False
    from interprocess.os.unix._unix_socket.address import has_way_for_long_paths

    return has_way_for_long_paths()


def nonblocking_receive() -> bool:
    """Return true if a flag, MSG_DONTWAIT, can make a single receive nonblocking."""
    if sys.platform == "win32":
        return False
    from interprocess.os.unix import _calls

    return bool(_calls.MSG_DONTWAIT)


def peer_pid() -> bool:
    """Return true if a connected socket has its peer's process id."""
    from interprocess.errors import UnsupportedError

    try:
        return _own_peer_creds().pid is not None
    except UnsupportedError:
        return True  # Pairs have no credentials here; those of connections have it.


def peer_groups() -> bool:
    """Return true if a connected socket has its peer's groups."""
    from interprocess.errors import UnsupportedError

    try:
        return _own_peer_creds().groups is not None
    except UnsupportedError:
        return True


def peer_pidfd() -> bool:
    """Return true if a connected socket has a pidfd of its peer. Linux 6.5."""
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
    """Return true if a security module labels the ends of connections."""
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


def shared_memory() -> bool:
    """Whether the system makes memory to be shared."""
    return _makes_memory(single_writer=False)


def shared_memory_single_writer() -> bool:
    """Whether the system makes memory that only one process can write. Linux 5.1."""
    return _makes_memory(single_writer=True)


def _makes_memory(*, single_writer: bool) -> bool:
    from interprocess.errors import UnsupportedError
    from interprocess.shared_memory import Memory

    try:
        Memory(1, single_writer=single_writer).close()
    except UnsupportedError:
        return False
    return True


def shared_memory_rings() -> bool:
    """Whether processes can agree to send bytes through shared memory."""
    from interprocess.shared_memory import _barrier

    return _barrier.memory_is_ordered() and _barrier.is_supported()


def _own_peer_creds() -> PeerCreds:
    from interprocess.local_socket import pair

    one, other = pair()
    with one, other:
        creds: PeerCreds = one.peer_creds()
    return creds
