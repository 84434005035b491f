"""The modules of `interprocess/_bindings` and the headers from which they are generated."""

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
    #: The DLL on Windows; `None` is the running program, which on Unix contains the C library.
    library: str | None = None

    @property
    def paths(self) -> list[Path]:
        """The header files."""
        return [HEADERS / header for header in self.headers]


def _libc(name: str, *headers: str) -> Module:
    return Module(name, tuple(f"libc/{header}.h" for header in headers))


def _unix_other(name: str, address: str) -> Module:
    return _libc(name, "unix_types", address, "unix_other", "unix", "unix_atomic")


def _linux(name: str, *headers: str) -> Module:
    return _libc(name, "unix_types", "linux", *headers, "unix", "unix_atomic")


def _freebsd(name: str, time: str) -> Module:
    return _libc(name, "unix_types", "bsd", "bsd_message", "freebsd", time, "unix", "unix_atomic")


#: The loaders and `interprocess._bindings._variants` know these names.
MODULES = (
    _unix_other("_libc_unix", "unix_address"),
    _unix_other("_libc_unix_sun_len", "unix_address_sun_len"),
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
    _libc("_libc_darwin", "unix_types", "bsd", "bsd_message", "darwin", "unix"),
    _freebsd("_libc_freebsd", "freebsd_time"),
    _freebsd("_libc_freebsd_time64", "freebsd_time64"),
    _libc("_libc_netbsd", "unix_types", "bsd", "bsd_message", "netbsd", "unix", "unix_atomic"),
    _libc("_libc_openbsd", "unix_types", "bsd", "openbsd", "unix", "unix_atomic"),
    Module("_kernel32", ("windows/kernel32.h", "windows/process.h"), "kernel32.dll"),
    Module("_advapi32", ("windows/advapi32.h", "windows/impersonation.h"), "advapi32.dll"),
    Module("_ntdll", ("windows/ntdll.h",), "ntdll.dll"),
)
