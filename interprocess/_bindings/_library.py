"""A C library that is opened when it is first used."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._bindings._types import FFI


class Library:
    """The functions and constants of a C library; one that it lacks is an `AttributeError`.

    Each is looked up once. Then it is an ordinary attribute, which costs less than cffi's lookup.
    """

    def __init__(self, ffi: FFI, name: str | None, symbols: dict[str, str]) -> None:
        """Say what to open, a NAME as for `dlopen`; SYMBOLS are other names of functions."""
        self._ffi = ffi
        self._name = name
        self._symbols = symbols

    def __getattr__(self, name: str) -> Any:
        if name == "_opened":
            self._opened = self._ffi.dlopen(self._name)
            return self._opened
        value = getattr(self._opened, self._symbols.get(name, name))
        setattr(self, name, value)
        return value
