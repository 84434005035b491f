"""The options and addresses of sockets."""

from __future__ import annotations

import errno
import os

from interprocess._bindings.libc import ffi
from interprocess.os.unix import _calls
from interprocess.os.unix._descriptor.owners import DescriptorOwner
from interprocess.os.unix._unix_socket.published import published, tells_its_path

#: The largest size of an option's value, as for Python's own sockets.
MOST_OPTION_BYTES = 1024


class SocketOwner(DescriptorOwner):
    """An object that owns a socket: a stream or a listener, synchronous or asynchronous."""

    __slots__ = ()

    def getsockopt(self, level: int, option: int, size: int = 0, /) -> int | bytes:
        """Return an option of the socket: a number or, with a SIZE, at most SIZE bytes.

        The arguments are those of `socket.socket.getsockopt`. getsockopt(2). Raises `OSError` for
        an option that the system does not have, and for a size that is not between 0 and 1,024.
        """
        if not 0 <= size <= MOST_OPTION_BYTES:
            raise OSError(
                errno.EINVAL, f"size must be between 0 and {MOST_OPTION_BYTES} bytes, not {size}"
            )
        perform = self._descriptor.perform
        if not size:
            return perform(_calls.getsockopt_int, 0, None, level, option)
        value = ffi.new("char[]", size)
        used = perform(_calls.getsockopt, 0, None, level, option, value, size)
        return bytes(ffi.buffer(value, used))

    def setsockopt(self, level: int, option: int, value: int | bytes, /) -> None:
        """Set an option of the socket to a number, or to the bytes of a C structure. setsockopt(2).

        The option belongs to the socket, and affects every process that shares it. Some have no
        effect here: our calls use their own timeouts (`set_recv_timeout`, `set_send_timeout`) and
        ignore `SO_RCVTIMEO` and `SO_SNDTIMEO`. Linux keeps data that was sent and not yet received
        in the sender's buffer (`SO_SNDBUF`), and ignores the receiver's (`SO_RCVBUF`).

        Raises `OSError` for an option that the system does not have, and on macOS for any option
        once the peer has left.
        """
        if isinstance(value, int):
            memory, size = ffi.new("int *", value), ffi.sizeof("int")
        else:
            memory, size = ffi.new("char[]", bytes(value)), len(value)
        self._descriptor.perform(_calls.setsockopt, 0, None, level, option, memory, size)

    def _address(self, peer: bool) -> str | bytes:
        """Return the address of this end or of the PEER's, as Python's own sockets do.

        For a listener's file it is its final path. Return "" for a path that was too long for an
        address, which no system reports.
        """
        call = _calls.getpeername if peer else _calls.getsockname
        _, address = self._descriptor.perform(call, 0, None)
        if address[:1] == b"\0" and address.strip(b"\0"):
            return address
        return os.fsdecode(published(address)) if tells_its_path(address) else ""
