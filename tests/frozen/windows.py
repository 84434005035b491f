"""PyInstaller on the Windows Python of `tests/windows_bench`, under Wine."""

from __future__ import annotations

import shutil
import sys

from tests.frozen.workshop import RUNNING, Built, UnavailableError, Workshop
from tests.windows_bench import bench, wine
from tests.windows_bench.assemble import ensure

assert sys.platform == "linux"

#: PyInstaller and what it needs there, each with files that Windows or every system can use.
NEEDED = (
    "pyinstaller",
    "pyinstaller-hooks-contrib",
    "altgraph",
    "packaging",
    "pefile",
    "pywin32-ctypes",
    "setuptools",
)


def pyinstaller(shop: Workshop) -> Built:
    """Freeze the program into a folder, with the Windows Python."""
    try:
        there = ensure()
    except wine.BenchError as error:
        raise UnavailableError(str(error)) from None
    wine.pin_to_one_core()
    there.wine.start()
    minor = there.directory.name.partition("-")[0][len("cp3") :]
    packages = shop.directory / "packages"
    platform = ("--platform", "win_amd64", "--python-version", f"3.{minor}", "--no-deps")
    pip = (shop.python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    options = ("--only-binary=:all:", *platform, "--target", packages)
    shop.run(*pip, *options, shop.wheel, *NEEDED)
    shutil.copytree(shop.directory / "everything", packages / "everything")
    environment = bench.environment(there) | {"PYTHONPATH": wine.windows_path(packages)}
    environment["PYTHONPYCACHEPREFIX"] = wine.windows_path(shop.directory / "pycache")
    arguments = ("--noconfirm", "--log-level=ERROR", "--onedir", "--specpath=spec")
    command = [*("wine", str(there.python), "-m", "PyInstaller"), *arguments, "start.py"]
    if status := wine.run(command, environment, shop.directory, RUNNING):
        raise UnavailableError(f"PyInstaller ended with {status} there")
    folder = shop.directory / "dist" / "start"
    return Built(["wine", folder / "start.exe"], (folder,), bench.environment(there))
