"""The descriptors that systemd passes, from 3 on, described by variables. sd_listen_fds(3).

`LISTEN_PID` is the id of the process that they are for: a child inherits the variables, but has
another id.
"""

from __future__ import annotations

import errno
import os

from interprocess._interface.options import check_bool, checked_choice
from interprocess.os.unix._unix_socket.adoption import check_is_unix_stream_socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Protocol, TypeVar

    ListenerType_co = TypeVar("ListenerType_co", covariant=True)
    ListenerType = TypeVar("ListenerType")

    class Adopting(Protocol[ListenerType_co]):
        """A class of listeners, synchronous or of a runtime."""

        def __call__(self, fd: int, *, current_user_only: bool | None) -> ListenerType_co: ...


#: The first descriptor that is passed.
FIRST = 3

#: More than any process may have open.
_MOST = 1 << 30

#: systemd's name for sockets without one.
_UNNAMED = "unknown"

#: The descriptors that were taken, and the calls that took them.
_taken: dict[int, object] = {}


def listeners(
    listener_type: Adopting[ListenerType],
    names: Collection[str] | None,
    unset_environment: bool,
    current_user_only: bool | None,
) -> dict[str, list[ListenerType]]:
    """Return the listeners that were passed, as objects of LISTENER_TYPE."""
    if isinstance(names, str):
        raise TypeError(f"names must be a collection of strings, not the string {names!r}")
    check_bool("unset_environment", unset_environment)
    checked_choice("current_user_only", current_user_only)
    try:
        passed = _passed_names()
    finally:
        if unset_environment:
            for variable in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
                os.environ.pop(variable, None)
    for number in range(FIRST, FIRST + len(passed)):
        _keep_from_children(number)
    wanted = {
        number: name for number, name in enumerate(passed, FIRST) if names is None or name in names
    }
    _take(wanted)
    found: dict[str, list[ListenerType]] = {}
    for number, name in wanted.items():
        listener = listener_type(number, current_user_only=current_user_only)
        found.setdefault(name, []).append(listener)
    return found


def _passed_names() -> list[str]:
    """Return the name of each descriptor that was passed to this process."""
    pid, count = _number("LISTEN_PID"), _number("LISTEN_FDS")
    if pid != os.getpid() or not count:
        return []
    variable = os.environ.get("LISTEN_FDNAMES")
    names = [_UNNAMED] * count if variable is None else variable.split(":")
    if len(names) != count:
        raise ValueError(
            f"LISTEN_FDS={count} does not match the {len(names)} name(s) of"
            f" LISTEN_FDNAMES={variable!r}"
        )
    return names


def _number(variable: str) -> int | None:
    text = os.environ.get(variable)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 11 and int(text) < _MOST):
        raise ValueError(f"the environment's {variable} is {text!r}, which is not a valid number")
    return int(text)


def _keep_from_children(number: int) -> None:
    try:
        os.set_inheritable(number, False)
    except OSError as error:
        if error.errno != errno.EBADF:
            raise
        raise OSError(
            errno.EBADF,
            f"the environment's LISTEN_FDS includes descriptor {number}, which is not open",
        ) from None


def _take(wanted: dict[int, str]) -> None:
    """Check that all can be adopted, and none was taken before, before adopting the first."""
    for number, name in wanted.items():
        if number in _taken:
            raise _taken_error(number, name)
        try:
            check_is_unix_stream_socket(number, listening=True)
        except ValueError as error:
            raise ValueError(f"{error} (systemd calls it {name!r})") from None
    call = object()
    for number, name in wanted.items():
        if _taken.setdefault(number, call) is not call:  # Another thread was faster.
            raise _taken_error(number, name)


def _taken_error(number: int, name: str) -> ValueError:
    return ValueError(f"descriptor {number}, which systemd calls {name!r}, was taken already")
