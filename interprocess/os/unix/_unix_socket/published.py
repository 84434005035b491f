"""The path of a socket file whose address is the temporary path at which it was prepared.

The system reports the address to which a socket was bound, not where its file was moved after that;
`interprocess.os.unix._files.staging` explains why ours are moved.
"""

from __future__ import annotations

import os

#: The name of a new file in the directory beside its path, before it appears at the path.
NEW = b"new"

#: The directory beside `/run/app.sock` is `/run/.app.sock.ip`, or that with `-` and digits.
SUFFIX = b".ip"
DIGITS = 8

_BY_DESCRIPTOR = b"/proc/self/fd/"


def published(address: bytes) -> bytes:
    """Return the final path of a socket that was bound to ADDRESS beside that path."""
    address = address.rstrip(b"\0")
    head, name = os.path.split(address)
    directory, staging = os.path.split(head)
    stem, suffix, end = staging[1:].rpartition(SUFFIX)
    is_staging = name == NEW and staging[:1] == b"." and stem and suffix
    if not is_staging or len(end) not in (0, 1 + DIGITS):
        return address
    return os.path.join(directory, stem)


def tells_its_path(address: bytes) -> bool:
    """Return whether ADDRESS, of a socket file, contains its path.

    It does not if the path was longer than an address. Such a socket was bound through a descriptor
    of its directory, which only its creator had.
    """
    return not address.startswith(_BY_DESCRIPTOR)
