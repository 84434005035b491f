"""One typed Python function for each C function for shared memory, as in `_calls`."""

from __future__ import annotations

import fcntl
import sys

from interprocess._bindings.libc import constant, ffi, libc
from interprocess.errors import UnsupportedError
from interprocess.os.unix._calls import system_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Set if the descriptor only refers to a path and cannot be mapped. 0 on systems without the flag.
O_PATH = constant("O_PATH", 0)
MFD_CLOEXEC = constant("MFD_CLOEXEC", 0)
MFD_ALLOW_SEALING = constant("MFD_ALLOW_SEALING", 0)
#: The memory can never be executed. 0 on systems without the flag.
MFD_NOEXEC_SEAL = constant("MFD_NOEXEC_SEAL", 0)
F_ADD_SEALS = constant("F_ADD_SEALS", 0)
F_GET_SEALS = constant("F_GET_SEALS", 0)
F_SEAL_SEAL = constant("F_SEAL_SEAL", 0)
F_SEAL_SHRINK = constant("F_SEAL_SHRINK", 0)
F_SEAL_GROW = constant("F_SEAL_GROW", 0)
F_SEAL_WRITE = constant("F_SEAL_WRITE", 0)
#: Existing writable mappings stay, but no new ones can be made. 0 on systems without the seal.
F_SEAL_FUTURE_WRITE = constant("F_SEAL_FUTURE_WRITE", 0)
#: True if the C library can create memory that can be sealed.
HAS_MEMFD = hasattr(libc, "memfd_create")


def memfd_create(name: bytes, flags: int, numbers: list[int]) -> None:
    """Create anonymous memory, shown as NAME in /proc. memfd_create(2)."""
    numbers += map(libc.memfd_create, (name,), (flags,))  # type: ignore[attr-defined, unused-ignore]  # not on macOS
    if numbers[-1] < 0:
        del numbers[-1]
        raise system_error("memfd_create", ffi.errno)


def shm_open(name: str, flags: int, mode: int, numbers: list[int]) -> None:
    """Create or open memory by its name. shm_open(3)."""
    numbers += map(posixshmem().shm_open, (name,), (flags,), (mode,))


def posixshmem() -> Any:
    """Return the module of CPython that provides `shm_open` and `shm_unlink`.

    `multiprocessing.shared_memory` uses it too. It spares us from finding the C library that has
    these functions: on some systems it is librt.
    """
    try:
        import _posixshmem  # type: ignore[import-not-found, unused-ignore]  # untyped
    except ImportError:
        raise UnsupportedError(f"{sys.platform}: Python has no shm_open here") from None
    return _posixshmem


def add_seals(number: int, seals: int) -> None:
    """Forbid operations on memory, permanently. fcntl(2), F_ADD_SEALS."""
    fcntl.fcntl(number, F_ADD_SEALS, seals)


def get_seals(number: int) -> int:
    """Return the seals; raise EINVAL if the file cannot be sealed. fcntl(2), F_GET_SEALS."""
    return fcntl.fcntl(number, F_GET_SEALS)
