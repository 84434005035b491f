"""How cffi lays out the structures that the generated modules describe."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from bindings.checks import OURS, Check, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bindings.declarations import Declarations
    from bindings.targets import Facts

#: cffi lays out for the processor that it runs on; those of 64 bits agree with each other on
#: everything but `long`, which the declarations for Windows do without.
HERE = 64 if sys.maxsize > 2**32 and sys.platform != "win32" else 0


def can_lay_out(facts: Facts) -> bool:
    """Say whether the layouts here are those of a target with these FACTS."""
    return facts.bits == HERE


def generated(module: str) -> Any:
    """Return the cffi object of a generated MODULE, the very one that programs use."""
    return importlib.import_module(f"interprocess._bindings.{module}").ffi


def layouts(ffi: Any, declared: Declarations) -> Iterator[Check]:
    """Yield that FFI lays out the structures that are DECLARED as the compiler does."""
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
        else:  # What is in a structure or union without a name belongs to the one around it.
            yield from _fields(ffi, field.type, start + field.offset)
