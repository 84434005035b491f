"""Tools that freeze a program read its import statements, and those of what it imports.

So whatever a program loads of the package has to be named in a statement that is reached in this
way, outside `if TYPE_CHECKING`. `tests/frozen` has the programs; `make test-frozen` freezes them.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import PATIENCE, ROOT

FROZEN = ROOT / "tests" / "frozen"

#: Runs a program, and tells what it has loaded of the package.
RUN = """
import sys
sys.path.insert(0, {frozen!r})
if __name__ == "__main__":
    try:
        {run}
    finally:
        loaded = [name for name in sys.modules if name.split(".")[0] == "interprocess"]
        if "child" not in sys.argv:
            print("loaded:", *loaded, flush=True)
"""


def imports(node: ast.AST, package: str) -> Iterator[str]:
    """Find the names of all modules that are imported in the tree below NODE."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            yield from imports(ast.Module(child.orelse, []), package)
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            module = ".".join(filter(None, (package if child.level else "", child.module)))
            yield module
            yield from (f"{module}.{alias.name}" for alias in child.names)
        else:
            yield from imports(child, package)


def path_of(module: str) -> Path | None:
    """Return the file of a module of the package or of the programs, if it is one."""
    for root in (ROOT / "interprocess", *FROZEN.iterdir()):
        if root.stem == module.split(".")[0]:
            whole = root.parent.joinpath(*module.split("."))
            for path in (whole / "__init__.py", whole.with_suffix(".py")):
                if path.exists():
                    return path
    return None


def seen_from(program: str) -> set[str]:
    """Return the modules that are found by reading a program and what it imports."""
    seen: set[str] = set()
    waiting = {program}
    while waiting:
        module = waiting.pop()
        path = path_of(module)
        if path is not None and module not in seen:
            seen.add(module)
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            waiting |= set(imports(ast.parse(path.read_text("utf-8")), package))
            waiting.add(module.rpartition(".")[0])
    return seen


def output_of(run: str, directory: Path) -> str:
    (directory / "__main__.py").write_text(RUN.format(frozen=str(FROZEN), run=run))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    with subprocess.Popen(
        [sys.executable, str(directory)], env=environment, stdout=subprocess.PIPE
    ) as process:
        output, _ = process.communicate(timeout=2 * PATIENCE)
    assert process.returncode == 0, output.decode()
    return output.decode()


def check_is_seen(output: str, program: str) -> None:
    *_, last = output.splitlines()
    loaded = set(last.split()[1:])
    assert "interprocess.local_socket" in loaded
    assert loaded <= seen_from(program)


@pytest.mark.parametrize("name", ["only_top", "only_anyio"])
def test_what_little_programs_load_can_be_seen(name: str, tmp_path: Path) -> None:
    if name == "only_anyio":
        pytest.importorskip("anyio", reason="anyio is not installed")
        pytest.importorskip("trio", reason="trio is not installed")
    program = FROZEN / f"{name}.py"
    run = f'import runpy; runpy.run_path({str(program)!r}, run_name="__main__")'
    check_is_seen(output_of(run, tmp_path), name)


def test_what_the_big_program_loads_can_be_seen(tmp_path: Path) -> None:
    output = output_of("from everything.main import main; raise SystemExit(main())", tmp_path)
    assert " work, 0 fail, " in output
    check_is_seen(output, "everything.main")
