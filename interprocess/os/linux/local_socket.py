"""The peer of a local socket, as only Linux reports it. socket(7), unix(7)."""

from __future__ import annotations

import _socket
import errno
import os

from interprocess._bindings.libc import ffi
from interprocess.errors import UnsupportedError
from interprocess.os.unix import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    from interprocess.os.unix.local_socket._async_stream import AsyncStream
    from interprocess.os.unix.local_socket._stream import Stream

    AnyStream = Union[Stream, AsyncStream[Any, Any]]

__all__ = ["peer_pidfd", "peer_security_label"]

#: Some C libraries do not define it. Linux 6.5.
_SO_PEERPIDFD = 86 if os.uname().machine.startswith("sparc") else 77

_USUAL_LABEL_SIZE = 256


def peer_pidfd(stream: AnyStream) -> int:
    """Return a new pidfd for the process that connected or listened, which the caller closes.

    Unlike a process id, it never refers to another process: `signal.pidfd_send_signal` and poll(2)
    take it. No child process inherits it. getsockopt(2), SO_PEERPIDFD.

    Raises `UnsupportedError` before Linux 6.5, and `ProcessLookupError` or `OSError` with `ENODATA`
    if the process has ended.
    """
    try:
        return stream._descriptor.perform(
            _calls.getsockopt_int, 0, None, _calls.SOL_SOCKET, _SO_PEERPIDFD
        )
    except OSError as error:
        raise _unsupported(error, "this kernel has no pidfds of peers (Linux 6.5)") from None


def peer_security_label(stream: AnyStream) -> str:
    """Return the label that the security module (SELinux, AppArmor, Smack) gives the peer.

    The label dates from when the peer connected or listened. getsockopt(2), SO_PEERSEC.

    Raises `UnsupportedError` where no security module labels sockets.
    """
    try:
        label = stream._descriptor.perform(_security_label, 0, None)
    except OSError as error:
        raise _unsupported(error, "no security module of this system labels sockets") from None
    return os.fsdecode(label.rstrip(b"\0"))


def _security_label(number: int) -> bytes:
    room = _USUAL_LABEL_SIZE
    while True:
        memory = ffi.new("char[]", room)
        try:
            used = _calls.getsockopt(number, _calls.SOL_SOCKET, _socket.SO_PEERSEC, memory, room)
        except OSError as error:
            if error.errno != errno.ERANGE or room > 1 << 20:
                raise
            room *= 4
            continue
        return bytes(ffi.buffer(memory, used))


def _unsupported(error: OSError, message: str) -> OSError:
    if error.errno == errno.ENOPROTOOPT:
        return UnsupportedError(errno.ENOTSUP, message)
    return error
