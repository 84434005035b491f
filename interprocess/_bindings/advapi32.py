"""Windows' library for access control: its types `ffi`, its functions `advapi32`, its constants.

Nothing is opened before the first call, so that this can be imported on any system.
"""

from __future__ import annotations

from interprocess._bindings._advapi32 import ffi
from interprocess._bindings._advapi32 import library as advapi32

__all__ = ["advapi32", "constant", "ffi"]


def constant(name: str) -> int:
    """Return the constant NAME of `advapi32.h`, without opening the library."""
    return int(ffi.integer_const(name))
