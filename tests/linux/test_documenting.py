"""A program that uses ours is documented by Sphinx's autodoc and by pdoc without a warning."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.portable.test_public_places import public_modules
from tests.support import ROOT

#: Both take a second for each module.
PATIENCE = 300

CONFIGURATION = 'extensions = ["sphinx.ext.autodoc"]'
INDEX = """
Program
=======

.. automodule:: program
   :members:
   :inherited-members: int
   :show-inheritance:
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A module that passes on what is ours, each name once, and subclasses every class of ours."""
    code = ['"""A program."""', "from __future__ import annotations"]
    exported: list[str] = []
    for number, module in enumerate(public_modules()):
        code.append(f"import {module.__name__} as _module{number}")
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if isinstance(value, ModuleType):
                continue
            if name not in exported:
                code.append(f"from {module.__name__} import {name}")
                exported.append(name)
            if isinstance(value, type) and not getattr(value, "__members__", None):
                ours = f"Our{number}{name}"
                code.append(f'class {ours}(_module{number}.{name}):\n    """A kind of `{name}`."""')
                exported.append(ours)
    code.append(f"__all__ = {exported!r}")
    path = tmp_path / "program.py"
    path.write_text("\n\n".join(code), "utf-8")
    return path


def run(directory: Path, *arguments: str) -> str:
    path = os.pathsep.join([str(ROOT), str(directory)])
    process = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert process.returncode == 0, process.stdout
    return process.stdout


def test_autodoc(program: Path, tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="sphinx is not installed")
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "conf.py").write_text(CONFIGURATION, "utf-8")
    # What an IntEnum inherits of int has docstrings of CPython's.
    (sources / "index.rst").write_text(INDEX, "utf-8")
    run(tmp_path, "sphinx", "-W", "--keep-going", "-q", "-E", "sources", "built")


def test_pdoc(program: Path, tmp_path: Path) -> None:
    pytest.importorskip("pdoc", reason="pdoc is not installed")
    assert "Warn" not in run(tmp_path, "pdoc", "program", "-o", "built")
