"""The sizes of a socket's buffers: SO_SNDBUF, SO_RCVBUF."""

from __future__ import annotations

from interprocess._bindings.libc import constant, ffi
from interprocess.os.unix import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.sizes import BufferSizes

SO_RCVBUF = constant("SO_RCVBUF")
SO_SNDBUF = constant("SO_SNDBUF")


def set_buffer_sizes(number: int, sizes: BufferSizes) -> None:
    """Set the sizes of a socket's buffers. setsockopt(2)."""
    for option, size in zip((SO_SNDBUF, SO_RCVBUF), sizes):
        if size is not None:
            value = ffi.new("int *", size)
            _calls.setsockopt(number, _calls.SOL_SOCKET, option, value, ffi.sizeof("int"))


def set_buffer_sizes_of_client(number: int, sizes: BufferSizes) -> None:
    """Set the sizes of an accepted socket's buffers.

    The listener has accepted the same sizes, so they are not too large. But the client may have
    left, and then macOS accepts no options.
    """
    try:
        set_buffer_sizes(number, sizes)
    except OSError:
        pass


def send_buffer_size(number: int) -> int:
    """Return the size of the send buffer. getsockopt(2)."""
    return _calls.getsockopt_int(number, _calls.SOL_SOCKET, SO_SNDBUF)


def recv_buffer_size(number: int) -> int:
    """Return the size of the receive buffer. getsockopt(2)."""
    return _calls.getsockopt_int(number, _calls.SOL_SOCKET, SO_RCVBUF)
