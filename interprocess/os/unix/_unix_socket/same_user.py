"""Users that `current_user_only` admits: the same user, and root, who has all rights anyway."""

from __future__ import annotations

import errno
import os
import stat

from interprocess.errors import UnsupportedError
from interprocess.os.unix._unix_socket.peer_creds import TELLS_AFTER_END, TELLS_USER, peer_user

ROOT = 0


def is_trusted(user: int) -> bool:
    """Return true if a user is the current user of this process, or root."""
    return user == ROOT or user == os.geteuid()


def admits(number: int) -> bool:
    """Return true if the client of our listener is a process of the same user or root.

    A peer about which the system reports nothing is not admitted.
    """
    try:
        user = peer_user(number)
    except OSError:
        return False
    return user is not None and is_trusted(user)


def check_tells_user() -> None:
    """Raise `UnsupportedError` if the system does not report the users of clients."""
    if not TELLS_USER:
        raise UnsupportedError(
            errno.ENOTSUP,
            "current_user_only: this system does not report the users of clients. A path is private"
            " by its mode, and by that of its directory",
        )


def check_owner(what: str, user: int, path: bytes) -> None:
    """Raise `PermissionError` for an object of another user."""
    if not is_trusted(user):
        raise PermissionError(errno.EACCES, _whose(what, user), os.fsdecode(path))


def check_socket_file(path: bytes) -> None:
    """Raise `PermissionError` if the file at PATH belongs to another user. lstat(2), stat(2).

    If it does not exist, connect(2) reports that.
    """
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            check_owner("the symbolic link", status.st_uid, path)
            status = os.stat(path)
    except PermissionError:
        raise
    except OSError:
        return
    check_owner("the socket", status.st_uid, path)


def check_server(number: int) -> None:
    """Raise `PermissionError` for a server of another user, where the system reports the user."""
    if not TELLS_USER:
        return  # Then only the file's owner is known.
    try:
        user = peer_user(number)
    except UnsupportedError:
        if not TELLS_AFTER_END:
            return  # Servers often answer and close at once; the file's owner was checked.
        user = None  # It has already left, and some systems do not report its user any more.
    if user is None:
        raise PermissionError(errno.EACCES, "the system does not report the server's user")
    if not is_trusted(user):
        raise PermissionError(errno.EACCES, _whose("the server", user))


def _whose(what: str, user: int) -> str:
    return f"{what} belongs to user {user}, neither to user {os.geteuid()} nor to root"
