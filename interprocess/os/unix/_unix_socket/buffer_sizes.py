"""How many bytes a socket takes before anybody receives them: SO_SNDBUF, SO_RCVBUF."""

from __future__ import annotations

from interprocess._bindings.libc import constant, ffi
from interprocess.os.unix import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.sizes import BufferSizes

SO_RCVBUF = constant("SO_RCVBUF")
SO_SNDBUF = constant("SO_SNDBUF")


def set_buffer_sizes(number: int, sizes: BufferSizes) -> None:
    """Tell a socket how large its buffers should be. setsockopt(2)."""
    for option, size in zip((SO_SNDBUF, SO_RCVBUF), sizes):
        if size is not None:
            value = ffi.new("int *", size)
            _calls.setsockopt(number, _calls.SOL_SOCKET, option, value, ffi.sizeof("int"))


def set_buffer_sizes_of_client(number: int, sizes: BufferSizes) -> None:
    """Tell an accepted socket how large its buffers should be.

    The listener was told the same before, so the sizes are not too large. But the client may have
    left, and then macOS takes no option any more.
    """
    try:
        set_buffer_sizes(number, sizes)
    except OSError:
        pass


def send_buffer_size(number: int) -> int:
    """Return how large the buffer for sending is. getsockopt(2)."""
    return _calls.getsockopt_int(number, _calls.SOL_SOCKET, SO_SNDBUF)


def recv_buffer_size(number: int) -> int:
    """Return how large the buffer for receiving is. getsockopt(2)."""
    return _calls.getsockopt_int(number, _calls.SOL_SOCKET, SO_RCVBUF)
