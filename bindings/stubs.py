"""Write type stubs for generated modules, so that mypy checks every call of a C function."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from pycparser import c_ast  # type: ignore[import-untyped, unused-ignore]

if TYPE_CHECKING:
    from bindings.declarations import Declarations, Function


def stub(declarations: Declarations) -> str:
    """Return the text of a generated module's stub."""
    lines = [
        "from interprocess._bindings._types import FFI, CData",
        "",
        "class Library:",
        *(f"    {_method(function)}" for function in declarations.functions),
        *(f"    {name}: int" for name in declarations.constants),
        "    further: tuple[str, ...]",
        "",
        "ffi: FFI",
        "library: Library",
    ]
    return "\n".join(lines) + "\n"


def same_as(module: str) -> str:
    """Return the text of a stub for a module with the same names and types as another MODULE."""
    return f"from interprocess._bindings.{module} import ffi as ffi, library as library\n"


def _method(function: Function) -> str:
    parameters = ["self", "/"]
    for parameter in function.parameters:
        if isinstance(parameter, c_ast.EllipsisParam):
            parameters.append("*arguments: CData")
        else:
            name = f"{parameter.name}_" if keyword.iskeyword(parameter.name) else parameter.name
            parameters.insert(-1, f"{name}: {_parameter_type(parameter.type)}")
    return f"def {function.name}({', '.join(parameters)}) -> {_type(function.result)}: ..."


def _parameter_type(node: c_ast.Node) -> str:
    """Return the accepted types: cffi passes the memory of bytes if C only reads it."""
    readable = isinstance(node, c_ast.PtrDecl) and "const" in getattr(node.type, "quals", ())
    if readable and _base_name(node.type) in ("void", "char"):
        return "bytes | CData"
    return _type(node)


def _type(node: c_ast.Node) -> str:
    if isinstance(node, (c_ast.PtrDecl, c_ast.ArrayDecl)):
        return "CData"
    base = _base_name(node)
    return {"void": "None", "float": "float", "double": "float"}.get(base, "int")


def _base_name(node: c_ast.Node) -> str:
    if isinstance(node, c_ast.TypeDecl) and isinstance(node.type, c_ast.IdentifierType):
        return str(node.type.names[-1])
    return ""
