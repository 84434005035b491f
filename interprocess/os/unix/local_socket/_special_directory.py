"""The directories of names that are no paths, where there is no abstract namespace.

They are those of the Rust crate, so that its programs and ours meet: `/run/user/UID`, where the
system has that, and otherwise the directory for temporary files. There anybody may have been first,
so a listener makes sure that the directories on the way are its own, and a client, unless it is
told otherwise, that the server is its own user's or the administrator's
(`_unix_socket/same_user.py`).
"""

from __future__ import annotations

import errno
import os
import stat
import sys

from interprocess.os.unix._unix_socket.same_user import ROOT, check_owner

#: Where nobody has said otherwise; Android has neither of the others.
_ANDROIDS = b"/data/local/tmp/"


def candidates(name: bytes) -> tuple[bytes, ...]:
    """Return the paths of NAME, the one to listen on first: each is used if none before it can be.

    A listener and its clients look at the same places in the same order, as the crate does.
    """
    users = b"/run/user/%d" % os.getuid()
    temporary = _temporary_directory() + name
    return (users + b"/" + name, temporary) if os.path.isdir(users) else (temporary,)


def _temporary_directory() -> bytes:
    if sys.platform == "android" or hasattr(sys, "getandroidapilevel"):
        # As it is: users end it with a slash, or want a prefix.
        return os.environb.get(b"TMPDIR") or os.environb.get(b"TEMPDIR") or _ANDROIDS
    return b"/tmp/"


def make_directories(path: bytes, name: bytes) -> None:
    """Make the directories in NAME, which stands at the end of PATH, and see that they are safe.

    mkdir(2), mode 0700. Raises `PermissionError` for a directory in which somebody else could put
    another socket in the place of ours.
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
    # What only its owner can change, a symbolic link of root's included, is followed.
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
            "others may replace what is in this directory: it has no sticky bit",
            os.fsdecode(directory),
        )


def server_path(path: bytes, elsewhere: bytes) -> bytes:
    """Return which of two paths to connect to: the other one if nothing is at the first. lstat(2).

    If there is no other, connect(2) says what is wrong.
    """
    return path if not elsewhere or os.path.lexists(path) else elsewhere
