"""A C library that is opened when it is first used."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._bindings._types import FFI


class Library:
    """The functions and constants of a C library; one that it lacks is an `AttributeError`.

    Each is looked up once and then an ordinary attribute, which costs what cffi's own lookup does.
    """

    def __init__(self, ffi: FFI, name: str | None, symbols: dict[str, str]) -> None:
        """Say what to open, a NAME as for `dlopen`; SYMBOLS are other names of functions."""
        self._ffi = ffi
        self._name = name
        self._symbols = symbols
        self._library: Any = None
        #: The names of libraries to look into for what the first one lacks.
        self.further: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Any:
        value = self._constant(name)
        if value is None:
            value = self._function(self._symbols.get(name, name))
        setattr(self, name, value)
        return value

    def _constant(self, name: str) -> int | None:
        """Return a constant, for which nothing need be opened: `None` if NAME is a function."""
        try:
            return self._ffi.integer_const(name)
        except (AttributeError, self._ffi.error):
            return None

    def _function(self, symbol: str) -> Any:
        # Which error cffi raises for what is not there depends on its version.
        absent = (AttributeError, self._ffi.error)
        try:
            return getattr(self._opened(), symbol)
        except absent as error:
            for name in self.further:
                try:
                    return getattr(self._ffi.dlopen(name), symbol)
                except (*absent, OSError):
                    pass
            raise AttributeError(str(error)) from None

    def _opened(self) -> Any:
        if self._library is None:
            self._library = self._ffi.dlopen(self._name)
        return self._library
