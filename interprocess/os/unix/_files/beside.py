"""Names of temporary files and directories beside a path; `_files.staging` explains their use."""

from __future__ import annotations

import os

from interprocess.os.unix._unix_socket.address import is_reachable
from interprocess.os.unix._unix_socket.published import DIGITS, SUFFIX


def name_beside(path: bytes) -> bytes:
    """Return the path of the directory in which the file for PATH is prepared."""
    directory, name = os.path.split(path)
    return os.path.join(directory, b"." + name + SUFFIX)


def fresh_name_beside(path: bytes) -> bytes:
    """Return an unused path in the same directory."""
    directory, name = os.path.split(path)
    # Only a part of the name, since the whole one may have the maximum length.
    return os.path.join(directory, b"." + name[:200] + SUFFIX + b"-" + digits())


def shorter(path: bytes, given: bytes) -> bytes:
    """Return the absolute PATH, or GIVEN if PATH is too long for a socket."""
    return path if is_reachable(path) else given


def digits() -> bytes:
    """Return enough random digits to be unique."""
    return os.urandom(DIGITS // 2).hex().encode()
