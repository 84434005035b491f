"""Names of what is beside a path for a moment. `_files.staging` says what for."""

from __future__ import annotations

import os

from interprocess.os.unix._unix_socket.address import is_reachable

#: The name of a file, in the directory beside its path, before it appears there.
NEW = b"new"
_SUFFIX = b".ip"
_DIGITS = 8


def name_beside(path: bytes) -> bytes:
    """Return the path of the directory in which the file at PATH is made ready."""
    directory, name = os.path.split(path)
    return os.path.join(directory, b"." + name + _SUFFIX)


def fresh_name_beside(path: bytes) -> bytes:
    """Return a path in the same directory that nothing and nobody uses."""
    directory, name = os.path.split(path)
    # Not the whole of a name that is as long as the system takes it.
    return os.path.join(directory, b"." + name[:200] + _SUFFIX + b"-" + digits())


def shorter(path: bytes, given: bytes) -> bytes:
    """Return the absolute PATH if that is not too long for a socket, else the form GIVEN."""
    return path if is_reachable(path) else given


def digits() -> bytes:
    """Return so many random digits that nobody else has the same."""
    return os.urandom(_DIGITS // 2).hex().encode()


def published(address: bytes) -> bytes:
    """Return the path at which a socket has appeared that was bound to ADDRESS beside it."""
    head, name = os.path.split(address)
    directory, staging = os.path.split(head)
    stem, suffix, end = staging[1:].rpartition(_SUFFIX)
    is_staging = name == NEW and staging[:1] == b"." and stem and suffix
    if not is_staging or len(end) not in (0, 1 + _DIGITS):
        return address
    return os.path.join(directory, stem)
