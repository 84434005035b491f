"""Unnamed pipes: their two ends.

Windows' own unnamed pipes, made by CreatePipe, cannot be overlapped: nothing ends a call that waits
for one. So these are named pipes with a random name that leads nowhere any more once both ends are
open.
"""

from __future__ import annotations

from interprocess._interface.byte_stream import OneWayReceiver, OneWaySender
from interprocess.os.windows._pipe.end import PipeHandle
from interprocess.os.windows._pipe.making import (
    DEFAULT_BUFFER_SIZE,
    RECEIVES,
    SENDS,
    check_is_pipe_end,
    connected_pair,
)
from interprocess.os.windows._pipe.transfer import PipeReceiver, PipeSender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows.security_descriptor import BorrowedSecurityDescriptor


class Recver(PipeReceiver, OneWayReceiver):
    """The receiving end of a pipe.

    `Recver(handle)` adopts a handle. It raises `ValueError` if that is not the end of a pipe that
    can be read and was opened with `FILE_FLAG_OVERLAPPED`, and the handle stays the caller's.
    Without that flag, asking about a handle waits while a call on it does.
    """

    __module__ = "interprocess.unnamed_pipe"

    __slots__ = ()

    _passed_as = "recver"

    def __init__(self, handle: int) -> None:
        check_is_pipe_end(handle, RECEIVES)
        self._handle = PipeHandle(handle)

    def try_clone(self) -> Recver:
        """Return another object for the same end, with a handle of its own.

        DuplicateHandle function.
        """
        return self._owning(self._handle.clone())


class Sender(PipeSender, OneWaySender):
    """The sending end of a pipe.

    `Sender(handle)` adopts a handle. It raises `ValueError` if that is not the end of a pipe that
    can be written and was opened with `FILE_FLAG_OVERLAPPED`, and the handle stays the caller's.
    Without that flag, asking about a handle waits while a call on it does.

    What several threads or processes send at one time is not mixed, unless it is larger than the
    pipe's buffer (65,536 bytes): that is sent in parts, between which others can come.
    """

    __module__ = "interprocess.unnamed_pipe"

    __slots__ = ()

    _passed_as = "sender"

    def __init__(self, handle: int) -> None:
        check_is_pipe_end(handle, SENDS)
        self._handle = PipeHandle(handle)

    def try_clone(self) -> Sender:
        """Return another object for the same end, with a handle of its own.

        DuplicateHandle function.
        """
        return self._owning(self._handle.clone())


def pipe() -> tuple[Sender, Recver]:
    """Create an unnamed pipe and return its two ends.

    CreateNamedPipeW function, CreateFileW function.
    """
    return new_pipe()


def new_pipe(
    *,
    inheritable: bool = False,
    security_descriptor: BorrowedSecurityDescriptor | None = None,
    buffer_size: int = DEFAULT_BUFFER_SIZE,
) -> tuple[Sender, Recver]:
    """Create a pipe with the given properties."""
    receiving, sending = connected_pair(
        RECEIVES,
        buffer_size=buffer_size,
        security_descriptor=security_descriptor,
        inheritable=inheritable,
    )
    return Sender._owning(sending), Recver._owning(receiving)
