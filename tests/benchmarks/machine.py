"""The machine and the software of a run."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.placement import usable_cores

ROOT = Path(__file__).resolve().parent.parent.parent
LOAD = Path("/proc/loadavg")
#: Distributions whose versions matter.
DISTRIBUTIONS = (
    "cffi",
    "pyzmq",
    "pynng",
    "iceoryx2",
    "faster-fifo",
    "uvloop",
    "trio",
    "anyio",
    "pywin32",
)


def python() -> str:
    """Return the name of this Python, with its version."""
    implementation = {"cpython": "CPython", "pypy": "PyPy"}.get(
        sys.implementation.name, sys.implementation.name
    )
    version = sys.implementation.version if implementation == "PyPy" else sys.version_info
    gil = "" if _has_gil() else ", without a GIL"
    return f"{implementation} {version[0]}.{version[1]}.{version[2]}{gil}"


def _has_gil() -> bool:
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def key() -> str:
    """Return a short name for this Python on this system, for files and marks."""
    name, _, version = python().lower().partition(" ")
    release = ".".join(version.split(".")[:2]) + ("" if _has_gil() else "t")
    where = "windows" if sys.platform == "win32" else os.uname().sysname.lower()
    return f"{name}-{release}-{where}"


def system() -> str:
    """Return the name of this system."""
    if os.environ.get("INTERPROCESS_TEST_BENCH") == "wine":
        return "Windows, under Wine"
    if sys.platform == "win32":
        return "Windows"
    return f"{os.uname().sysname} {os.uname().release}"


def about() -> list[str]:
    """Return lines that describe this run."""
    return [
        f"{python()} on {system()}, {_processor()}, {_cores()}",
        f"with {', '.join(_versions())}",
        f"{time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}, commit {_commit()}, {_load()}",
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine() if sys.platform != "win32" else "processor unknown"
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else os.uname().machine


def _cores() -> str:
    count = len(usable_cores()) or os.cpu_count() or 1
    return "1 core" if count == 1 else f"{count} cores"


def _versions() -> list[str]:
    found = []
    for name in DISTRIBUTIONS:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return found or ["nothing else installed"]


def _commit() -> str:
    """Return the checked-out commit, read from git's files because Wine has no git."""
    git = ROOT / ".git"
    try:
        head = (git / "HEAD").read_text().strip()
        kind, _, name = head.rpartition(": ")
        if kind == "ref":
            head = (git / name).read_text().strip()
    except OSError:
        return "unknown"
    return head[:7] + (" and changes" if _is_changed() else "")


def _is_changed() -> bool:
    """Return whether the package differs from the commit, if git is available."""
    if shutil.which("git") is None:
        return False
    command = ["git", "-C", str(ROOT), "diff", "--quiet", "HEAD", "--", "interprocess"]
    return subprocess.run(command, check=False).returncode == 1


def _load() -> str:
    try:
        # Wine also shows Linux's files.
        load = float(LOAD.read_text().split()[0]) if LOAD.exists() else os.getloadavg()[0]
    except (OSError, AttributeError):
        return "load unknown"
    return f"load {load:.1f} at the end"
