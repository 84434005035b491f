"""Checks that a descriptor from other code is a socket that can be adopted."""

from __future__ import annotations

import _socket
import errno
import os
import stat

from interprocess.os.unix import _calls
from interprocess.os.unix._unix_socket.descriptor import never_raise_sigpipe


def check_is_unix_stream_socket(number: int, *, listening: bool) -> None:
    """Check that a descriptor is a Unix domain stream socket, connected or LISTENING.

    Where an option switches off SIGPIPE, it is set on the socket.

    Raises `OSError` (EBADF) for a number that is not open and `ValueError` for anything else.
    """
    wanted = "a listening" if listening else "a connected"
    refused = f"descriptor {number} cannot be adopted: it is not {wanted} Unix domain stream socket"
    if not stat.S_ISSOCK(os.fstat(number).st_mode):
        raise ValueError(f"{refused}, but no socket at all")
    family, _ = _calls.getsockname(number)
    if family != _calls.AF_UNIX:
        raise ValueError(f"{refused}, but of address family {_called('AF_', family)}")
    kind = _calls.getsockopt_int(number, _calls.SOL_SOCKET, _calls.SO_TYPE)
    if kind != _calls.SOCK_STREAM:
        raise ValueError(f"{refused}, but of socket type {_called('SOCK_', kind)}")
    why_not_connected = _why_not_connected(number)
    is_listening = _is_listening(number, is_connected=not why_not_connected)
    if is_listening != listening:
        raise ValueError(
            f"{refused}, but {'a listening' if is_listening else 'not a listening'} one"
        )
    if not listening and why_not_connected:
        raise ValueError(f"{refused}, but {why_not_connected}")
    try:
        never_raise_sigpipe(number)
    except OSError:
        pass  # The peer has left: then macOS accepts no options.


def _called(prefix: str, number: int) -> str:
    """Return the name of a constant of sockets, or its number."""
    for name, value in vars(_socket).items():
        if value == number and name.startswith(prefix):
            return name
    return str(number)


def _is_listening(number: int, *, is_connected: bool) -> bool:
    try:
        return _calls.getsockopt_int(number, _calls.SOL_SOCKET, _calls.SO_ACCEPTCONN) != 0
    except OSError as error:
        if error.errno != errno.ENOPROTOOPT:
            raise
    # macOS cannot be asked. A socket with a name and no peer listens, or is about to.
    _, address = _calls.getsockname(number)
    return not is_connected and bool(address.strip(b"\0"))


def _why_not_connected(number: int) -> str:
    try:
        _calls.getpeername(number)
    except OSError as error:
        reason = error.strerror or str(error)
    else:
        return ""
    # On other systems than Linux this also fails if the peer has left. Then a receive returns the
    # end of the stream, while it is an error on a socket that was never connected. It does not
    # wait: without a peer, no more data can come.
    try:
        flags = _calls.MSG_PEEK | _calls.MSG_DONTWAIT
        _calls.recv(number, _calls.new_buffer(1), 1, flags)
    except (BlockingIOError, ConnectionResetError):
        return ""
    except OSError:
        return reason
    return ""
