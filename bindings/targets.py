"""The systems and processors whose C headers are in the package `ziglang`."""

from __future__ import annotations

from dataclasses import dataclass

from bindings.modules import MODULES
from interprocess._bindings import _variants

#: The compiler's names. The part after a `+` is ours: "isystem" if the compiler does not find its
#: headers by itself, else macros that a Python may have been compiled with.
_NAMES = """
aarch64-linux-gnu aarch64_be-linux-gnu arc-linux-gnu arm-linux-gnueabi arm-linux-gnueabihf
arm-linux-gnueabihf.2.36+FILE_OFFSET_BITS+TIME_BITS armeb-linux-gnueabi armeb-linux-gnueabihf
csky-linux-gnueabi csky-linux-gnueabihf loongarch64-linux-gnu loongarch64-linux-gnusf
m68k-linux-gnu mips-linux-gnueabi mips-linux-gnueabihf
mips-linux-gnueabihf.2.36+FILE_OFFSET_BITS+TIME_BITS mips64-linux-gnuabi64 mips64-linux-gnuabin32
mips64el-linux-gnuabi64 mips64el-linux-gnuabin32 mipsel-linux-gnueabi mipsel-linux-gnueabihf
powerpc-linux-gnueabihf+isystem powerpc64-linux-gnu+isystem powerpc64le-linux-gnu
riscv32-linux-gnu riscv64-linux-gnu s390x-linux-gnu sparc-linux-gnu sparc64-linux-gnu
x86-linux-gnu x86-linux-gnu+FILE_OFFSET_BITS x86-linux-gnu.2.36+FILE_OFFSET_BITS+TIME_BITS
x86_64-linux-gnu x86_64-linux-gnu.2.17 x86_64-linux-gnu.2.44 x86_64-linux-gnux32
aarch64-linux-musl aarch64_be-linux-musl arm-linux-musleabi arm-linux-musleabihf
armeb-linux-musleabi armeb-linux-musleabihf hexagon-linux-musl loongarch64-linux-musl
loongarch64-linux-muslf32 loongarch64-linux-muslsf m68k-linux-musl mips-linux-musleabi
mips-linux-musleabihf mips64-linux-muslabi64 mips64-linux-muslabin32 mips64el-linux-muslabi64
mips64el-linux-muslabin32 mipsel-linux-musleabi mipsel-linux-musleabihf powerpc-linux-musleabi
powerpc-linux-musleabihf powerpc64-linux-musl powerpc64le-linux-musl riscv32-linux-musl
riscv64-linux-musl s390x-linux-musl thumb-linux-musleabi thumb-linux-musleabihf
thumbeb-linux-musleabi thumbeb-linux-musleabihf x86-linux-musl x86_64-linux-musl
x86_64-linux-muslx32
aarch64-maccatalyst-none aarch64-macos-none x86_64-maccatalyst-none x86_64-macos-none
aarch64-freebsd-none arm-freebsd-eabihf powerpc64-freebsd-none powerpc64le-freebsd
powerpc64le-freebsd-none riscv64-freebsd-none x86-freebsd-none x86_64-freebsd-none
aarch64-netbsd-none aarch64_be-netbsd-none arm-netbsd-eabi arm-netbsd-eabihf armeb-netbsd-eabi
armeb-netbsd-eabihf m68k-netbsd-none mips-netbsd-eabi mips-netbsd-eabihf mipsel-netbsd-eabi
mipsel-netbsd-eabihf powerpc-netbsd-eabihf riscv32-netbsd-none riscv64-netbsd-none
sparc-netbsd-none sparc64-netbsd-none x86-netbsd-none x86_64-netbsd-none
aarch64-openbsd-none arm-openbsd-eabi mips64-openbsd-none mips64el-openbsd-none
powerpc-openbsd-eabihf powerpc64-openbsd-none riscv64-openbsd-none sparc64-openbsd-none
x86-openbsd-none x86_64-openbsd-none
aarch64-windows-gnu thumb-windows-gnu x86-windows-gnu x86_64-windows-gnu
"""

#: Targets without headers, or without a way to check them.
EXCLUDED = {
    "alpha-linux-gnu": "the compiler fails on any source",
    "hppa-linux-gnu": "the compiler fails on any source",
    "xtensa-linux": "kernel headers only, no C library's",
    "Android": "no headers; bionic has glibc's layouts",
    "DragonFly": "no headers; FreeBSD's declarations serve",
    "iOS": "no headers; those of macOS serve, as verified for Mac Catalyst",
    "illumos, AIX, Haiku, Cygwin": "no headers; libc/unix_other.h and its like are guesses",
}

_SYSTEMS = {"macos": "darwin", "maccatalyst": "darwin", "windows": "win32"}


@dataclass(frozen=True)
class Facts:
    """Facts about a target, as the compiler and a Python interpreter there report them."""

    bits: int
    byteorder: str
    #: Whether time_t has more than 32 bits.
    wide_time: bool
    #: Linux's family of processors, as `linux_processor` tells it.
    processor: str = ""


@dataclass(frozen=True)
class Target:
    """One system, processor and C library."""

    name: str

    @property
    def triple(self) -> str:
        """The compiler's name for it."""
        return self.name.partition("+")[0]

    @property
    def options(self) -> list[str]:
        """The parts of the name that are ours."""
        return self.name.split("+")[1:]

    @property
    def system(self) -> str:
        """The value of `sys.platform` there, without a version."""
        name = self.triple.split("-")[1]
        return _SYSTEMS.get(name, name)

    @property
    def musl(self) -> bool:
        """True if the C library is musl."""
        return "musl" in self.triple

    def modules(self, facts: Facts) -> list[list[str]]:
        """Return the generated modules of each library; within one, later constants win."""
        if self.system == "linux":
            library = _variants.linux_library(
                musl=self.musl,
                wide_time=facts.wide_time,
                byteorder=facts.byteorder,
                bits=facts.bits,
                processor=facts.processor,
            )
            constants = _variants.linux_constants(facts.processor)
            return [[library, constants] if constants else [library]]
        if self.system == "freebsd":
            return [[_variants.freebsd_library(bits=facts.bits, wide_time=facts.wide_time)]]
        if self.system == "win32":
            return [[module.name] for module in MODULES if module.headers[0].startswith("windows/")]
        return [[f"_libc_{self.system}"]]


TARGETS = tuple(Target(name) for name in _NAMES.split())
