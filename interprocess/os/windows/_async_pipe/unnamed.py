"""The ends of unnamed pipes, for any asynchronous runtime."""

from __future__ import annotations

from typing import Generic, TypeVar

from interprocess._interface.argument_types import check_type
from interprocess.os.windows._async_pipe.end import AsyncPipeHandle
from interprocess.os.windows._async_pipe.owners import AsyncOwner, AsyncReceiver, AsyncSender
from interprocess.os.windows._pipe import unnamed
from interprocess.os.windows._pipe.making import (
    RECEIVES,
    SENDS,
    check_is_pipe_end,
    connected_pair,
)
from interprocess.os.windows._pipe.owners import HandleOwner

TYPE_CHECKING = False
if TYPE_CHECKING:
    RecverType = TypeVar("RecverType", bound="AsyncRecver")
    SenderType = TypeVar("SenderType", bound="AsyncPipeSender")
    from typing import Any

    PipeEndType = TypeVar("PipeEndType", bound="AsyncPipeEnd[Any]")

SyncType = TypeVar("SyncType", bound=HandleOwner)


class AsyncPipeEnd(AsyncOwner, Generic[SyncType]):
    """The base of both ends."""

    #: The required direction of a handle.
    _access: int
    _sync_type: type[SyncType]

    def __init__(self, handle: int) -> None:
        check_is_pipe_end(handle, self._access)
        self._handle = AsyncPipeHandle.adopt(handle, self._runtime)
        self._start()

    @classmethod
    def from_sync(cls: type[PipeEndType], end: SyncType) -> PipeEndType:
        """Return the asynchronous end for a synchronous one, which gives up its handle."""
        check_type("from_sync", end, cls._sync_type)
        return cls._owning(AsyncPipeHandle.from_sync(end._handle, cls._runtime))

    def to_sync(self) -> SyncType:
        """Return the synchronous end for this one, which gives up its handle.

        Raises `ValueError` as `detach` does.
        """
        return self._sync_type._owning(self._give_up())

    def try_clone(self: PipeEndType) -> PipeEndType:
        """Return another object for the same end, with its own handle.

        DuplicateHandle function.
        """
        return self._owning(self._handle.clone())


class AsyncRecver(AsyncPipeEnd[unnamed.Recver], AsyncReceiver):
    """The receiving end of a pipe.

    `Recver(handle)` adopts a handle. It raises `ValueError` unless that is the reading end of a
    pipe, opened with `FILE_FLAG_OVERLAPPED`; the caller then still owns the handle. Without that
    flag, a query about the handle would wait for other calls on it.
    """

    _access = RECEIVES
    _sync_type = unnamed.Recver


class AsyncPipeSender(AsyncPipeEnd[unnamed.Sender], AsyncSender):
    """The sending end of a pipe.

    `Sender(handle)` adopts a handle. It raises `ValueError` unless that is the writing end of a
    pipe, opened with `FILE_FLAG_OVERLAPPED`; the caller then still owns the handle. Without that
    flag, a query about the handle would wait for other calls on it.
    """

    _access = SENDS
    _sync_type = unnamed.Sender


def new_ends(
    sender_type: type[SenderType], recver_type: type[RecverType]
) -> tuple[SenderType, RecverType]:
    """Create an unnamed pipe and return its two ends.

    CreateNamedPipeW function, CreateFileW function.
    """
    receiving, sending = connected_pair(RECEIVES)
    return sender_type._owning_new(sending), recver_type._owning_new(receiving)
