"""The types of cffi for type checkers, as it ships none; never imported at run time.

Only what `interprocess` uses is here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class CData(Protocol):
    """A C value: a pointer, an array or a structure."""

    def __getattr__(self, name: str, /) -> Any: ...
    def __setattr__(self, name: str, value: Any, /) -> None: ...
    def __getitem__(self, index: int | slice, /) -> Any: ...
    def __setitem__(self, index: int | slice, value: Any, /) -> None: ...
    def __len__(self) -> int: ...
    def __add__(self, offset: int, /) -> CData: ...
    def __int__(self) -> int: ...
    def __enter__(self) -> CData: ...
    def __exit__(self, *exception: object) -> None: ...


class CType(Protocol):
    """A C type."""

    @property
    def fields(self) -> list[tuple[str, Any]]:
        """A structure's fields in their order."""
        ...

    @property
    def kind(self) -> str:
        """What it is: "primitive", "pointer", "array", "struct" and so on."""
        ...

    @property
    def item(self) -> CType:
        """What a pointer points to, or an array has."""
        ...

    @property
    def cname(self) -> str:
        """Its name in C."""
        ...


class FFI(Protocol):
    """The methods of a generated module's `ffi`."""

    NULL: CData
    #: The error of the last call on this thread.
    errno: int
    error: type[Exception]

    def new(self, cdecl: str | CType, init: object = None, /) -> CData:
        """Allocate a C object, which lives as long as the result."""
        ...

    def new_allocator(self, *, should_clear_after_alloc: bool = True) -> Callable[..., CData]:
        """Return another `new`, here one that does not clear the memory."""
        ...

    def cast(self, cdecl: str | CType, value: object, /) -> CData:
        """Convert to another type; keeps nothing alive."""
        ...

    def from_buffer(
        self, cdecl: str | CType, buffer: object, require_writable: bool = False, /
    ) -> CData:
        """Return the memory of a Python object. By position: keywords take as long again."""
        ...

    def release(self, cdata: CData, /) -> None:
        """Give the memory of a Python object back to it, as the end of a `with` does."""
        ...

    def gc(self, cdata: CData, destructor: Callable[[CData], object], /) -> CData:
        """Return the same C value, for which DESTRUCTOR is called when the result is gone."""
        ...

    def buffer(self, cdata: CData, size: int = -1, /) -> Any:
        """Return C memory as a Python buffer."""
        ...

    def memmove(self, destination: object, source: object, size: int, /) -> None:
        """Copy memory."""
        ...

    def unpack(self, cdata: CData, length: int, /) -> Any:
        """Return so many items of an array, as a list or as bytes."""
        ...

    def string(self, cdata: CData, maximum: int = -1, /) -> Any:
        """Return the characters up to the NUL."""
        ...

    def typeof(self, cdecl: str | CData, /) -> CType:
        """Return a C type."""
        ...

    def sizeof(self, cdecl: str | CData | CType, /) -> int:
        """Return the size in bytes."""
        ...

    def offsetof(self, cdecl: str | CType, /, *fields: str | int) -> int:
        """Return where in a structure a field stands."""
        ...

    def getwinerror(self, code: int = -1, /) -> tuple[int, str]:
        """Return an error of Windows and its message, the last one by default."""
        ...

    def integer_const(self, name: str, /) -> int:
        """Return a declared constant; `AttributeError` if there is none."""
        ...

    def dlopen(self, name: str | None, flags: int = 0, /) -> Any:
        """Open a library; `None` is the running program and its C library."""
        ...
