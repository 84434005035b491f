"""Checks whether a process listens at an address; the errors for addresses."""

from __future__ import annotations

import errno
import os

from interprocess.os.unix._unix_socket.address import displayed, probe

#: Errors that say neither that there is a listener nor that there is none.
_TELLS_NOTHING = {
    *(errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EACCES, errno.EPERM),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EIO),
}

#: Errors that say that there is no listener; EDESTADDRREQ on illumos and Solaris.
_NOBODY = {errno.ECONNREFUSED, errno.EDESTADDRREQ}


def is_alive(path: bytes) -> bool:
    """Return true if a process has the socket of this file open.

    The check does not appear as a client at the listener. Raises `OSError` if the system does not
    tell: `FileNotFoundError`, or `PermissionError` if we may not connect.
    """
    number = probe(path)
    if number in _TELLS_NOTHING:
        raise OSError(number, os.strerror(number))
    return number not in _NOBODY


def in_use(path: bytes, why: str) -> OSError:
    """Return the error for an address in use, with the reason."""
    return OSError(errno.EADDRINUSE, f"{os.strerror(errno.EADDRINUSE)}: {why}", displayed(path))


def with_path(error: OSError, path: bytes) -> OSError:
    """Return ERROR with the address that the user gave.

    An error without a number is not the system's: a signal handler has raised it.
    """
    if error.errno is None:
        return error
    return OSError(error.errno, error.strerror, displayed(path))
