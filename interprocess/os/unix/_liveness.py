"""Whether a process listens at an address, and the errors for addresses."""

from __future__ import annotations

import errno
import os

from interprocess.os.unix import _calls
from interprocess.os.unix._address import displayed, socket_address
from interprocess.os.unix._numbers import close_numbers


def is_alive(path: bytes) -> bool:
    """Whether some process has the socket of this file open. connect(2).

    Asked with a datagram socket, so that no listener sees a client come and go: the system looks
    the file's socket up, and only if there is one it says that its type is another (EPROTOTYPE).
    Raises `OSError` if the system does not say: `FileNotFoundError`, or `PermissionError` if we may
    not connect.
    """
    numbers: list[int] = []
    try:
        _calls.socket(_calls.SOCK_DGRAM | _calls.SOCK_CLOEXEC, numbers)
        _calls.connect(numbers[0], *socket_address(path))
    except ConnectionRefusedError:
        return False
    except OSError as error:
        if error.errno != errno.EPROTOTYPE:
            raise
    finally:
        close_numbers(numbers)
    return True


def in_use(path: bytes, why: str) -> OSError:
    """Return the error for an address that is taken, with the reason."""
    return OSError(errno.EADDRINUSE, f"{os.strerror(errno.EADDRINUSE)}: {why}", displayed(path))


def with_path(error: OSError, path: bytes) -> OSError:
    """Return ERROR with the address that the user gave.

    An error without a number is not the system's: a signal handler has raised it.
    """
    if error.errno is None:
        return error
    return OSError(error.errno, error.strerror, displayed(path))
