"""Read headers: the functions, structures, types and constants that they declare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pycparser import c_ast, c_parser  # type: ignore[import-untyped, unused-ignore]

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Types that every C compiler and cffi know, and the parser has to be told of.
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


@dataclass(frozen=True)
class Function:
    """One C function."""

    name: str
    #: What the library exports it as.
    symbol: str
    #: Whether some versions of the system lack it.
    weak: bool
    declaration: c_ast.FuncDecl


@dataclass(frozen=True)
class Structure:
    """One C structure; its fields come with those of an anonymous union inside it."""

    name: str
    fields: tuple[str, ...]
    declaration: c_ast.Struct


@dataclass(frozen=True)
class Declarations:
    """What the headers of one module declare."""

    #: The C text that cffi compiles, in which a function has the name of its symbol.
    text: str
    functions: tuple[Function, ...]
    structures: tuple[Structure, ...]
    #: The integer types that the headers define, such as socklen_t.
    types: dict[str, c_ast.Typedef]
    constants: dict[str, int]
    #: The system's headers that declare the same.
    includes: tuple[str, ...]

    @property
    def symbols(self) -> dict[str, str]:
        """The symbols of those functions whose name is not their symbol."""
        return {f.name: f.symbol for f in self.functions if f.symbol != f.name}


def read(paths: Sequence[Path]) -> Declarations:
    """Return what the headers at these PATHS declare together."""
    return parse("\n".join(path.read_text("utf-8") for path in paths))


def parse(text: str) -> Declarations:
    """Return what the C TEXT declares."""
    text = _COMMENT.sub("", text)
    constants = {name: _integer(value) for name, value in _CONSTANT.findall(text)}
    symbols = dict(_SYMBOL.findall(text))
    weak = set(_WEAK.findall(text))
    includes = tuple(dict.fromkeys(_INCLUDE.findall(text)))
    text = _DIRECTIVE.sub("", text)
    nodes = _syntax_tree(text)
    functions = tuple(
        Function(node.name, symbols.get(node.name, node.name), node.name in weak, node.type)
        for node in nodes
        if isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.FuncDecl)
    )
    structures = tuple(
        Structure(node.type.name, tuple(_field_names(node.type)), node.type)
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


def _field_names(structure: c_ast.Node) -> list[str]:
    names: list[str] = []
    for field in structure.decls:
        names += [field.name] if field.name else _field_names(field.type)
    return names


def _integer(value: str) -> int:
    """Return a C constant's value; unlike Python, C writes octal with a plain 0."""
    octal = re.fullmatch(r"0[0-7]+", value)
    return int(value, 8 if octal else 0)
