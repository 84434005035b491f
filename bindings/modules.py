"""Which module of `interprocess/_bindings` is generated from which headers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HEADERS = Path(__file__).resolve().parent
GENERATED = HEADERS.parent / "interprocess" / "_bindings"


@dataclass(frozen=True)
class Module:
    """One generated module: its name, its headers in the order they are read, its C library."""

    name: str
    headers: tuple[str, ...]
    #: What is given to `dlopen`; `None` is the running program itself, which every libc is part of.
    library: str | None = None

    @property
    def paths(self) -> list[Path]:
        """The header files."""
        return [HEADERS / header for header in self.headers]


def _libc(name: str, *headers: str) -> Module:
    return Module(name, tuple(f"libc/{header}.h" for header in headers))


def _linux(name: str, *headers: str) -> Module:
    return _libc(name, "unix_types", "linux", *headers, "unix", "unix_atomic")


#: The loaders and `interprocess._bindings._variants` know these names.
MODULES = (
    _libc("_libc_unix", "unix_types", "unix_other", "unix", "unix_atomic"),
    _linux("_libc_linux", "linux_glibc", "linux_time"),
    _linux("_libc_linux_time64", "linux_glibc", "linux_time64"),
    _linux("_libc_linux_sparc", "linux_glibc", "linux_time_sparc"),
    _linux("_libc_linux_musl_32", "linux_musl", "linux_musl_32", "linux_time64"),
    _linux("_libc_linux_musl_64", "linux_musl", "linux_musl_64", "linux_time"),
    _linux(
        "_libc_linux_musl_64_big_endian",
        *("linux_musl", "linux_musl_64_big_endian", "linux_time"),
    ),
    _libc("_linux_arm", "linux_arm"),
    _libc("_linux_mips", "linux_mips"),
    _libc("_linux_powerpc", "linux_powerpc"),
    _libc("_linux_sparc", "linux_sparc"),
    _libc("_libc_darwin", "unix_types", "bsd", "darwin", "unix"),
    _libc("_libc_freebsd", "unix_types", "bsd", "freebsd", "freebsd_time", "unix", "unix_atomic"),
    _libc(
        "_libc_freebsd_time64",
        *("unix_types", "bsd", "freebsd", "freebsd_time64", "unix", "unix_atomic"),
    ),
    _libc("_libc_netbsd", "unix_types", "bsd", "netbsd", "unix", "unix_atomic"),
    _libc("_libc_openbsd", "unix_types", "bsd", "openbsd", "unix", "unix_atomic"),
)
