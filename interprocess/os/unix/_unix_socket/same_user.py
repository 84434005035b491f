"""Users that `current_user_only` admits: the same user, and root, which may do anything anyway."""

from __future__ import annotations

import errno
import os
import stat

from interprocess.errors import UnsupportedError
from interprocess.os.unix._unix_socket.peer_creds import TELLS_AFTER_END, TELLS_USER, peer_user

ROOT = 0


def is_trusted(user: int) -> bool:
    """Whether a user is that of this process, as it is now, or root."""
    return user == ROOT or user == os.geteuid()


def admits(number: int) -> bool:
    """Whether the process that connected to our listener is the same user's or root's.

    A peer about which the system tells nothing is unknown.
    """
    try:
        user = peer_user(number)
    except OSError:
        return False
    return user is not None and is_trusted(user)


def check_tells_user() -> None:
    """Raise `UnsupportedError` where the system does not tell who connects."""
    if not TELLS_USER:
        raise UnsupportedError(
            errno.ENOTSUP,
            "current_user_only: this system does not tell whose a client is. A path is private by"
            " its mode, and by that of its directory",
        )


def check_owner(what: str, user: int, path: bytes) -> None:
    """Raise `PermissionError` for what belongs to somebody else."""
    if not is_trusted(user):
        raise PermissionError(errno.EACCES, _whose(what, user), os.fsdecode(path))


def check_socket_file(path: bytes) -> None:
    """Raise `PermissionError` if what is at PATH is somebody else's. lstat(2), stat(2).

    If nothing is there, connect(2) says so.
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
    """Refuse a server of somebody else's, where the system says whose it is.

    Raises `PermissionError`.
    """
    if not TELLS_USER:
        return  # Then the file's owner is all there is.
    try:
        user = peer_user(number)
    except UnsupportedError:
        if not TELLS_AFTER_END:
            return  # Servers that answer and close at once are common; the file's owner is right.
        user = None  # It has left already, and some systems do not tell any more whose it was.
    if user is None:
        raise PermissionError(errno.EACCES, "the system does not tell whose the server is")
    if not is_trusted(user):
        raise PermissionError(errno.EACCES, _whose("the server", user))


def _whose(what: str, user: int) -> str:
    return f"{what} belongs to user {user}, neither to user {os.geteuid()} nor to root"
