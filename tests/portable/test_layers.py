"""Imports run downwards: no file needs another that needs it, not even within a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support import ROOT

#: Modules that import from a higher layer, and why. Each does so within a function, when it is
#: called.
EXCEPTIONS = {
    ("capabilities._probes", "local_socket"): "a probe asks the running system",
    ("capabilities._probes", "os.linux.local_socket"): "likewise",
    ("capabilities._probes", "shared_memory"): "likewise",
    ("cfg", "_running_platform"): "a target is a value; only Target.current() asks what runs here",
    ("os.windows._pipe.room", "os.windows._pipe.making"): "it asks the running system, with a pipe",
    (
        "os.windows._pipe.owners",
        "os.windows._pipe.inheritance",
    ): ("an owner is pickled by what knows all owners"),
    ("os.windows.security_descriptor._borrowed", "os.windows.security_descriptor._owned"): (
        "a copy of a borrowed descriptor is an owned one, which is a kind of borrowed one"
    ),
}


def modules() -> dict[str, Path]:
    """Return the files of the package, by their names in it."""
    package = ROOT / "interprocess"
    paths = {path.relative_to(package).with_suffix(""): path for path in package.rglob("*.py")}
    return {
        ".".join(path.parts).removesuffix("__init__").rstrip("."): paths[path] for path in paths
    }


def imported(tree: ast.AST, files: dict[str, Path]) -> Iterator[str]:
    """Find which of FILES are imported at run time, anywhere in TREE."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from imported(ast.Module(node.orelse, []), files)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("interprocess"):
            module = (node.module or "").removeprefix("interprocess").lstrip(".")
            for alias in node.names:
                name = f"{module}.{alias.name}".lstrip(".")
                yield name if name in files else module
        else:
            yield from imported(node, files)


def all_needs() -> dict[str, set[str]]:
    """Return which other files each file imports, but for the exceptions."""
    files = modules()
    needs = {
        name: set(imported(ast.parse(path.read_text("utf-8")), files)) - {name, ""}
        for name, path in files.items()
    }
    for importer, other in EXCEPTIONS:
        needs[importer].remove(other)  # Each exception is needed.
    return needs


def check_has_no_circle(needs: dict[str, set[str]]) -> None:
    while needs:
        lowest = [name for name, others in needs.items() if not others & needs.keys()]
        assert lowest, f"some of these import each other: {sorted(needs)}"
        for name in lowest:
            del needs[name]


def test_imports_run_downwards() -> None:
    check_has_no_circle(all_needs())


def test_the_directories_of_a_backend_import_each_other_downwards() -> None:
    def room(name: str) -> str:
        return ".".join(name.split(".")[:3])

    needs: dict[str, set[str]] = {}
    for name, others in all_needs().items():
        if name.startswith("os."):
            rooms = {room(other) for other in others if other.startswith("os.")}
            needs.setdefault(room(name), set()).update(rooms - {room(name)})
    check_has_no_circle(needs)
