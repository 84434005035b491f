"""A CPython without a global interpreter lock, put together from PyPI's wheels and Debian's files.

    python tests/matrix/free_threaded.py      assemble it if need be, and print its path

The wheel `freeze-core` has the interpreter and its extension modules, Debian the standard library's
Python files of the same minor version. The interpreter is one for frozen programs, which knows no
command line: `free_threaded_start.py`, the program that is frozen into nothing, understands the
part of Python's that is needed. It takes `apt-get` and `dpkg-deb`, but neither root nor a compiler.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.matrix.runtimes import PACKAGES, UnavailableError

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "interprocess", "matrix")

_VERSION = "3.14"
_WHEELS = ("freeze-core", "cffi")
#: Debian's, from a release whose Python is _VERSION; whatever the processor, they are only text.
_DEBIAN = ("libpython3.14-minimal", "libpython3.14-stdlib")
_RELEASE = "sid"
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"


def python(cache: Path = CACHE) -> Path:
    """Return the path of the interpreter, which is first assembled in CACHE if missing."""
    home = cache / f"free-threaded-{_VERSION}"
    if not home.exists():
        for tool in ("apt-get", "dpkg-deb"):
            if not shutil.which(tool):
                raise UnavailableError(f"needs {tool}")
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as directory:
            fresh = Path(directory, "python")
            try:
                _assemble(fresh, Path(directory))
            except subprocess.CalledProcessError as error:
                raise UnavailableError(str(error)) from None
            fresh.rename(home)
    # The interpreter looks for `__init__` and its own name up to the first dot.
    return home / "bin" / f"python{_VERSION}t"


def _assemble(home: Path, directory: Path) -> None:
    library = home / "bin" / "lib"
    _download_standard_library(directory)
    standard = directory / "debian" / "usr" / "lib" / f"python{_VERSION}"
    ignored = shutil.ignore_patterns("lib-dynload")
    shutil.copytree(standard, library, ignore=ignored, ignore_dangling_symlinks=True)
    interpreter = directory / "interpreter"
    for wheel in _download_wheels(directory):
        is_interpreter = wheel.name.startswith("freeze_core")
        zipfile.ZipFile(wheel).extractall(interpreter if is_interpreter else library)
    (program,) = interpreter.glob("freeze_core/bases/console-cpython-*")
    shutil.copy(program, home / "bin" / f"python{_VERSION}t")
    (home / "bin" / f"python{_VERSION}t").chmod(0o755)
    shutil.copytree(interpreter / "freeze_core" / "lib", library, dirs_exist_ok=True)
    # Where the extension modules look for libraries: in `../../freeze_core.libs`.
    shutil.copytree(interpreter / "freeze_core.libs", home / "freeze_core.libs")
    # Python's build configuration, which the wheel lacks; Debian's file describes another build.
    triplet = f"{os.uname().machine}-linux-gnu"
    variables = {"MULTIARCH": triplet, "Py_GIL_DISABLED": 1}
    about = library / f"_sysconfigdata_t_linux_{triplet}.py"
    about.write_text(f"build_time_vars = {variables}\n")
    start = Path(__file__).with_name("free_threaded_start.py")
    shutil.copy(start, library / "__init__python3.py")


def _download_standard_library(directory: Path) -> None:
    """Download Debian's packages, with apt directories of our own, and unpack them."""
    apt = directory / "apt"
    for name in ("state/lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True)
    source = f"deb [signed-by={_KEYS}] http://deb.debian.org/debian {_RELEASE} main\n"
    (apt / "sources.list").write_text(source)
    command = [
        *("apt-get", "-qq"),
        *("-o", f"Dir::Etc::sourcelist={apt}/sources.list", "-o", "Dir::Etc::sourceparts=-"),
        *("-o", f"Dir::State={apt}/state", "-o", f"Dir::Cache={apt}/cache"),
        *("-o", "Acquire::Check-Valid-Until=false", "-o", "Acquire::Languages=none"),
        *("-o", "APT::Sandbox::User=root"),
    ]
    subprocess.run([*command, "update"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*command, "download", *_DEBIAN], check=True, cwd=directory)
    for package in directory.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(directory / "debian")], check=True)


def _download_wheels(directory: Path) -> list[Path]:
    environment = directory / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip"]
    number = _VERSION.replace(".", "")
    machine = os.uname().machine
    command = [
        *(*pip, "download", "--quiet", "--dest", str(directory), "--no-deps"),
        *("--only-binary=:all:", "--python-version", _VERSION, "--implementation", "cp"),
        *("--abi", f"cp{number}t", "--platform", f"manylinux_2_17_{machine}"),
        *("--platform", f"manylinux2014_{machine}", "--platform", f"manylinux_2_28_{machine}"),
    ]
    subprocess.run([*command, *_WHEELS], check=True, stdout=subprocess.DEVNULL)
    # Other requirements of the tests, without compiled parts.
    pure = [*pip, "download", "--quiet", "--dest", str(directory), "--only-binary=:all:"]
    subprocess.run([*pure, *PACKAGES], check=True, stdout=subprocess.DEVNULL)
    return sorted(directory.glob("*.whl"))


def main() -> int:
    """Print where the interpreter is; return the exit status."""
    try:
        print(python())
    except UnavailableError as error:
        print(f"no free-threaded Python here: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
