"""The loader takes the module of the platform, and next to nothing besides."""

from __future__ import annotations

import errno
import subprocess
import sys
from types import SimpleNamespace

import pytest

from interprocess._bindings import _variants

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the C library of Unix")


def run(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


PRETEND = """
import os, sys
sys.platform = {platform!r}
from interprocess._bindings import libc
prefix = "interprocess._bindings._libc_"
print(*[name.rpartition(".")[2] for name in sys.modules if name.startswith(prefix)])
"""


@pytest.mark.parametrize(
    ("platform", "module"),
    [
        ("darwin", "_libc_darwin"),
        ("ios", "_libc_darwin"),
        ("freebsd14", "_libc_freebsd"),
        ("dragonfly6", "_libc_freebsd"),
        ("netbsd10", "_libc_netbsd"),
        ("openbsd7", "_libc_openbsd"),
        ("sunos5", "_libc_unix"),
        ("cygwin", "_libc_unix"),
        ("unheardof", "_libc_unix"),
        ("aix", "_libc_unix_sun_len"),
        ("haiku1", "_libc_unix_sun_len"),
        ("gnu0", "_libc_unix_sun_len"),
    ],
)
def test_platform_has_its_module(platform: str, module: str) -> None:
    assert run(PRETEND.format(platform=platform)) == module


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
@pytest.mark.parametrize(
    ("change", "module"),
    [
        ("", "_libc_linux"),
        ("os.confstr = lambda name: os.stat('/no such file')", "_libc_linux_musl_64"),
        ("sys.getandroidapilevel = lambda: 34; os.confstr = None", "_libc_linux"),
        ("sys.maxsize = 2**31 - 1", "_libc_linux"),
        ("sys.maxsize = 2**31 - 1; time.gmtime = lambda seconds: None", "_libc_linux_time64"),
        ("_socket.SOL_SOCKET = 0xffff", "_libc_linux_sparc _linux_sparc"),
        ("_socket.SOL_SOCKET = 0xffff; _socket.SOCK_DGRAM = 1", "_libc_linux _linux_mips"),
        ("os.O_DIRECTORY = 0x4000; _socket.SO_RCVLOWAT = 16", "_libc_linux _linux_powerpc"),
        ("os.O_DIRECTORY = 0x4000", "_libc_linux _linux_arm"),
        # The machine's own name need not be the architecture that the program was compiled for.
        ("os.uname = None", "_libc_linux"),
    ],
)
def test_linux_has_the_variant_of_the_interpreter(change: str, module: str) -> None:
    code = f"""
import os, sys, time, _socket
os.confstr = lambda name: "glibc 2.36"
os.O_DIRECTORY, sys.maxsize = 0x10000, 2**63 - 1
_socket.SOCK_DGRAM, _socket.SOL_SOCKET, _socket.SO_RCVLOWAT = 2, 1, 18
def narrow_time(seconds): raise OverflowError
time.gmtime = narrow_time
{change}
from interprocess._bindings import libc
names = ("interprocess._bindings._libc_linux", "interprocess._bindings._linux_")
print(*[n.rpartition(".")[2] for n in sys.modules if n.startswith(names)])
"""
    assert run(code).endswith(module)


def test_every_variant_of_musl() -> None:
    def variant(bits: int, byteorder: str) -> str:
        return _variants.linux_library(
            musl=True, wide_time=bits == 32, byteorder=byteorder, bits=bits, processor="mips"
        )

    assert variant(32, "little") == variant(32, "big") == "_libc_linux_musl_32"
    assert variant(64, "little") == "_libc_linux_musl_64"
    assert variant(64, "big") == "_libc_linux_musl_64_big_endian"


#: SOCK_DGRAM, SOL_SOCKET, O_DIRECTORY and SO_RCVLOWAT as the headers of each processor have them.
PROCESSORS = {
    "arc csky hexagon i686 loongarch64 riscv32 riscv64 s390x x86_64": (2, 1, 0x10000, 18, ""),
    "arm armeb aarch64 aarch64_be m68k thumb thumbeb": (2, 1, 0x4000, 18, "arm"),
    "powerpc powerpc64 powerpc64le": (2, 1, 0x4000, 16, "powerpc"),
    "mips mipsel mips64 mips64el": (1, 0xFFFF, 0x10000, 0x1004, "mips"),
    "sparc sparc64": (2, 0xFFFF, 0x10000, 0x800, "sparc"),
}


@pytest.mark.parametrize("names", PROCESSORS)
def test_processors_are_told_by_what_the_standard_library_has(names: str) -> None:
    dgram, socket, directory, low_water, family = PROCESSORS[names]
    found = _variants.linux_processor(
        sock_dgram=dgram, sol_socket=socket, o_directory=directory, so_rcvlowat=low_water
    )
    assert found == family
    assert _variants.linux_constants(found) == (f"_linux_{family}" if family else None)


def test_freebsd_has_wide_times_on_32_bits_of_arm() -> None:
    assert _variants.freebsd_library(bits=32, wide_time=False) == "_libc_freebsd"
    assert _variants.freebsd_library(bits=64, wide_time=True) == "_libc_freebsd"
    assert _variants.freebsd_library(bits=32, wide_time=True) == "_libc_freebsd_time64"


def test_importing_it_imports_only_what_it_needs() -> None:
    forbidden = (
        *("typing", "dataclasses", "enum", "socket", "selectors", "ctypes", "cffi", "pycparser"),
        *("re", "inspect", "asyncio", "collections", "functools", "subprocess"),
    )
    # Modules that the interpreter imported at startup, such as those of a .pth file, do not count.
    code = f"""
import sys
before = set(sys.modules)
import interprocess._bindings.libc
print(*sorted(set({forbidden!r}) & (set(sys.modules) - before)))
"""
    assert run(code) == ""


def test_every_generated_module_can_be_imported_here() -> None:
    from interprocess import _bindings

    code = f"""
import importlib, pathlib
for path in sorted(pathlib.Path({_bindings.__path__[0]!r}).glob("_*.pyi")):
    module = importlib.import_module("interprocess._bindings." + path.stem)
    module.library, module.ffi
"""
    run(code)


def test_stdlib_constant_wins_over_the_declared_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from interprocess._bindings import libc

    assert libc.constant("EAGAIN") == errno.EAGAIN
    monkeypatch.setattr("_socket.SOMAXCONN", 77)
    assert libc.constant("SOMAXCONN") == 77
    monkeypatch.delattr("_socket.SOMAXCONN")
    assert libc.constant("SOMAXCONN") == getattr(libc.libc, "SOMAXCONN")  # noqa: B009 # mypy


def test_missing_constant_is_the_default_or_an_error() -> None:
    from interprocess._bindings import libc

    assert libc.constant("NO_SUCH_CONSTANT", 5) == 5
    with pytest.raises(NotImplementedError, match="has no constant NO_SUCH_CONSTANT"):
        libc.constant("NO_SUCH_CONSTANT")


def test_missing_function_is_an_attribute_error() -> None:
    from interprocess._bindings.libc import libc

    with pytest.raises(AttributeError, match="no_such_function"):
        libc.no_such_function  # type: ignore[attr-defined]  # noqa: B018
    assert not hasattr(libc, "renamex_np" if sys.platform != "darwin" else "renameat2")


class Opener:
    """Stands in for cffi: libraries by their names, each with the functions that it has."""

    error = KeyError

    def __init__(self, **libraries: dict[str, object]) -> None:
        self._libraries = libraries

    def integer_const(self, name: str) -> int:
        raise AttributeError(name)

    def dlopen(self, name: str | None) -> object:
        if name not in (None, *self._libraries):
            raise OSError(name)
        return SimpleNamespace(**self._libraries[name or "program"])


def test_a_function_that_is_declared_and_missing_is_an_attribute_error() -> None:
    from interprocess._bindings._libc_unix import library

    assert hasattr(library, "socketpair")
    with pytest.raises(AttributeError, match="getpeerucred"):
        library.getpeerucred  # noqa: B018  # it raises


def test_a_function_is_looked_for_in_further_libraries() -> None:
    """illumos has its sockets in a library that an interpreter need not have opened."""
    from interprocess._bindings._library import Library

    opener = Opener(program={"close": 1}, sockets={"socket": 2})
    library = Library(opener, None, {})  # type: ignore[arg-type]  # a stand-in
    library.further = ("missing", "sockets")
    assert (library.close, library.socket) == (1, 2)
    with pytest.raises(AttributeError, match="no_such_function"):
        library.no_such_function  # noqa: B018


@pytest.mark.parametrize(
    ("platform", "libraries"),
    [("sunos5", "libsocket.so.1"), ("haiku1", "libnetwork.so"), ("freebsd14", "")],
)
def test_systems_have_their_further_libraries(platform: str, libraries: str) -> None:
    code = "import sys; sys.platform = {!r}; from interprocess._bindings.libc import libc"
    assert run(code.format(platform) + "; print(*libc.further)") == libraries


def test_a_renamed_function_is_found_under_its_symbol() -> None:
    from interprocess._bindings._library import Library
    from interprocess._bindings.libc import ffi

    library = Library(ffi, None, {"hang_up": "close"})
    assert library.hang_up(-1) == -1
    assert ffi.errno == errno.EBADF


@pytest.mark.skipif(sys.platform != "linux", reason="the constants of Linux")
def test_declared_constants_are_those_of_the_standard_library() -> None:
    import _socket
    import fcntl
    import os
    import select

    from interprocess._bindings import _linux, _libc_linux  # isort: skip

    compared = 0
    for name in dir(_libc_linux.ffi.dlopen(None)):
        for module in (_socket, os, fcntl, select):
            if isinstance(getattr(module, name, None), int):
                declared = getattr(_linux.constants, name, None)
                if declared is None:
                    declared = getattr(_linux.library, name)
                assert declared == getattr(module, name), name
                compared += 1
    assert compared > 30
