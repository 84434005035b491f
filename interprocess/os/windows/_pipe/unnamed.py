"""Unnamed pipes: their two ends.

Windows' own unnamed pipes, made by CreatePipe, cannot be overlapped: a waiting call on one cannot
be interrupted. So these are named pipes with a random name, which accepts no more clients once both
ends are open.
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

    `Recver(handle)` adopts a handle. It raises `ValueError` unless that is the reading end of a
    pipe, opened with `FILE_FLAG_OVERLAPPED`; the caller then still owns the handle. Without that
    flag, a query about the handle would wait for other calls on it.
    """

    __module__ = "interprocess.unnamed_pipe"

    __slots__ = ()

    _passed_as = "recver"

    def __init__(self, handle: int) -> None:
        check_is_pipe_end(handle, RECEIVES)
        self._handle = PipeHandle(handle)

    def try_clone(self) -> Recver:
        """Return another object for the same end, with its own handle.

        DuplicateHandle function.
        """
        return self._owning(self._handle.clone())


class Sender(PipeSender, OneWaySender):
    """The sending end of a pipe.

    `Sender(handle)` adopts a handle. It raises `ValueError` unless that is the writing end of a
    pipe, opened with `FILE_FLAG_OVERLAPPED`; the caller then still owns the handle. Without that
    flag, a query about the handle would wait for other calls on it.

    Concurrent sends of several threads or processes are not interleaved, unless the data is larger
    than the pipe's buffer (65,536 bytes): it is then sent in parts, between which other data can
    come.
    """

    __module__ = "interprocess.unnamed_pipe"

    __slots__ = ()

    _passed_as = "sender"

    def __init__(self, handle: int) -> None:
        check_is_pipe_end(handle, SENDS)
        self._handle = PipeHandle(handle)

    def try_clone(self) -> Sender:
        """Return another object for the same end, with its own handle.

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
