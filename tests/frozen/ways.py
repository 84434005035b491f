"""The ways in which a Python program goes to its users, each as a function that makes it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.frozen.workshop import (
    HERE,
    LIBRARIES,
    RUNNING,
    Built,
    FailedError,
    UnavailableError,
    Workshop,
    run,
)

#: Programs that name little, by which a tool finds little.
LITTLE = ("only_top", "only_anyio")


@dataclass(frozen=True)
class Way:
    """One way, by the name that the command line takes."""

    name: str
    title: str
    make: Callable[[Workshop], Built]
    #: The distribution whose version counts; none if that is Python's.
    tool: str = ""


def _pyinstaller(shop: Workshop, kind: str, script: Path) -> None:
    options = ("--noconfirm", "--log-level=ERROR", kind, "--specpath=spec", "--workpath=work")
    shop.run(shop.tool("pyinstaller"), *options, script)


def _pyinstaller_folder(shop: Workshop) -> Built:
    others: list[list[str | Path]] = []
    for name in LITTLE:
        _pyinstaller(shop, "--onedir", HERE / f"{name}.py")
        others.append([shop.directory / "dist" / name / name])
    _pyinstaller(shop, "--onedir", Path("start.py"))
    folder = shop.directory / "dist" / "start"
    return Built([folder / "start"], (folder,), others=tuple(others))


def _pyinstaller_file(shop: Workshop) -> Built:
    _pyinstaller(shop, "--onefile", Path("start.py"))
    program = shop.directory / "dist" / "start"
    return Built([program], (program,))


def _nuitka(shop: Workshop) -> Built:
    if not shutil.which("gcc") and not shutil.which("clang"):
        raise UnavailableError("needs a C compiler")
    others: list[list[str | Path]] = []
    # Each takes minutes.
    for name in ("only_top", "start"):
        script = Path("start.py") if name == "start" else HERE / f"{name}.py"
        options = ("--standalone", "--quiet", "--assume-yes-for-downloads", "--output-dir=out")
        # Of anyio's backends it finds asyncio's alone.
        further = ("--include-module=anyio._backends._trio",) if name == "start" else ()
        path = os.pathsep.join([str(shop.tool("")), os.environ.get("PATH", os.defpath)])
        shop.run("env", f"PATH={path}", shop.python, "-m", "nuitka", *options, *further, script)
        others.append([shop.directory / "out" / f"{name}.dist" / f"{name}.bin"])
    program = others.pop()
    return Built(program, (Path(program[0]).parent,), others=tuple(others))


def _cx_freeze(shop: Workshop) -> Built:
    others: list[list[str | Path]] = []
    for name in (*LITTLE, "start"):
        script = "start.py" if name == "start" else HERE / f"{name}.py"
        folder = shop.directory / "out" / name
        options = (f"--script={script}", f"--build-exe={folder}", "--silent")
        # Of anyio's backends it finds asyncio's alone.
        shop.run(shop.tool("cxfreeze"), "build", *options, "--includes=anyio._backends._trio")
        others.append([folder / name])
    program = others.pop()
    return Built(program, (Path(program[0]).parent,), others=tuple(others))


def _shiv(shop: Workshop) -> Built:
    packages = shop.packages(*LIBRARIES)
    shutil.copytree(shop.directory / "everything", packages / "everything")
    archive = shop.directory / "everything.pyz"
    entry = ("--entry-point", "everything.main:main")
    shop.run(shop.tool("shiv"), "--site-packages", packages, *entry, "--output-file", archive)
    # It unpacks itself into a directory of the user's: a new one, in which nothing lies yet.
    environment = {**os.environ, "SHIV_ROOT": str(shop.directory / "unpacked")}
    return Built([shop.python, archive], (archive,), environment)


def _pex(shop: Workshop) -> Built:
    sources = shop.directory / "sources"
    sources.mkdir()
    shutil.move(shop.directory / "everything", sources)
    archive = shop.directory / "everything.pex"
    options = ("--sources-directory", sources, "--entry-point", "everything.main:main")
    shop.run(shop.tool("pex"), shop.wheel, *LIBRARIES, *options, "--output-file", archive)
    environment = {**os.environ, "PEX_ROOT": str(shop.directory / "unpacked")}
    return Built([shop.python, archive], (archive,), environment)


def _zipapp(shop: Workshop) -> Built:
    """Pack all but cffi, whose compiled part no archive can hold: it is installed."""
    packages = shop.packages("--no-deps")
    shop.put_program(packages)
    archive = shop.directory / "everything.pyz"
    shop.run(shop.python, "-m", "zipapp", "--output", archive, packages)
    return Built([shop.python, archive], (archive,))


def _pypy(shop: Workshop) -> Built:
    interpreter = shutil.which("pypy3")
    if interpreter is None:
        raise UnavailableError("pypy3 is not here: on Debian, apt-get install pypy3 pypy3-venv")
    return Built([shop.environment(Path(interpreter), "trio", "anyio"), shop.directory])


def _debian(shop: Workshop) -> Built:
    """Take Debian's own Python and its cffi, and the package by PYTHONPATH."""
    interpreter = Path("/usr/bin/python3")
    code = "import _cffi_backend; print(_cffi_backend.__file__)"
    try:
        place = run((interpreter, "-I", "-c", code), shop.directory, RUNNING)
    except (FailedError, FileNotFoundError):
        place = ""
    if "/dist-packages/" not in place:
        raise UnavailableError("needs Debian's python3-cffi-backend")
    packages = shop.packages("--no-deps")
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    return Built([interpreter, shop.directory], (), environment)


