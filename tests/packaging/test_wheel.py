"""Users install a pure-Python wheel that works in a fresh environment."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from interprocess import __version__
from tests.packaging.distributions import Distributions
from tests.support import ROOT

#: Building and installing ask the package index.
PATIENCE = 100


def run(*command: str | Path, directory: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    completed = subprocess.run(
        list(map(str, command)),
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert completed.returncode == 0, completed.stdout
    return completed.stdout


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    pytest.importorskip("pip", reason="the wheel is built with pip, which this Python lacks")
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--wheel-dir",
        tmp_path,
        ROOT,
        directory=tmp_path,
    )
    (wheel,) = tmp_path.glob("*.whl")
    return wheel


def test_the_wheel(wheel: Path, tmp_path: Path) -> None:
    assert wheel.name.startswith("pyinterprocess-")
    assert wheel.name.endswith("-py3-none-any.whl")
    packages = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in packages if not name.endswith(".dist-info")} == {"interprocess"}
    made = Distributions(ROOT, tmp_path, __version__)
    made.wheel = wheel
    made.check_metadata()
    made.check_links()
    venv.create(tmp_path / "environment", with_pip=True)
    scripts = tmp_path / "environment" / ("Scripts" if sys.platform == "win32" else "bin")
    python = scripts / "python"
    run(
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        wheel,
        directory=tmp_path,
    )
    installed = run(python, "-m", "pip", "list", "--format", "freeze", directory=tmp_path)
    assert "hypothesis" not in installed
    code = """
import pathlib, sys
import interprocess
from interprocess.local_socket import Name, connect, listen
assert (pathlib.Path(interprocess.__file__).parent / "py.typed").exists()
name = Name.unique()
with listen(name) as listener, connect(name) as client, listener.accept() as stream:
    client.send_all(b"x")
    assert stream.recv(1) == b"x"
assert "cffi" not in sys.modules, "cffi's compiler is not needed at run time"
"""
    run(python, "-I", "-c", code, directory=tmp_path)
    assert "filesystem_ud_socket" in run(
        scripts / "interprocess", "capabilities", directory=tmp_path
    )
