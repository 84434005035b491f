"""The credentials of a socket's peer on illumos and Solaris: getpeerucred(3C)."""

from __future__ import annotations

from interprocess._bindings.libc import ffi
from interprocess.os.unix import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._bindings._types import CData


class PeerUcred:
    """The credentials of a connected socket's peer; a context manager.

    Values that the system does not report are `None`.
    """

    def __init__(self, number: int) -> None:
        # The library writes to memory that we already own, so that no interrupt loses its
        # allocation.
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
    """Return true if the C library has it."""
    return hasattr(_library(), "getpeerucred")


def _library() -> Any:
    # Only the declarations for illumos and similar systems have these functions.
    return _calls.libc  # type: ignore[attr-defined]  # not exported; tests replace it


def _told(number: int) -> int | None:
    # It reports -1 for unknown values, perhaps as an unsigned number.
    return None if number in (-1, 0xFFFF_FFFF) else number
