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


MODULES = (
    _libc("_libc_unix", "unix_types", "unix_other", "unix", "unix_atomic"),
    _libc(
        "_libc_linux",
        *("unix_types", "linux", "linux_glibc", "linux_time", "unix", "unix_atomic"),
    ),
    _libc("_libc_darwin", "unix_types", "bsd", "darwin", "unix"),
    _libc("_libc_freebsd", "unix_types", "bsd", "freebsd", "freebsd_time", "unix", "unix_atomic"),
    _libc("_libc_netbsd", "unix_types", "bsd", "netbsd", "unix", "unix_atomic"),
    _libc("_libc_openbsd", "unix_types", "bsd", "openbsd", "unix", "unix_atomic"),
)