def _without_pip(shop: Workshop) -> Built:
    """Take an environment without pip, and everything by PYTHONPATH."""
    directory = shop.directory / "environment"
    shop.run(sys.executable, "-m", "venv", "--without-pip", directory)
    environment = {**os.environ, "PYTHONPATH": str(shop.packages(*LIBRARIES))}
    return Built([directory / "bin" / "python", shop.directory], (), environment)


def _optimized(shop: Workshop) -> Built:
    return Built([shop.python, "-OO", shop.directory])


def _isolated(shop: Workshop) -> Built:
    return Built([shop.python, "-I", shop.directory])


def _empty_environment(shop: Workshop) -> Built:
    return Built([shop.python, shop.directory], (), {})


def _free_threaded(shop: Workshop) -> Built:
    from tests.matrix import free_threaded, runtimes

    try:
        interpreter = free_threaded.python()
    except runtimes.UnavailableError as error:
        raise UnavailableError(str(error)) from None
    packages = shop.packages("--no-deps")
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    code = "import sys, interprocess.local_socket; sys.exit(sys._is_gil_enabled())"
    run((interpreter, "-c", code), shop.directory, RUNNING, environment)
    start = shop.directory / "start.py"
    return Built([interpreter, start], (), environment)


def _pyinstaller_on_windows(shop: Workshop) -> Built:
    from tests.frozen.windows import pyinstaller

    return pyinstaller(shop)


WAYS = (
    Way("pyinstaller-folder", "PyInstaller, a folder", _pyinstaller_folder, "pyinstaller"),
    Way("pyinstaller-file", "PyInstaller, one file", _pyinstaller_file, "pyinstaller"),
    Way("pyinstaller-windows", "PyInstaller on Windows (Wine), a folder", _pyinstaller_on_windows),
    Way("nuitka", "Nuitka, standalone", _nuitka, "nuitka"),
    Way("cx-freeze", "cx_Freeze", _cx_freeze, "cx_Freeze"),
    Way("shiv", "shiv", _shiv, "shiv"),
    Way("pex", "pex", _pex, "pex"),
    Way("zipapp", "zipapp, cffi installed", _zipapp),
    Way("pypy", "PyPy", _pypy),
    Way("debian", "Debian's Python and python3-cffi-backend", _debian),
    Way("without-pip", "no pip, everything by PYTHONPATH", _without_pip),
    Way("optimized", "python -OO", _optimized),
    Way("isolated", "python -I", _isolated),
    Way("empty-environment", "an empty environment", _empty_environment),
    Way("free-threaded", "CPython without a GIL", _free_threaded),
)
