"""Checks of cffi's layouts of the structures in the generated modules."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from bindings.checks import OURS, Check, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bindings.declarations import Declarations
    from bindings.targets import Facts

#: cffi computes layouts for the processor that it runs on; 64-bit processors agree on everything
#: but `long`, which the declarations for Windows do not use.
HERE = 64 if sys.maxsize > 2**32 and sys.platform != "win32" else 0


def can_lay_out(facts: Facts) -> bool:
    """Return true if the layouts here are those of a target with these FACTS."""
    return facts.bits == HERE


def generated(module: str) -> Any:
    """Return the cffi object of a generated MODULE, the same that programs use."""
    return importlib.import_module(f"interprocess._bindings.{module}").ffi


def layouts(ffi: Any, declared: Declarations) -> Iterator[Check]:
    """Yield checks that FFI and the compiler have the same layouts of DECLARED structures."""
    for structure in declared.structures:
        ours = f"struct {OURS}{structure.name}"
        kind = ffi.typeof(f"struct {structure.name}")
        subject = f"struct {structure.name}"
        yield Check(f"{subject}: size in cffi", Value(f"sizeof({ours})"), _number(ffi.sizeof(kind)))
        for name, offset, size in _fields(ffi, kind, 0):
            true = Value(f"__builtin_offsetof({ours}, {name})")
            yield Check(f"{subject}.{name}: offset in cffi", true, _number(offset))
            true = Value(f"sizeof ((({ours} *)0)->{name})")
            yield Check(f"{subject}.{name}: size in cffi", true, _number(size))


def _number(number: int) -> Value:
    return Value(str(number))


def _fields(ffi: Any, kind: Any, start: int) -> Iterator[tuple[str, int, int]]:
    for name, field in kind.fields:
        if name:
            yield name, start + field.offset, ffi.sizeof(field.type)
        else:  # Fields of an anonymous structure or union belong to the enclosing one.
            yield from _fields(ffi, field.type, start + field.offset)
