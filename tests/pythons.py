"""Runs the tests on every CPython from 3.9 of this machine, and on PyPy. `make test-pythons`.

Interpreters are looked for in pyenv's directory and on the path. Each gets an environment of its
own in `.venv-pythons/`, with what the tests need.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".venv-pythons"
NEEDED = ("cffi", "pytest", "hypothesis", "trio", "anyio")
OLDEST = (3, 9)
DESCRIBE = (
    "import sys; print(sys.implementation.name, *sys.version_info[:3],"
    " getattr(sys, 'pypy_version_info', ''))"
)


def candidates() -> list[Path]:
    """Return every interpreter that might do."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = sorted(pyenv.glob("*/bin/python"))
    names = [f"python3.{minor}" for minor in range(OLDEST[1], 20)]
    return found + [Path(path) for name in [*names, "pypy3"] if (path := shutil.which(name))]


def interpreters() -> dict[str, Path]:
    """Return one interpreter for each implementation and minor version, by their names."""
    chosen: dict[str, Path] = {}
    for path in candidates():
        described = subprocess.run(
            [path, "-c", DESCRIBE], capture_output=True, text=True, check=False
        ).stdout
        match = re.match(r"(\w+) (\d+) (\d+)", described)
        if match and (int(match[2]), int(match[3])) >= OLDEST:
            chosen.setdefault(f"{match[1]}-{match[2]}.{match[3]}", path)
    return chosen


def environment(name: str, interpreter: Path) -> Path:
    """Return the Python of the environment for an interpreter, made if it is not there yet."""
    directory = ENVIRONMENTS / name
    python = directory / "bin" / "python"
    ready = directory / ".ready"
    if not ready.exists():
        subprocess.run([interpreter, "-m", "venv", directory], check=True)
        wanted = [package for package in NEEDED if not (package == "cffi" and "pypy" in name)]
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted],
            check=True,
        )
        ready.touch()
    return python


def main() -> int:
    """Run the tests on each, with the given arguments; print a line for each at the end."""
    results = {}
    for name, interpreter in interpreters().items():
        print(f"=== {name}: {interpreter}", flush=True)
        python = environment(name, interpreter)
        command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *sys.argv[1:]]
        completed = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
        )
        print(completed.stdout, end="", flush=True)
        results[name] = (completed.returncode, completed.stdout.strip().splitlines()[-1:])
    for name, (status, last_line) in results.items():
        print(f"{name:16} {'ok' if status == 0 else 'FAILED'}  {' '.join(last_line)}")
    return int(any(status for status, _ in results.values()))


if __name__ == "__main__":
    raise SystemExit(main())
