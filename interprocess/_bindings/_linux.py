"""Linux's C library, in the variant of this interpreter: `ffi`, `library` and `constants`."""

from __future__ import annotations

import _socket
import os
import sys

from interprocess._bindings._running import BITS, has_wide_time
from interprocess._bindings._variants import linux_constants, linux_library, linux_processor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._library import Library as Constants


def _is_musl() -> bool:
    """Tell musl from glibc and from Android's bionic, whose structures are glibc's."""
    if sys.platform in ("android", "win32") or hasattr(sys, "getandroidapilevel"):
        return False
    try:
        return not os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError):
        return True


# These have been in the standard library of CPython and PyPy from the beginning.
_processor = linux_processor(
    sock_dgram=getattr(_socket, "SOCK_DGRAM", None),
    sol_socket=getattr(_socket, "SOL_SOCKET", None),
    o_directory=getattr(os, "O_DIRECTORY", None),
    so_rcvlowat=getattr(_socket, "SO_RCVLOWAT", None),
)
_variant = linux_library(
    musl=_is_musl(),
    wide_time=has_wide_time(),
    byteorder=sys.byteorder,
    bits=BITS,
    processor=_processor,
)

# Written out, so that type checkers and what freezes applications can follow.
if TYPE_CHECKING or _variant == "_libc_linux":
    from interprocess._bindings._libc_linux import ffi, library
elif _variant == "_libc_linux_time64":
    from interprocess._bindings._libc_linux_time64 import ffi, library
elif _variant == "_libc_linux_sparc":
    from interprocess._bindings._libc_linux_sparc import ffi, library
elif _variant == "_libc_linux_musl_32":
    from interprocess._bindings._libc_linux_musl_32 import ffi, library
elif _variant == "_libc_linux_musl_64":
    from interprocess._bindings._libc_linux_musl_64 import ffi, library
else:
    from interprocess._bindings._libc_linux_musl_64_big_endian import ffi, library

__all__ = ["constants", "ffi", "library"]

constants: Constants | None = None
_constants = linux_constants(_processor)
if TYPE_CHECKING or _constants is None:
    pass
elif _constants == "_linux_arm":
    from interprocess._bindings._linux_arm import library as constants
elif _constants == "_linux_mips":
    from interprocess._bindings._linux_mips import library as constants
elif _constants == "_linux_powerpc":
    from interprocess._bindings._linux_powerpc import library as constants
else:
    from interprocess._bindings._linux_sparc import library as constants
