"""The public interface as the source states it, for each system: read by griffe, never imported.

Most of what is public is chosen by `if sys.platform`, and the modules of another system cannot be
imported. So the package is read once for each of `SYSTEMS`, with these conditions decided, and the
results are laid over each other.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import griffe

#: The systems whose public names together are all that there are.
SYSTEMS = ("linux", "darwin", "win32")

#: Which systems a package exists on, where that is not all of them.
PLACES = {
    "interprocess.os.unix": ("linux", "darwin"),
    "interprocess.os.linux": ("linux",),
    "interprocess.os.windows": ("win32",),
}


class _Decide(griffe.Extension):
    """Decides conditions on `sys.platform` before griffe looks at a module."""

    def __init__(self, system: str) -> None:
        self.names = {"sys": SimpleNamespace(platform=system)}

    def on_module_node(self, *, node: Any, **_: Any) -> None:
        if isinstance(node, ast.Module):
            node.body = self._decided(node.body)

    def _decided(self, body: list[ast.stmt]) -> list[ast.stmt]:
        kept: list[ast.stmt] = []
        for statement in body:
            if isinstance(statement, ast.ClassDef):
                statement.body = self._decided(statement.body)
            elif isinstance(statement, ast.If) and _asks_for_the_system(statement.test):
                expression = compile(ast.Expression(statement.test), "<condition>", "eval")
                branch = statement.body if eval(expression, self.names) else statement.orelse
                kept += self._decided(branch)
                continue
            elif isinstance(statement, ast.If):
                statement.body = self._decided(statement.body)
                statement.orelse = self._decided(statement.orelse)
            kept.append(statement)
        return kept


def _asks_for_the_system(test: ast.expr) -> bool:
    names = [node for node in ast.walk(test) if isinstance(node, ast.Name)]
    attributes = [node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)]
    return (
        bool(names) and {name.id for name in names} == {"sys"} and set(attributes) == {"platform"}
    )


@dataclass
class Member:
    """A public name of a class, as each system has it."""

    name: str
    on: dict[str, griffe.Object] = field(default_factory=dict)


@dataclass
class Entry:
    """A public name of a module, as each system has it."""

    module: str
    name: str
    on: dict[str, griffe.Object] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its full name."""
        return f"{self.module}.{self.name}"

    @property
    def any(self) -> griffe.Object:
        """One of the objects it stands for."""
        return next(iter(self.on.values()))

    @cached_property
    def members(self) -> list[Member]:
        """The public names of a class, those that it inherits included."""
        members: dict[str, Member] = {}
        for system, cls in self.on.items():
            for name, found in _public_members(cls).items():
                members.setdefault(name, Member(name)).on[system] = found
        return sorted(members.values(), key=lambda member: member.name)


@dataclass
class Module:
    """A public module, as each system has it."""

    path: str
    on: dict[str, griffe.Module] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)


class Interface:
    """Every public module, and where each of its names is documented."""

    def __init__(self, source: str) -> None:
        self.modules: dict[str, Module] = {}
        self._loaded: dict[str, Any] = {}
        #: The private aliases of types that signatures name, by their full names.
        self.aliases: dict[str, Any] = {}
        for system in SYSTEMS:
            loader = griffe.GriffeLoader(
                search_paths=[source], extensions=griffe.Extensions(_Decide(system))
            )
            package = loader.load("interprocess")
            loader.resolve_aliases(external=False, implicit=False)
            self._loaded[system] = loader.modules_collection
            self._add(system, package)
        #: Public place of each object: the one of its `__module__`, or the first that names it.
        self.places: dict[str, Entry] = {}
        for module in self.modules.values():
            for entry in module.entries.values():
                for found in entry.on.values():
                    known = self.places.get(found.path)
                    if known is None or _rank(entry, found) < _rank(known, found):
                        self.places[found.path] = entry

    def _add(self, system: str, module: Any) -> None:
        for prefix, systems in PLACES.items():
            if f"{module.path}.".startswith(f"{prefix}.") and system not in systems:
                return
        ours = self.modules.setdefault(module.path, Module(module.path))
        ours.on[system] = module
        exports = [str(name) for name in module.exports or ()]
        for name in exports:
            found = module.members[name]
            target = found.final_target if found.is_alias else found
            ours.entries.setdefault(name, Entry(module.path, name)).on[system] = target
        for name, child in sorted(module.members.items()):
            if not child.is_alias and child.is_module and not name.startswith("_"):
                self._add(system, child)

    def annotation(self, expression: Any, system: str) -> str:
        """Return a type as a signature writes it, with the full names of what is public here."""
        if isinstance(expression, str):
            return expression
        parts = []
        for part in expression.iterate(flat=True):
            parts.append(part if isinstance(part, str) else self._type_name(part, system))
        text = " ".join("".join(parts).split())
        text = re.sub(r"\b_\w+\.(?=interprocess\.)", "", text)  # `_stream.Stream`
        return re.sub(r"^Coroutine\[Any, Any, (.*)\]$", r"\1", text)

    def _type_name(self, name: Any, system: str) -> str:
        if not name.canonical_path.startswith("interprocess."):
            return str(name.name)
        try:
            found = self._loaded[system].get_member(name.canonical_path)
            found = found.final_target if found.is_alias else found
        except (KeyError, griffe.AliasResolutionError):
            return str(name.name)
        if found.path == "interprocess._interface.name.NameBase":
            return "interprocess.local_socket.Name"  # The classes that users see.
        if found.path in self.places:
            return self.places[found.path].path
        if found.is_attribute and found.value is not None and "TypeVar" not in str(found.value):
            self.aliases[found.path] = (found, system)
            return str(found.path)
        return str(name.name)


def _rank(entry: Entry, found: Any) -> tuple[bool, bool, bool, str]:
    """Return how far a module is from being the one in which an object is documented.

    A class says its own. Otherwise it is the portable module, and `interprocess.listen` is only
    the short way to `interprocess.local_socket.listen`.
    """
    stated = _stated_module(found) == entry.module
    return not stated, ".os." in entry.module, entry.module == "interprocess", entry.module


def _stated_module(found: Any) -> str | None:
    """Return what a class says of its module by `__module__`."""
    if not found.is_class or "__module__" not in found.members:
        return None
    stated = str(found.members["__module__"].value)
    return str(ast.literal_eval(stated)) if stated[0] in "'\"" else None


def _line(cls: Any) -> list[Any]:
    """Return a class and those of ours that it derives from, nearest first."""
    try:
        return [cls, *cls.mro()]
    except ValueError:
        return [cls]


def _public_members(cls: Any) -> dict[str, Any]:
    if not cls.is_class:
        return {}
    found: dict[str, Any] = {}
    for each in _line(cls):
        for name, member in each.members.items():
            if not name.startswith("_") and name not in found:
                found[name] = member.final_target if member.is_alias else member
    # What an instance assigns in `__init__` is told in the class's own docstring, if anywhere.
    return {
        name: member
        for name, member in found.items()
        if not (
            member.is_attribute and "instance-attribute" in member.labels and not member.docstring
        )
    }


def docstring(cls: Any, name: str, found: Any) -> str:
    """Return the docstring of a name, or that of the nearest base that has one.

    Without a NAME, what was found is the class itself.
    """
    if found.docstring:
        return str(found.docstring.value)
    for each in _line(cls) if cls.is_class else ():
        member = each.members.get(name) if name else each
        if member is not None and not member.is_alias and member.docstring:
            return str(member.docstring.value)
    return ""
