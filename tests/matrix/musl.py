"""A Python for the musl C library, put together from Debian's packages and PyPI's wheels.

The wheel `freeze-core` has the interpreter and its extension modules, Debian the standard library's
Python files of the same minor version and the C library, and `launcher.c` joins them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.matrix.runtimes import UnavailableError

#: Debian's, from a release whose Python is VERSION and whose musl is newer than 1.2.3.
PACKAGES = ("musl", "libpython3.13-stdlib", "zlib1g")
PYTHON = "/python/bin/python3"

_VERSION = "3.13"
_WHEELS = ("freeze-core", "cffi")


def install(tree: Path) -> None:
    """Put the Python into TREE, where Debian's packages are already."""
    compiler = shutil.which("musl-gcc")
    if not compiler:
        raise UnavailableError("apt-get install musl-tools")
    home = tree / "python"
    library = home / "lib" / f"python{_VERSION}"
    binaries = home / "bin"
    binaries.mkdir(parents=True)
    source = Path(__file__).with_name("launcher.c")
    command = [compiler, "-rdynamic", "-o", str(binaries / "python3"), str(source)]
    subprocess.run(command, check=True)
    ignored = shutil.ignore_patterns("lib-dynload")
    standard = tree / "usr/lib" / f"python{_VERSION}"
    shutil.copytree(standard, library, ignore=ignored, ignore_dangling_symlinks=True)
    with tempfile.TemporaryDirectory() as directory:
        interpreter, packages = Path(directory, "interpreter"), library / "site-packages"
        for wheel in _download(Path(directory)):
            target = interpreter if "freeze" in wheel.name else packages
            zipfile.ZipFile(wheel).extractall(target)
        (program,) = interpreter.glob("freeze_core/bases/console-cpython-*")
        shutil.copy(program, home / "lib" / "libpython.so")
        shutil.copytree(interpreter / "freeze_core/lib", library / "lib-dynload")
        shutil.copytree(interpreter / "freeze_core.libs", home / "lib", dirs_exist_ok=True)
    shutil.copy(tree / "usr/lib/x86_64-linux-gnu/libz.so.1", home / "lib")
    # Python's build configuration, which the wheel lacks; Debian's file describes glibc.
    about = library / "_sysconfigdata__linux_x86_64-linux-musl.py"
    about.write_text("build_time_vars = {'MULTIARCH': 'x86_64-linux-musl'}\n")
    (tree / "etc/ld-musl-x86_64.path").write_text("/lib\n/python/lib\n")


def _download(directory: Path) -> list[Path]:
    """Download the wheels into DIRECTORY, and return them."""
    environment = directory / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    number = _VERSION.replace(".", "")
    subprocess.run(
        [
            *(str(environment / "bin" / "python"), "-m", "pip", "download", "--quiet"),
            *("--dest", str(directory), "--no-deps", "--only-binary=:all:"),
            *("--platform", "musllinux_1_2_x86_64", "--python-version", _VERSION),
            *("--implementation", "cp", "--abi", f"cp{number}", *_WHEELS),
        ],
        check=True,
    )
    return sorted(directory.glob("*.whl"))
