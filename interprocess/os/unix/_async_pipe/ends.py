"""The ends of pipes, unnamed and FIFO files alike, for any asynchronous runtime."""

from __future__ import annotations

import os
from typing import Generic, TypeVar

from interprocess._interface.argument_types import check_type
from interprocess._interface.async_runtime import LookingAgain
from interprocess.os.unix import _calls, _pipe
from interprocess.os.unix._async_descriptor.owners import AsyncOwner, AsyncReceiver, AsyncSender
from interprocess.os.unix._descriptor.owners import DescriptorOwner
from interprocess.os.unix._descriptor.sigpipe import without_sigpipe
from interprocess.os.unix._pipe import LOOK_AGAIN, PipeDescriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from interprocess._interface.async_runtime import Readiness
    from interprocess._interface.byte_stream import Buffer, WritableBuffer

    RecverType = TypeVar("RecverType", bound="AsyncRecver")
    SenderType = TypeVar("SenderType", bound="AsyncPipeSender")
    PipeEndType = TypeVar("PipeEndType", bound="AsyncPipeEnd[Any]")

SyncType = TypeVar("SyncType", bound=DescriptorOwner)


def _read_through_cffi(number: int, buffers: Sequence[WritableBuffer]) -> int:
    with _calls.Vector(buffers, writable=True) as vector:
        return _calls.readv(number, vector.entries, vector.count)


def _write_through_cffi(number: int, buffers: Sequence[Buffer]) -> int:
    with _calls.Vector(buffers, writable=False) as vector:
        return _calls.writev(number, vector.entries, vector.count)


#: PyPy's `os` lacks them.
_read_vectored = getattr(os, "readv", _read_through_cffi)
_write_vectored = getattr(os, "writev", _write_through_cffi)


class AsyncPipeEnd(AsyncOwner, Generic[SyncType]):
    """The base of both ends."""

    _descriptor: PipeDescriptor
    #: The required access mode of a descriptor, and the verb for it in messages.
    _access: tuple[int, str]
    _sync_type: type[SyncType]

    def __init__(self, fd: int) -> None:
        self._descriptor = _pipe.adopt_end(fd, *self._access)
        self._start()

    @classmethod
    def from_sync(cls: type[PipeEndType], end: SyncType) -> PipeEndType:
        """Return the asynchronous end for a synchronous one, which gives up its descriptor."""
        check_type("from_sync", end, cls._sync_type)
        return cls._owning(end._descriptor.successor())

    def to_sync(self) -> SyncType:
        """Return the synchronous end for this one, which gives up its descriptor.

        Raises `ValueError` as `detach` does.
        """
        return self._sync_type._owning(self._give_up())

    def _told(self, readiness: Readiness, doing: str) -> Readiness:
        """Return the waiter for a direction: READINESS, if the system reports all of its events."""
        if self._descriptor.is_polled:
            return readiness
        looking_again = LookingAgain(self._runtime, readiness, LOOK_AGAIN, doing)
        self._directions = (looking_again,)
        return looking_again

    def try_clone(self: PipeEndType) -> PipeEndType:
        """Return another object for the same end, with its own descriptor. fcntl(2)."""
        return self._owning(self._descriptor.clone())


class AsyncRecver(AsyncPipeEnd[_pipe.Recver], AsyncReceiver):
    """The receiving end of a pipe.

    `Recver(fd)` adopts a descriptor. It raises `ValueError` unless that is the reading end of a
    pipe or FIFO; the caller then still owns the descriptor.
    """

    _passed_as = "recver"

    _access = (os.O_RDONLY, "read")
    _sync_type = _pipe.Recver

    def _start(self) -> None:
        super()._start()
        self._reading = self._told(self._reading, "receiving from")

    def _recv_now(self, size: int, _flags: int, /) -> bytes:
        return self._descriptor.call_now(os.read, size)

    def _recv_into_now(self, buffers: Sequence[WritableBuffer]) -> int:
        count: int = self._descriptor.call_now(_read_vectored, buffers)
        return count


class AsyncPipeSender(AsyncPipeEnd[_pipe.Sender], AsyncSender):
    """The sending end of a pipe.

    `Sender(fd)` adopts a descriptor. It raises `ValueError` unless that is the writing end of a
    pipe or FIFO; the caller then still owns the descriptor.

    A single call with at most `select.PIPE_BUF` bytes is atomic: its data is not interleaved with
    that of other senders. pipe(7).
    """

    _passed_as = "sender"

    _access = (os.O_WRONLY, "written")
    _sync_type = _pipe.Sender

    def _start(self) -> None:
        super()._start()
        self._writing = self._told(self._writing, "sending to")

    def _send_now(self, data: Buffer) -> int:
        return self._descriptor.call_now(without_sigpipe, os.write, data)

    def _send_vectored_now(self, buffers: Sequence[Buffer]) -> int:
        some = buffers[: _calls.MAX_BUFFERS]
        return self._descriptor.call_now(without_sigpipe, _write_vectored, some)

    def _stop_sending(self) -> None:
        pass  # A pipe can signal the end only by closing, which is up to the owner.


def new_ends(
    sender_type: type[SenderType], recver_type: type[RecverType]
) -> tuple[SenderType, RecverType]:
    """Create an unnamed pipe and return its two ends. pipe2(2), macOS pipe(2)."""
    receiving, sending = _pipe.new_pipe(nonblocking=True)
    return sender_type._owning(sending), recver_type._owning(receiving)
