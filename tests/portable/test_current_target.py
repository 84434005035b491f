"""The target that the running interpreter is taken for."""

from __future__ import annotations

import os
import struct
import subprocess
import sys

import pytest

from interprocess.cfg import Target


def test_running_platform_is_what_python_was_built_for() -> None:
    target = Target.current()
    assert target.pointer_width == 8 * struct.calcsize("P")
    assert target.endian == sys.byteorder
    assert (target.family == "windows") == (os.name == "nt")
    assert target is Target.current()


# `sys.platform`, os.uname()'s version and machine, the interpreter's bits, and the target.
PLATFORMS = [
    ("linux", "6.1", "x86_64", 64, "linux (x86_64, gnu)"),
    ("linux", "6.1", "x86_64", 32, "linux (x86, gnu)"),
    ("linux", "6.1", "aarch64", 32, "linux (arm, gnu)"),
    ("linux", "6.1", "ppc64le", 64, "linux (powerpc64, gnu)"),
    ("linux", "6.1", "z80", 32, "linux (z80, gnu)"),
    ("android", "6.1", "aarch64", 64, "android (aarch64)"),
    ("darwin", "24", "arm64", 64, "macos (aarch64)"),
    ("ios", "18", "arm64", 64, "ios (aarch64)"),
    ("freebsd14", "14", "amd64", 64, "freebsd (x86_64)"),
    ("openbsd7", "7", "arm64", 64, "openbsd (aarch64)"),
    ("netbsd10", "10", "evbarm", 64, "netbsd (aarch64)"),
    ("netbsd10", "10", "evbarm", 32, "netbsd (arm)"),
    ("dragonfly6", "6", "x86_64", 64, "dragonfly (x86_64)"),
    ("sunos5", "illumos-9a3c1b", "i86pc", 64, "illumos (x86_64)"),
    ("sunos5", "11.4.0.15.0", "sun4v", 64, "solaris (sparc64)"),
    ("aix", "7", "00F84C0C4C00", 64, "aix (00F84C0C4C00)"),
    ("haiku1", "hrev57937", "x86_64", 64, "haiku (x86_64)"),
    ("cygwin", "3.5", "x86_64", 64, "cygwin (x86_64)"),
    ("plan9", "4", "386", 32, "plan9 (386)"),
]

SIMULATION = """
import os, sys
sys.platform, version, machine, bits = sys.argv[1:]
sys.maxsize = 2 ** (int(bits) - 1) - 1
os.uname = lambda: os.uname_result(("", "", "5.11", version, machine))
def confstr(name): return "glibc 2.36"
os.confstr = confstr
from interprocess.cfg import Target
print(Target.current(), Target.current().family)
"""


imitates_unix = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no os.uname_result to imitate others with"
)


@imitates_unix
@pytest.mark.parametrize(("platform", "version", "machine", "bits", "shown"), PLATFORMS)
def test_platforms_by_what_they_say(
    platform: str, version: str, machine: str, bits: int, shown: str
) -> None:
    assert simulate(SIMULATION, platform, version, machine, str(bits)) == f"{shown} unix"


@imitates_unix
@pytest.mark.parametrize("answer", ["return None", "raise ValueError(name)", "raise OSError(22)"])
def test_musl_is_what_does_not_know_glibc(answer: str) -> None:
    source = SIMULATION.replace('return "glibc 2.36"', answer)
    assert simulate(source, "linux", "6.1", "x86_64", "64") == "linux (x86_64, musl) unix"


@imitates_unix
def test_python_on_android_may_say_that_it_is_on_linux() -> None:
    source = SIMULATION.replace(
        "import os, sys\n", "import os, sys\nsys.getandroidapilevel = None\n"
    )
    assert simulate(source, "linux", "6.1", "aarch64", "64") == "android (aarch64) unix"


WINDOWS_SIMULATION = """
import os, sys
sys.platform, sys.version, bits = sys.argv[1:]
sys.maxsize = 2 ** (int(bits) - 1) - 1
from interprocess.cfg import Target
print(Target.current(), Target.current().family)
"""


@pytest.mark.parametrize(
    ("version", "bits", "shown"),
    [
        ("3.13.0 [MSC v.1941 64 bit (AMD64)]", 64, "windows (x86_64, msvc)"),
        ("3.13.0 [MSC v.1941 32 bit (Intel)]", 32, "windows (x86, msvc)"),
        ("3.13.0 [MSC v.1941 64 bit (ARM64)]", 64, "windows (aarch64, msvc)"),
        ("3.12.7 [GCC UCRT 14.2.0 64 bit (AMD64)]", 64, "windows (x86_64, gnu)"),
    ],
)
def test_windows_by_what_its_python_says(version: str, bits: int, shown: str) -> None:
    assert simulate(WINDOWS_SIMULATION, "win32", version, str(bits)) == f"{shown} windows"


@pytest.mark.parametrize(
    ("prepare", "installed"),
    [
        ("sys.modules['trio'] = None", False),
        ("sys.modules['trio'] = sys", True),
        ("sys.meta_path[:] = [finder for finder in sys.meta_path if 0]", False),
    ],
)
def test_feature_is_there_if_its_package_can_be_imported(prepare: str, installed: bool) -> None:
    source = (
        f"import sys, interprocess.cfg, interprocess._running_platform; {prepare};"
        "print('trio' in interprocess.cfg.Target.current().features)"
    )
    assert simulate(source) == str(installed)


def test_looking_for_features_imports_nothing() -> None:
    source = (
        "import sys, interprocess.cfg, interprocess._running_platform; before = set(sys.modules);"
        "interprocess.cfg.Target.current(); print(sorted(set(sys.modules) - before))"
    )
    assert simulate(source) == "[]"


def test_import_stays_cheap() -> None:
    costly = {"typing", "dataclasses", "enum", "re", "platform", "importlib.metadata", "cffi"}
    source = (
        "import sys; before = set(sys.modules); import interprocess.cfg;"
        "print(*sorted(set(sys.modules) - before))"
    )
    imported = set(simulate(source, isolated=True).split())
    assert "interprocess.cfg" in imported
    assert not imported & costly


def simulate(source: str, *arguments: str, isolated: bool = False) -> str:
    """Run a program in its own interpreter, on another imitated platform if requested."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    command = [sys.executable, *(["-S"] if isolated else []), "-c", source, *arguments]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
