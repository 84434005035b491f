"""The platform that this program runs on, in the terms of `interprocess.cfg`."""

from __future__ import annotations

import os
import sys

from interprocess.cfg import FEATURES, PROCESSORS, SYSTEM_ALIASES, SYSTEMS, Target

#: Processors whose kernels run programs of two widths, although uname(2) names only one of them.
_WIDER = {
    "x86": "x86_64",
    "arm": "aarch64",
    "mips": "mips64",
    "powerpc": "powerpc64",
    "riscv32": "riscv64",
    "sparc": "sparc64",
}
_NARROWER = {wide: narrow for narrow, wide in _WIDER.items()}


def running_target() -> Target:
    """Return the platform that this program runs on."""
    system = _system()
    pointer_width = 64 if sys.maxsize > 2**32 else 32
    return Target(
        system,
        arch=_processor(pointer_width),
        env=_c_library(system),
        pointer_width=pointer_width,
        endian=sys.byteorder,
        features=filter(_is_installed, FEATURES),
    )


def _system() -> str:
    # Before 3.13, and on PyPy, Python on Android reports "linux".
    if hasattr(sys, "getandroidapilevel"):
        return "android"
    if sys.platform == "win32":
        return "windows"
    if sys.platform.startswith("sunos"):
        # Both illumos and Solaris call themselves SunOS 5.11; Oracle's versions are "11.4…".
        return "solaris" if os.uname().version[:1].isdigit() else "illumos"
    # Python adds the version to the names of some systems: freebsd14.
    name = sys.platform.rstrip("0123456789.")
    name = SYSTEM_ALIASES.get(name, name)
    return name if name in SYSTEMS else sys.platform


def _processor(pointer_width: int) -> str:
    if sys.platform == "win32":
        # The interpreter's own, which Windows may be emulating: "[MSC v.1943 64 bit (AMD64)]".
        machine = "arm64" if "(ARM64)" in sys.version else "amd64"
    else:
        machine = os.uname().machine
    arch, width, _ = PROCESSORS.get(machine.lower(), (machine, pointer_width, ""))
    if width == pointer_width:
        return arch
    return (_WIDER if width < pointer_width else _NARROWER).get(arch, arch)


def _c_library(system: str) -> str:
    if sys.platform == "win32":
        return "msvc" if "MSC" in sys.version else "gnu"
    if system != "linux":
        return ""
    try:
        return "gnu" if os.confstr("CS_GNU_LIBC_VERSION") else "musl"
    except (OSError, ValueError):
        return "musl"


def _is_installed(feature: str) -> bool:
    # As importlib.util.find_spec does, but importing that takes longer than importing this package.
    module = FEATURES[feature]
    if module in sys.modules:
        return sys.modules[module] is not None
    try:
        return any(finder.find_spec(module, None) for finder in sys.meta_path)
    except ImportError:
        return False
