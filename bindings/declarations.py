"""Read headers: the functions, structures, types and constants that they declare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pycparser import c_ast, c_generator, c_parser  # type: ignore[import-untyped, unused-ignore]

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Types that every C compiler and cffi know, but the parser does not.
KNOWN_TYPES = (
    *("size_t", "ssize_t", "wchar_t", "intptr_t", "uintptr_t"),
    *(f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)),
)

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CONSTANT = re.compile(r"^#define\s+(\w+)\s+(-?\w+)$", re.MULTILINE)
_INCLUDE = re.compile(r"^#include\s+<(\S+)>$", re.MULTILINE)
_SYMBOL = re.compile(r"^#pragma\s+redefine_extname\s+(\w+)\s+(\S+)$", re.MULTILINE)
_WEAK = re.compile(r"^#pragma\s+weak\s+(\w+)$", re.MULTILINE)
_DIRECTIVE = re.compile(r"^#.*$", re.MULTILINE)
_KNOWN_DIRECTIVES = (_CONSTANT, _INCLUDE, _SYMBOL, _WEAK)


@dataclass(frozen=True)
class Function:
    """One C function."""

    name: str
    #: The symbol that the library exports.
    symbol: str
    #: True if some versions of the system lack it.
    weak: bool
    declaration: c_ast.Decl

    @property
    def result(self) -> c_ast.Node:
        """The type of its result."""
        return self.declaration.type.type

    @property
    def parameters(self) -> list[c_ast.Node]:
        """The parameters, none for `(void)`."""
        arguments = self.declaration.type.args
        return [p for p in arguments.params if not _is_void(p)] if arguments else []


@dataclass(frozen=True)
class Structure:
    """One C structure."""

    name: str
    declaration: c_ast.Struct


@dataclass(frozen=True)
class Declarations:
    """The declarations of the headers of one module."""

    #: The C text that cffi compiles, in which a function has the name of its symbol.
    text: str
    functions: tuple[Function, ...]
    structures: tuple[Structure, ...]
    #: The integer types that the headers define, such as socklen_t.
    types: dict[str, c_ast.Typedef]
    constants: dict[str, int]
    #: The system's headers with the same declarations.
    includes: tuple[str, ...]

    @property
    def symbols(self) -> dict[str, str]:
        """The symbols of those functions whose name is not their symbol."""
        return {f.name: f.symbol for f in self.functions if f.symbol != f.name}


def read(paths: Sequence[Path]) -> Declarations:
    """Return the declarations of the headers at these PATHS."""
    return parse("\n".join(path.read_text("utf-8") for path in paths))


def parse(text: str) -> Declarations:
    """Return the declarations in the C TEXT."""
    text = re.sub(r"[ \t]+$", "", _COMMENT.sub("", text), flags=re.MULTILINE)
    for line in _DIRECTIVE.findall(text):
        if not any(known.match(line) for known in _KNOWN_DIRECTIVES):
            raise ValueError(f"not a declaration that can be verified: {line}")
    constants = {name: _integer(value) for name, value in _CONSTANT.findall(text)}
    symbols = dict(_SYMBOL.findall(text))
    weak = set(_WEAK.findall(text))
    includes = tuple(dict.fromkeys(_INCLUDE.findall(text)))
    text = _DIRECTIVE.sub("", text)
    nodes = _syntax_tree(text)
    for node in nodes:
        if not _is_understood(node):
            raise ValueError(f"not a declaration that can be verified: {_as_written(node)}")
    functions = tuple(
        Function(
            name=node.name,
            symbol=symbols.get(node.name, node.name),
            weak=node.name in weak,
            declaration=node,
        )
        for node in nodes
        if isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.FuncDecl)
    )
    structures = tuple(
        Structure(node.type.name, node.type)
        for node in nodes
        if isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.Struct)
    )
    types = {node.name: node for node in nodes if isinstance(node, c_ast.Typedef)}
    for name, symbol in symbols.items():
        text = re.sub(rf"\b{name}(?=\()", symbol, text)
    defines = "".join(f"#define {name} {value}\n" for name, value in constants.items())
    return Declarations(text + defines, functions, structures, types, constants, includes)


def _syntax_tree(text: str) -> list[c_ast.Node]:
    known = "".join(f"typedef int {name};\n" for name in KNOWN_TYPES)
    nodes: list[c_ast.Node] = c_parser.CParser().parse(known + text).ext
    return nodes[len(KNOWN_TYPES) :]


def _is_understood(node: c_ast.Node) -> bool:
    """Return true for a function, a structure or a type, the only verified declarations."""
    if isinstance(node, c_ast.Decl):
        return isinstance(node.type, (c_ast.FuncDecl, c_ast.Struct))
    return isinstance(node, c_ast.Typedef)


def _as_written(node: c_ast.Node) -> str:
    return str(c_generator.CGenerator().visit(node)).splitlines()[0]


def _is_void(node: c_ast.Node) -> bool:
    plain = isinstance(node, c_ast.Typename) and isinstance(node.type, c_ast.TypeDecl)
    return plain and node.type.type.names == ["void"]


def _integer(value: str) -> int:
    """Return a C constant's value; unlike Python, C writes octal with a plain 0."""
    octal = re.fullmatch(r"0[0-7]+", value)
    return int(value, 8 if octal else 0)
