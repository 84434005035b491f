"""Who is at the other end of a socket, as illumos and Solaris tell it: getpeerucred(3C)."""

from __future__ import annotations

from interprocess._bindings.libc import ffi
from interprocess.os.unix import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._bindings._types import CData


class PeerUcred:
    """The credentials of a connected socket's peer; a context manager.

    What the system does not tell is `None`.
    """

    def __init__(self, number: int) -> None:
        # The library writes into memory that we have already, so that no interrupt loses what it
        # has allocated.
        self._allocated = ffi.new("ucred_t *[1]")
        [result] = map(_library().getpeerucred, (number,), (self._allocated,))
        if result < 0:
            raise _calls.system_error("getpeerucred", ffi.errno)

    def __enter__(self) -> PeerUcred:
        return self

    def __exit__(self, *exception: object) -> None:
        _library().ucred_free(self._allocated[0])

    @property
    def pid(self) -> int | None:
        """The process that connected or listened. ucred_getpid function."""
        return _told(_library().ucred_getpid(self._allocated[0]))

    @property
    def euid(self) -> int | None:
        """Its effective user. ucred_geteuid function."""
        return _told(_library().ucred_geteuid(self._allocated[0]))

    @property
    def egid(self) -> int | None:
        """Its effective group. ucred_getegid function."""
        return _told(_library().ucred_getegid(self._allocated[0]))

    @property
    def groups(self) -> tuple[int, ...] | None:
        """Its supplementary groups. ucred_getgroups function."""
        groups: CData = ffi.new("gid_t *[1]")
        count = _library().ucred_getgroups(self._allocated[0], groups)
        return None if count < 0 else tuple(groups[0][0:count])


def exists() -> bool:
    """Whether the C library has it."""
    return hasattr(_library(), "getpeerucred")


def _library() -> Any:
    # Only the declarations for illumos and its like have these functions.
    return _calls.libc  # type: ignore[attr-defined]  # not one of its names, but what tests replace


def _told(number: int) -> int | None:
    # What it does not tell is -1, as an unsigned number perhaps.
    return None if number in (-1, 0xFFFF_FFFF) else number
