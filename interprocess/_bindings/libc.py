"""The C library of the running system: its types `ffi`, its functions `libc`, and `constant`."""

from __future__ import annotations

import _socket
import errno
import fcntl
import os
import select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData as CData

#: What a processor has of its own, on the one system where processors differ.
_processor: object = None

if sys.platform == "linux" or sys.platform == "android":
    from interprocess._bindings._linux import constants as _processor
    from interprocess._bindings._linux import ffi
    from interprocess._bindings._linux import library as libc
elif sys.platform == "darwin" or sys.platform == "ios":
    from interprocess._bindings._libc_darwin import ffi
    from interprocess._bindings._libc_darwin import library as libc
elif sys.platform.startswith("freebsd") or sys.platform.startswith("dragonfly"):
    from interprocess._bindings._freebsd import ffi
    from interprocess._bindings._freebsd import library as libc
elif sys.platform.startswith("netbsd"):
    from interprocess._bindings._libc_netbsd import ffi
    from interprocess._bindings._libc_netbsd import library as libc
elif sys.platform.startswith("openbsd"):
    from interprocess._bindings._libc_openbsd import ffi
    from interprocess._bindings._libc_openbsd import library as libc
elif (
    sys.platform.startswith("aix")
    or sys.platform.startswith("haiku")
    or sys.platform.startswith("gnu")  # The Hurd.
):
    from interprocess._bindings._libc_unix_sun_len import ffi
    from interprocess._bindings._libc_unix_sun_len import library as libc
else:
    from interprocess._bindings._libc_unix import ffi
    from interprocess._bindings._libc_unix import library as libc

# Where the sockets are in a library of their own, an interpreter need not have that open: illumos
# and Solaris, Haiku. socket(3SOCKET)
libc.further = {"sunos": ("libsocket.so.1",), "haiku": ("libnetwork.so",)}.get(
    sys.platform.rstrip("0123456789."), ()
)

__all__ = ["constant", "ffi", "libc"]

#: Compiled against the system's own headers: what these have is true on every processor.
_COMPILED = (_socket, os, errno, fcntl, select)


def constant(name: str, default: int | None = None) -> int:
    """Return the running system's value of the C constant NAME.

    The standard library's value comes first, then our declarations, for what the standard library
    (PyPy's, above all) lacks. What the system does not have is DEFAULT, or else an error.
    """
    for module in (*_COMPILED, _processor, libc):
        value = getattr(module, name, None)
        if value is not None:
            return int(value)
    if default is None:
        raise NotImplementedError(f"{sys.platform} has no constant {name}")
    return default
