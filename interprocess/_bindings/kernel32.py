"""Windows' own libraries: `kernel32`, a little of `ntdll`, their types and constants.

Nothing is opened before the first call, so that this can be imported on any system.
"""

from __future__ import annotations

from interprocess._bindings._kernel32 import ffi
from interprocess._bindings._kernel32 import library as kernel32
from interprocess._bindings._ntdll import ffi as ntdll_ffi
from interprocess._bindings._ntdll import library as ntdll

__all__ = ["constant", "ffi", "kernel32", "ntdll", "ntdll_ffi"]


def constant(name: str) -> int:
    """Return the constant NAME of `kernel32.h`, without opening the library."""
    return int(ffi.integer_const(name))  # type: ignore[attr-defined, unused-ignore]  # cffi has it
