"""Names of temporary files and directories beside a path; `_files.staging` explains their use."""

from __future__ import annotations

import os

from interprocess.os.unix._unix_socket.address import is_reachable

#: The name of a new file in the directory beside its path, before it appears at the path.
NEW = b"new"
_SUFFIX = b".ip"
_DIGITS = 8


def name_beside(path: bytes) -> bytes:
    """Return the path of the directory in which the file for PATH is prepared."""
    directory, name = os.path.split(path)
    return os.path.join(directory, b"." + name + _SUFFIX)


def fresh_name_beside(path: bytes) -> bytes:
    """Return an unused path in the same directory."""
    directory, name = os.path.split(path)
    # Only a part of the name, since the whole one may have the maximum length.
    return os.path.join(directory, b"." + name[:200] + _SUFFIX + b"-" + digits())


def shorter(path: bytes, given: bytes) -> bytes:
    """Return the absolute PATH, or GIVEN if PATH is too long for a socket."""
    return path if is_reachable(path) else given


def digits() -> bytes:
    """Return enough random digits to be unique."""
    return os.urandom(_DIGITS // 2).hex().encode()


def published(address: bytes) -> bytes:
    """Return the final path of a socket that was bound to ADDRESS beside that path."""
    head, name = os.path.split(address)
    directory, staging = os.path.split(head)
    stem, suffix, end = staging[1:].rpartition(_SUFFIX)
    is_staging = name == NEW and staging[:1] == b"." and stem and suffix
    if not is_staging or len(end) not in (0, 1 + _DIGITS):
        return address
    return os.path.join(directory, stem)
