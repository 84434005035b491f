"""The listeners that launchd passes to a job. launch_activate_socket(3)."""

from __future__ import annotations

import os

from interprocess._bindings.libc import ffi, libc
from interprocess._interface.options import checked_choice
from interprocess.os.unix._calls import system_error
from interprocess.os.unix._descriptor.numbers import close_numbers
from interprocess.os.unix._unix_socket.adoption import check_is_unix_stream_socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.unix.socket_activation._systemd import Adopting, ListenerType


def listeners(
    listener_type: Adopting[ListenerType], name: str, current_user_only: bool | None
) -> list[ListenerType]:
    """Return launchd's listeners for NAME, as objects of LISTENER_TYPE."""
    if not isinstance(name, str):
        raise TypeError(f"name must be a string, not {name!r}")
    encoded = os.fsencode(name)
    if b"\0" in encoded:
        raise ValueError(f"name must not contain NUL characters: {name!r}")
    checked_choice("current_user_only", current_user_only)
    numbers: list[int] = []
    try:
        _activate(encoded, numbers)
        for number in numbers:
            os.set_inheritable(number, False)
            check_is_unix_stream_socket(number, listening=True)
        found: list[ListenerType] = []
        while numbers:
            # Removed first: it must not be closed here once it has an owner.
            number = numbers.pop(0)
            found.append(listener_type(number, current_user_only=current_user_only))
        return found
    finally:
        close_numbers(numbers)


def _activate(name: bytes, numbers: list[int]) -> None:
    """Put the descriptors of the sockets for NAME into a list, even if interrupted."""
    array, count = ffi.new("int **"), ffi.new("size_t *")
    try:
        [error] = map(libc.launch_activate_socket, (name,), (array,), (count,))  # type: ignore[attr-defined, unused-ignore]  # macOS
        if error:
            raise system_error("launch_activate_socket", error, os.fsdecode(name))
    finally:
        if array[0]:
            numbers += ffi.unpack(array[0], count[0])
            libc.free(array[0])  # type: ignore[attr-defined, unused-ignore]  # macOS
