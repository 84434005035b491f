"""The directories of names that are not paths, where there is no abstract namespace.

They are those of the Rust crate, so that programs with either library can connect: `/run/user/UID`,
where the system has it, and otherwise the directory for temporary files. Any user may have taken a
name there first. So a listener checks that the directories in its name are its own, and by default
a client checks that the server belongs to its own user or the administrator
(`_unix_socket/same_user.py`).
"""

from __future__ import annotations

import errno
import os
import stat
import sys

from interprocess.os.unix._unix_socket.same_user import ROOT, check_owner

#: The default directory; Android has neither of the others.
_ANDROIDS = b"/data/local/tmp/"


def candidates(name: bytes) -> tuple[bytes, ...]:
    """Return the possible paths of NAME, in order of preference; the first one is for listening.

    Listeners and clients use the same paths in the same order, as the crate does.
    """
    users = b"/run/user/%d" % os.getuid()
    temporary = _temporary_directory() + name
    return (users + b"/" + name, temporary) if os.path.isdir(users) else (temporary,)


def _temporary_directory() -> bytes:
    if sys.platform == "android" or hasattr(sys, "getandroidapilevel"):
        # Unchanged: users end it with a slash, or use it as a prefix.
        return os.environb.get(b"TMPDIR") or os.environb.get(b"TEMPDIR") or _ANDROIDS
    return b"/tmp/"


def make_directories(path: bytes, name: bytes) -> None:
    """Make the directories in NAME, the end of PATH, and check that they are safe.

    mkdir(2), mode 0700. Raises `PermissionError` for a directory in which another user could
    replace our socket.
    """
    base = path[: len(path) - len(name)] or b"."
    _check_directory(base)
    directory = base.rstrip(b"/")
    for part in name.split(b"/")[:-1]:
        directory = directory + b"/" + part
        try:
            os.mkdir(directory, 0o700)
        except FileExistsError:
            _check_directory(directory)


def _check_directory(directory: bytes) -> None:
    # Symbolic links that only their owner or root can change are followed.
    status = os.lstat(directory)
    if stat.S_ISLNK(status.st_mode) and status.st_uid == ROOT:
        status = os.stat(directory)
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), os.fsdecode(directory))
    check_owner("the directory", status.st_uid, directory)
    others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if others_write and not status.st_mode & stat.S_ISVTX:
        raise PermissionError(
            errno.EACCES,
            "other users may replace files in this directory: it has no sticky bit",
            os.fsdecode(directory),
        )


def server_path(path: bytes, elsewhere: bytes) -> bytes:
    """Return the path to connect to: ELSEWHERE if PATH does not exist. lstat(2).

    Without another path, connect(2) raises the error.
    """
    return path if not elsewhere or os.path.lexists(path) else elsewhere
