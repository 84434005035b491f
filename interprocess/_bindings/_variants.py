"""Which generated module fits which C library and processor, told from facts alone.

The loaders call these functions with facts about the running interpreter, and `bindings/verify.py`
with the same facts about every target that it knows, read from the headers there.
"""

from __future__ import annotations

#: What linux_processor knows the families of processors by.
_MIPS_SOCK_DGRAM = 1
_SPARC_SOL_SOCKET = 0xFFFF
_OWN_O_DIRECTORY = 0x4000
_POWERPC_SO_RCVLOWAT = 16


def linux_processor(
    *,
    sock_dgram: int | None,
    sol_socket: int | None,
    o_directory: int | None,
    so_rcvlowat: int | None,
) -> str:
    """Return the family of processors whose constants these are: "" for that of most processors.

    The kernel's name of the machine would not do: a processor runs programs for another one. What
    the standard library was compiled with is what this program's C library means.
    """
    if sock_dgram == _MIPS_SOCK_DGRAM:
        return "mips"
    if sol_socket == _SPARC_SOL_SOCKET:
        return "sparc"
    if o_directory == _OWN_O_DIRECTORY:
        return "powerpc" if so_rcvlowat == _POWERPC_SO_RCVLOWAT else "arm"
    return ""


def linux_library(*, musl: bool, wide_time: bool, byteorder: str, bits: int, processor: str) -> str:
    """Return the module with Linux's functions and structures.

    BITS are those of a pointer, and WIDE_TIME says whether time_t has more than 32.
    """
    if musl and bits == 32:
        return "_libc_linux_musl_32"
    if musl:
        big_endian = byteorder == "big"
        return "_libc_linux_musl_64_big_endian" if big_endian else "_libc_linux_musl_64"
    if processor == "sparc":
        return "_libc_linux_sparc"
    return "_libc_linux_time64" if wide_time and bits == 32 else "_libc_linux"


def linux_constants(processor: str) -> str | None:
    """Return the module with the constants that PROCESSOR does not share with most others."""
    return f"_linux_{processor}" if processor else None


def freebsd_library(*, bits: int, wide_time: bool) -> str:
    """Return FreeBSD's module; time_t has 64 bits wherever a pointer has, and on Arm."""
    return "_libc_freebsd_time64" if wide_time and bits == 32 else "_libc_freebsd"
