r"""Handles for other processes.

A handle is a number that is valid only in one process. `share_handle` makes a handle for the same
object in another process. Send that process the number, and let it adopt the handle:

    number = share_handle(stream, pid=child.pid)
    control.send_all(b"%d\n" % number)  # and there: Stream(number)

In a virtual environment, `sys.executable` is a launcher that starts the interpreter as a separate
process, and `Popen.pid` is the id of the launcher. Let the child send its `os.getpid()`, or start
`sys._base_executable`.

If the number does not reach the other process, the handle stays open there until it ends, unless
`close_shared_handle` takes it back.
"""

from __future__ import annotations

from interprocess._interface.options import check_bool
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import processes
from interprocess.os.windows._handle.argument import (
    call_on,
    call_on_and_close,
    checked_handle,
    note_sharing,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from interprocess.os.windows._handle.argument import HandleArgument, HasHandle

    Result = TypeVar("Result")

__all__ = ["ShareHandle", "close_shared_handle", "share_handle"]


def share_handle(
    handle: HandleArgument,
    *,
    pid: int | None = None,
    process: int | None = None,
    access: int | None = None,
    inheritable: bool = False,
    close_source: bool = False,
) -> int:
    """Make a handle for the same object in another process, and return its number there.

    - `handle` is a `HANDLE`'s number, or a listener, stream, half or pipe end of this library.
    - The receiver is the process with the id `pid`, or the one of the `HANDLE` `process`, which
      needs the right PROCESS_DUP_HANDLE.
    - `access` is the rights of the new handle, such as GENERIC_READ; `None` keeps the same rights.
    - `inheritable` selects whether children of the receiver inherit the handle.
    - `close_source` moves the handle: ours is closed, or the object that owns it is detached. If
      the call fails, ours stays open; but a listener is closed then, as it cannot restart.

    Raises `PermissionError` if we may not put handles into the receiver, `OSError` if there is no
    such process or the handle is not open, `ValueError` for a closed object and for an invalid
    handle. OpenProcess function, DuplicateHandle function.
    """
    check_bool("inheritable", inheritable)
    check_bool("close_source", close_source)
    if not getattr(handle, "_number_shows_data", True):
        raise TypeError(
            f"a connection through memory is not shared: its memory stays behind: {handle!r}"
        )
    rights = None if access is None else _checked_access(access)
    call = call_on_and_close if close_source else call_on

    note_sharing(handle)

    def share_with(receiver: int) -> int:
        return call(handle, processes.duplicate_into, receiver, rights, inheritable)

    return _with_process(pid, process, share_with)


def close_shared_handle(number: int, *, pid: int | None = None, process: int | None = None) -> None:
    """Close a handle in another process that `share_handle` made and that will not be used.

    The process is specified as for `share_handle`. The number is closed even if that process has
    reused it meanwhile: take back only a number that was never sent. Raises as `share_handle`.
    OpenProcess function, DuplicateHandle function.
    """
    checked_handle(number)

    def take_back(receiver: int) -> None:
        _calls.close_handle(processes.take_from(receiver, number))

    _with_process(pid, process, take_back)


def _with_process(pid: int | None, process: int | None, call: Callable[[int], Result]) -> Result:
    """Return the result of CALL with the handle of the specified process."""
    if (pid is None) == (process is None):
        raise TypeError("specify the process by either pid= or process=")
    if process is not None:
        return call(checked_handle(process))
    opened = processes.open_process(_checked_pid(pid), processes.PROCESS_DUP_HANDLE)
    try:
        return call(opened)
    finally:
        _calls.close_handle(opened)


def _checked_pid(pid: object) -> int:
    if isinstance(pid, bool) or not isinstance(pid, int):
        raise TypeError(f"a process id is an int, not {type(pid).__name__}")
    if not 0 < pid < 1 << 32:
        raise ValueError(f"{pid} is not a process id")
    return pid


def _checked_access(access: object) -> int:
    if isinstance(access, bool) or not isinstance(access, int):
        raise TypeError(f"access rights are an int, not {type(access).__name__}")
    if not 0 <= access < 1 << 32:
        raise ValueError(f"access rights have 32 bits, not {access:#x}")
    return access


class ShareHandle:
    """The base of objects whose handle can be shared with other processes."""

    __slots__ = ()

    def share(
        self: HasHandle,
        *,
        pid: int | None = None,
        process: int | None = None,
        access: int | None = None,
        inheritable: bool = False,
        close_source: bool = False,
    ) -> int:
        """Make a handle for the same object in another process, as `share_handle` does."""
        return share_handle(
            self,
            pid=pid,
            process=process,
            access=access,
            inheritable=inheritable,
            close_source=close_source,
        )
