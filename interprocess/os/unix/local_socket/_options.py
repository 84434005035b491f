"""What a listener can be made with on Unix only."""

from __future__ import annotations

from interprocess._interface.options import ListenerNonblockingMode
from interprocess._interface.value import Value
from interprocess.os.unix.local_socket import _portable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.options import Overwrite
    from interprocess.os.unix.local_socket._names import Name


class ListenerOptions(_portable.ListenerOptions):
    """What a listener is made with, the options that only Unix has among them.

    - `mode`: the permissions of the socket file, exactly, whatever the umask is; `None` means
      0o600: only the user may connect. There is no moment at which the file has more permissions.

    Raises `ValueError` for a mode that is not between 0 and 0o777, and for one with an abstract
    name, which has no permissions. The other options are those of
    `interprocess.local_socket.ListenerOptions`.
    """

    __slots__ = ("mode",)

    mode: int | None

    def __init__(
        self,
        name: Name,
        *,
        nonblocking: ListenerNonblockingMode = ListenerNonblockingMode.NEITHER,
        reclaim_name: bool = True,
        try_overwrite: Overwrite = False,
        max_spin_time: float | None = None,
        mode: int | None = None,
    ) -> None:
        super().__init__(
            name,
            nonblocking=nonblocking,
            reclaim_name=reclaim_name,
            try_overwrite=try_overwrite,
            max_spin_time=max_spin_time,
        )
        Value.__init__(self, mode=_checked_mode(mode))
        if mode is not None and name.is_abstract():
            raise ValueError(
                f"mode={mode:#o} does not go with {name}: an abstract name has no permissions"
            )


def _checked_mode(mode: int | None) -> int | None:
    if mode is None:
        return None
    if isinstance(mode, bool) or not isinstance(mode, int):
        raise TypeError(f"mode must be a number such as 0o600, or None, not {mode!r}")
    if not 0 <= mode <= 0o777:
        raise ValueError(f"mode must be between 0 and 0o777, not {mode:#o}")
    return mode
