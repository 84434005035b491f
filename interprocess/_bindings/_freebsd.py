"""FreeBSD's C library, in the variant of this interpreter: `ffi` and `library`."""

from __future__ import annotations

from interprocess._bindings._running import BITS, has_wide_time
from interprocess._bindings._variants import freebsd_library

TYPE_CHECKING = False

_variant = freebsd_library(bits=BITS, wide_time=has_wide_time())

# Written out, so that type checkers and what freezes applications can follow.
if TYPE_CHECKING or _variant == "_libc_freebsd":
    from interprocess._bindings._libc_freebsd import ffi, library
else:
    from interprocess._bindings._libc_freebsd_time64 import ffi, library

__all__ = ["ffi", "library"]
