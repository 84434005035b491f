"""Which generated module fits which C library and processor, told from facts alone.

The loaders call these functions with facts about the running interpreter, and `bindings/verify.py`
with those of every target that it knows.
"""

from __future__ import annotations

#: How SO_RCVTIMEO asks the kernel for a timeval of 64 bits where a long has 32.
_SO_RCVTIMEO_NEW = 66


def has_wide_time(so_rcvtimeo: object, *, multiarch: str) -> bool:
    """Say whether time_t has more than 32 bits though a pointer does not.

    MULTIARCH is Debian's name of the system; x32 alone has had wide times from the beginning.
    """
    return so_rcvtimeo == _SO_RCVTIMEO_NEW or multiarch.endswith("x32")


def linux_library(*, musl: bool, wide_time: bool, byteorder: str, bits: int, machine: str) -> str:
    """Return the module with Linux's functions and structures.

    BITS are those of a pointer, WIDE_TIME says whether time_t has more than 32, and MACHINE is the
    processor as uname(1) names it.
    """
    if musl and bits == 32:
        return "_libc_linux_musl_32"
    if musl:
        big_endian = byteorder == "big"
        return "_libc_linux_musl_64_big_endian" if big_endian else "_libc_linux_musl_64"
    if machine.startswith("sparc"):
        return "_libc_linux_sparc"
    return "_libc_linux_time64" if wide_time and bits == 32 else "_libc_linux"


def linux_constants(machine: str) -> str | None:
    """Return the module with the constants that MACHINE does not share with most others."""
    if machine.startswith(("arm", "aarch64", "m68k")):
        return "_linux_arm"
    if machine.startswith("mips"):
        return "_linux_mips"
    if machine.startswith(("ppc", "powerpc")):
        return "_linux_powerpc"
    if machine.startswith("sparc"):
        return "_linux_sparc"
    return None


def freebsd_library(*, bits: int, machine: str) -> str:
    """Return FreeBSD's module; on 32 bits time_t is a long on x86 alone."""
    if bits == 32 and machine.startswith(("arm", "powerpc")):
        return "_libc_freebsd_time64"
    return "_libc_freebsd"
