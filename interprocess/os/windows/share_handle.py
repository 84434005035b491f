r"""Handles for other processes.

A handle is a number that means something in one process only. `share_handle` makes one that means
the same object in another process. Send it the number, and it adopts the handle:

    number = share_handle(stream, pid=child.pid)
    control.send_all(b"%d\n" % number)  # and there: Stream(number)

In a virtual environment, `sys.executable` is a launcher that starts the interpreter as a process of
its own, and `Popen.pid` is the id of the launcher. Have the child send its `os.getpid()`, or start
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
    """Make a handle for the same object in another process, and return the number it has there.

    - `handle` is a `HANDLE`'s number, or a listener, stream, half or pipe end of ours.
    - The receiver is one of two: the process with the id `pid`, or the one that `process` is a
      `HANDLE` for, with the right PROCESS_DUP_HANDLE.
    - `access` are the rights of the new handle, such as GENERIC_READ; `None` is the same rights.
    - `inheritable` says whether children of the receiver inherit the handle.
    - `close_source` gives the handle away: ours is closed, or the object that owns it detached. If
      the call fails, ours stays open; a listener is closed then, because it cannot begin again.

    Raises `PermissionError` if we may not put handles into the receiver, `OSError` if there is no
    such process or the handle is not open, `ValueError` for a closed object and for what is no
    handle. OpenProcess function, DuplicateHandle function.
    """
    check_bool("inheritable", inheritable)
    check_bool("close_source", close_source)
    rights = None if access is None else _checked_access(access)
    call = call_on_and_close if close_source else call_on

    note_sharing(handle)

    def share_with(receiver: int) -> int:
        return call(handle, processes.duplicate_into, receiver, rights, inheritable)

    return _with_process(pid, process, share_with)


def close_shared_handle(number: int, *, pid: int | None = None, process: int | None = None) -> None:
    """Close a handle in another process: one that `share_handle` made and nobody is going to use.

    The process is named as for `share_handle`. The number is closed whatever that process did with
    it meanwhile: take back only what was never told. Raises what `share_handle` raises.
    OpenProcess function, DuplicateHandle function.
    """
    checked_handle(number)

    def take_back(receiver: int) -> None:
        _calls.close_handle(processes.take_from(receiver, number))

    _with_process(pid, process, take_back)


def _with_process(pid: int | None, process: int | None, call: Callable[[int], Result]) -> Result:
    """Return what CALL does with the handle of the process that the user has named."""
    if (pid is None) == (process is None):
        raise TypeError("a process is named by one of pid= and process=")
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
    """What an object is whose handle can be shared with other processes."""

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
