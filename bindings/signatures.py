"""Write what the C declarations say of each function: types, names of arguments, a summary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pycparser import c_ast, c_generator  # type: ignore[import-untyped, unused-ignore]

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bindings.declarations import Declarations, Function

#: The name of the generated module in `interprocess/_bindings`.
NAME = "_signatures"

_DOCSTRING = '''\
"""What the C declarations say of each function, for those who show calls to people.

By its name: the type of its result, the types and names of its arguments, and its summary.
"""

from __future__ import annotations
'''

#: A comment, and the name of the function that is declared below it.
_SUMMARY = re.compile(r"/\*((?:(?!\*/).)*)\*/\s*\n[^;{}#/]*?\b(\w+)\(", re.DOTALL)


def module(declared: Iterable[tuple[Declarations, list[Path]]]) -> str:
    """Return the text of the module, from the declarations and the headers of all modules."""
    signatures: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {}
    summaries: dict[str, str] = {}
    for declarations, paths in declared:
        for function in declarations.functions:
            signature = _type(function.result), _parameters(function)
            # Some types differ from system to system; the names do not.
            known = signatures.setdefault(function.name, signature)
            assert [name for _, name in known[1]] == [name for _, name in signature[1]], function
        for path in paths:
            for comment, name in _SUMMARY.findall(path.read_text("utf-8")):
                summaries.setdefault(name, " ".join(comment.split()))
    lines = [_DOCSTRING, "SIGNATURES: dict[str, tuple[str, tuple[tuple[str, str], ...], str]] = {"]
    for name, (result, parameters) in sorted(signatures.items()):
        lines.append(f"    {name!r}: ({result!r}, {parameters!r}, {summaries.get(name, '')!r}),")
    return "\n".join([*lines, "}", ""])


def _parameters(function: Function) -> tuple[tuple[str, str], ...]:
    return tuple(
        ("...", "arguments")
        if isinstance(parameter, c_ast.EllipsisParam)
        else (_type(parameter.type), parameter.name)
        for parameter in function.parameters
    )


def _type(node: c_ast.Node) -> str:
    """Return a type as C writes it, without a name."""
    if isinstance(node, (c_ast.PtrDecl, c_ast.ArrayDecl)):
        return f"{_type(node.type).rstrip()} *".replace("* *", "**")
    qualifiers = " ".join(node.quals)
    text = str(c_generator.CGenerator().visit(node.type))
    return f"{qualifiers} {text}".strip()
