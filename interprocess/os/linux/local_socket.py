"""Linux-only information about the peer of a local socket and the senders of data. unix(7)."""

from __future__ import annotations

import _socket
import errno
import os

from interprocess._bindings.libc import ffi
from interprocess._interface.byte_stream import ByteReceiver
from interprocess._interface.options import check_bool
from interprocess._interface.peer_creds import PeerCreds
from interprocess._interface.timeouts import deadline_after
from interprocess.errors import UnsupportedError
from interprocess.os.unix import _calls
from interprocess.os.unix._unix_socket import rights
from interprocess.os.unix._unix_socket.descriptor import SocketDescriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, Union, overload

    from interprocess.os.unix.local_socket._async_stream import AsyncStream
    from interprocess.os.unix.local_socket._stream import Stream

    AnyStream = Union[Stream, AsyncStream[Any, Any]]

__all__ = ["pass_creds", "peer_pidfd", "peer_security_label", "recv_with_creds"]

_SCM_CREDENTIALS = 2

#: Since Linux 6.5. Some C libraries do not define it.
_SO_PEERPIDFD = 86 if os.uname().machine.startswith("sparc") else 77

_USUAL_LABEL_SIZE = 256


def peer_pidfd(stream: AnyStream) -> int:
    """Return a new pidfd of the process that connected or listened. The caller must close it.

    Unlike a process id, a pidfd never comes to refer to another process.
    `signal.pidfd_send_signal` and poll(2) accept it. Child processes do not inherit it.
    getsockopt(2), SO_PEERPIDFD.

    Raises `UnsupportedError` before Linux 6.5, and `ProcessLookupError` or `OSError` with `ENODATA`
    if the process has ended.
    """
    try:
        return _checked(stream)._descriptor.perform(
            _calls.getsockopt_int, 0, None, _calls.SOL_SOCKET, _SO_PEERPIDFD
        )
    except OSError as error:
        raise _unsupported(error, "this kernel has no pidfds of peers (Linux 6.5)") from None


def peer_security_label(stream: AnyStream) -> str:
    """Return the label that the security module (SELinux, AppArmor, Smack) assigned to the peer.

    The kernel recorded the label when the peer connected or listened. getsockopt(2), SO_PEERSEC.

    Raises `UnsupportedError` if no security module labels sockets.
    """
    try:
        label = _checked(stream)._descriptor.perform(_security_label, 0, None)
    except OSError as error:
        raise _unsupported(error, "no security module of this system labels sockets") from None
    return os.fsdecode(label.rstrip(b"\0"))


def _checked(stream: AnyStream) -> AnyStream:
    """Return STREAM, or raise `TypeError` if it is not a stream of a local socket."""
    if not isinstance(getattr(stream, "_descriptor", None), SocketDescriptor):
        raise TypeError(f"only streams of local sockets have these, not {stream!r}")
    return stream


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


def pass_creds(stream: AnyStream, on: bool = True) -> None:
    """Set whether data arrives with the credentials of its sender.

    While this is on, the kernel attaches the credentials to all data sent to this stream;
    `recv_with_creds` returns them. setsockopt(2), SO_PASSCRED.
    """
    check_bool("on", on)
    _checked(stream).setsockopt(_calls.SOL_SOCKET, _socket.SO_PASSCRED, int(on))


if TYPE_CHECKING:

    @overload
    def recv_with_creds(stream: Stream, size: int) -> tuple[bytes, PeerCreds | None]: ...

    @overload
    def recv_with_creds(
        stream: AsyncStream[Any, Any], size: int
    ) -> Coroutine[Any, Any, tuple[bytes, PeerCreds | None]]: ...


def recv_with_creds(stream: AnyStream, size: int) -> Any:
    """Receive 1 to SIZE bytes and the credentials of their sender.

    With an asynchronous stream, await the result. Otherwise this works like the stream's `recv`.
    recvmsg(2), SCM_CREDENTIALS.

    `Stream.peer_creds` describes the process that connected or listened, but the sender may be
    another process that inherited the stream. The kernel verifies the credentials; only a
    privileged process (root) can send credentials other than its own. All bytes of one call have
    the same sender. The credentials are `None` at the end of the stream and while `pass_creds` is
    off. For data sent before `pass_creds` was on, they contain no process id.

    ```python
    pass_creds(stream)
    data, sender = recv_with_creds(stream, 1000)
    ```
    """
    _checked(stream)
    arriving = rights.Arriving(size, 0)
    if isinstance(stream, ByteReceiver):
        with arriving:
            data = rights.receive(
                stream._descriptor, arriving, deadline_after(stream._recv_timeout)
            )
            return data, _sender(arriving)
    return _recv_with_creds(stream, arriving, size)


async def _recv_with_creds(
    stream: AsyncStream[Any, Any], arriving: rights.Arriving, size: int
) -> tuple[bytes, PeerCreds | None]:
    with arriving:
        data = await stream._receive_with_fds(arriving, size)
        return data, _sender(arriving)


def _sender(arriving: rights.Arriving) -> PeerCreds | None:
    for kind, content, size in arriving.control_messages():
        if kind == _SCM_CREDENTIALS and size >= ffi.sizeof("struct ucred"):
            creds = ffi.cast("struct ucred *", content)
            return PeerCreds(pid=creds.pid or None, euid=creds.uid, egid=creds.gid)
    return None


def _unsupported(error: OSError, message: str) -> OSError:
    if error.errno == errno.ENOPROTOOPT:
        return UnsupportedError(errno.ENOTSUP, message)
    return error
